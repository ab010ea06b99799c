/** What a metrics system keeps of a trace: one value a minute and metric, over all nodes. All comparators but one see only this. */
import type { Trace } from './trace.ts';

export const MINUTE_MS = 60_000;

/** One kind of probe in one minute, or in the baseline. */
export interface MinuteValues {
  readonly probes: number;
  readonly failed: number;
  /** Of the answered ones, in ms; NaN when none was answered. */
  readonly mean: number;
  readonly median: number;
}

/** Both kinds in one minute. */
export interface Minute {
  readonly tls: MinuteValues;
  readonly cql: MinuteValues;
}

/** The minutes of a trace. */
export interface Minutes {
  /** Minutes of the baseline, the oldest first; none where there is no baseline. */
  readonly before: readonly Minute[];
  /** The whole baseline as one; null where there is none. */
  readonly baseline: Minute | null;
  /** Minutes since the grace period ended. */
  readonly after: readonly Minute[];
  /** Seconds from the deployment to the first of `after`. */
  readonly beginS: number;
}

/** Thresholds of the user story: handshakes, response time, errors. */
export const TLS_SHARE = 0.1;
export const LATENCY_FACTOR = 1.5;
export const ERRORS_ABOVE = 0.2;

/** Whether one minute is beyond a threshold, by the mean or the median of response times. Without a baseline latency is not judged. */
export function isBad(minute: Minute, baseline: Minute | null, by: 'mean' | 'median'): boolean {
  const share = ({ failed, probes }: MinuteValues) => (probes === 0 ? 0 : failed / probes);
  if (share(minute.tls) > TLS_SHARE) return true;
  if (share(minute.cql) > (baseline ? share(baseline.cql) : 0) + ERRORS_ABOVE) return true;
  if (!baseline) return false;
  return minute.tls[by] > LATENCY_FACTOR * baseline.tls[by] || minute.cql[by] > LATENCY_FACTOR * baseline.cql[by];
}

/** Only whole minutes count. */
export function minutesOf(trace: Trace, horizonMs: number): Minutes {
  const first = firstAfter(trace, 0);
  const beginMs = trace.graceS * 1000;
  const before: Minute[] = [];
  const baseFrom = first > 0 ? Math.floor((trace.tMs[0] as number) / MINUTE_MS) * MINUTE_MS : 0;
  let at = 0;
  for (let from = baseFrom; at < first; from += MINUTE_MS) {
    const next = firstAfter(trace, from + MINUTE_MS, at);
    const to = Math.min(next, first);
    before.push(minuteOf(trace, at, to));
    at = to;
  }
  const after: Minute[] = [];
  at = firstAfter(trace, beginMs, first);
  for (let from = beginMs; from + MINUTE_MS <= horizonMs; from += MINUTE_MS) {
    const next = firstAfter(trace, from + MINUTE_MS, at);
    after.push(minuteOf(trace, at, next));
    at = next;
  }
  return { before, baseline: first > 0 ? minuteOf(trace, 0, first) : null, after, beginS: trace.graceS };
}

/** Index of the first row at or after a time. */
function firstAfter({ tMs, count }: Trace, timeMs: number, from = 0): number {
  let low = from;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tMs[middle] as number) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

let scratch = new Float64Array(4096);

function minuteOf(trace: Trace, from: number, to: number): Minute {
  return { tls: valuesOf(trace, from, to, 0), cql: valuesOf(trace, from, to, 1) };
}

function valuesOf(trace: Trace, from: number, to: number, kind: number): MinuteValues {
  if (scratch.length < to - from) scratch = new Float64Array(to - from);
  let probes = 0;
  let answered = 0;
  let sum = 0;
  for (let at = from; at < to; at += 1) {
    if (trace.kind[at] !== kind) continue;
    probes += 1;
    const answer = trace.answer[at] as number;
    if (answer < 0) continue;
    scratch[answered] = answer;
    answered += 1;
    sum += answer;
  }
  const median = answered === 0 ? Number.NaN : smallest(scratch, answered, (answered - 1) >> 1);
  return { probes, failed: probes - answered, mean: answered === 0 ? Number.NaN : sum / answered, median };
}

/** The value that would stand at `wanted` if the first `count` were in order (Hoare's selection; reorders them). */
function smallest(values: Float64Array, count: number, wanted: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number;
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] as number) < pivot) left += 1;
      while ((values[right] as number) > pivot) right -= 1;
      if (left > right) break;
      const moved = values[left] as number;
      values[left] = values[right] as number;
      values[right] = moved;
      left += 1;
      right -= 1;
    }
    if (wanted <= right) high = right;
    else if (wanted >= left) low = left;
    else break;
  }
  return values[wanted] as number;
}
