/**
 * The four checks of performance: connection latency, throughput, memory, CPU. A sample from before the deployment is held
 * against those of its soak. They advise: nothing is rolled back for them alone, and they keep nobody from "keep".
 */
import { type BaselineAnswer, isEvidence, type RecentWindow } from '../baseline/baseline-for.ts';
import { type BaselineMetric, written } from '../baseline/metric.ts';
import type { Limits } from '../profile/limits.ts';
import { mean, median, standardError } from '../statistics/statistics.ts';
import type { CheckResult, Finding } from '../verify/findings.ts';
import { type Load, type LoadSample, loadBetween, loadSinceStart } from './load-sample.ts';
import { samplesOfProcess } from './open-links.ts';

export interface LoadLimits {
  /** User story: a connection within 100 ms. */
  readonly connectionMs: number;
  /** User story: less than 5 % degradation. */
  readonly throughputLoss: number;
  /** User story: less than 10 % more CPU; of all processors of the host. */
  readonly cpuIncrease: number;
}

/** The limits of a registered cluster, as shares. */
export function loadLimitsOf(limits: Limits): LoadLimits {
  return {
    connectionMs: limits.connectionMs,
    throughputLoss: limits.throughputLossPercent / 100,
    cpuIncrease: limits.cpuIncreasePercent / 100,
  };
}

export interface LoadEvidence {
  readonly node: string;
  /** Before the deployment, oldest first; two of one process are best. */
  readonly before: readonly LoadSample[];
  /** In the windows of the soak, oldest first. */
  readonly during: readonly LoadSample[];
  /** Fresh connections of the client in those windows, TCP to the end of the handshake, ms. */
  readonly connections: readonly number[];
  readonly at: number;
  /** What is usual of a metric, beside the window of before; left out, only that window serves. */
  readonly usual?: Usual;
}

export type Usual = (metric: BaselineMetric, before: RecentWindow | null) => BaselineAnswer;

/** Collections that a trend is judged from, at least; fewer say nothing. */
const LEAST_COLLECTIONS = 6;
/** Kendall's S in standard deviations: one-sided p < 0.005. */
const TREND_Z = 2.58;
/** Growth while it is watched below this share of the heap is no leak worth a word: memtables fill between two flushes. */
const LEAST_GROWTH = 0.05;
/** Standard errors by which a mean must miss its limit. */
const SIGMAS = 3;

export function judgeLoad(evidence: LoadEvidence, limits: LoadLimits): CheckResult[] {
  const before = loadBefore(evidence.before);
  const windows = evidence.during.slice(1).flatMap((sample, i) => loadBetween(evidence.during[i] as LoadSample, sample) ?? []);
  return [
    connectionLatency(evidence, limits),
    throughput(evidence, before, windows, limits),
    memory(evidence),
    cpu(evidence, before, windows, limits),
  ];
}

/** The load of before, and when it was measured (ms). */
export interface LoadBefore {
  readonly load: Load;
  readonly from: number;
  readonly to: number;
  readonly how: string;
}

/** @param before of one process, oldest first */
export function loadBefore(before: readonly LoadSample[]): LoadBefore | null {
  const last = before.at(-1);
  if (!last) return null;
  for (const first of before.slice(0, -1)) {
    const load = loadBetween(first, last);
    if (load && load.seconds >= 5)
      return { load, from: first.at, to: last.at, how: `mean of the ${Math.round(load.seconds)} s before the deployment` };
  }
  const load = loadSinceStart(last);
  return load ? { load, from: last.at - load.seconds * 1000, to: last.at, how: 'mean since the process’s start' } : null;
}

/** What a window is held against, its own uncertainty, and where it comes from. */
interface Expected {
  readonly value: number;
  readonly spread: number;
  readonly words: string;
}

/** A text says why there is nothing to hold it against. */
function expected({ usual }: LoadEvidence, metric: BaselineMetric, before: LoadBefore | null, value: number | null): Expected | string {
  const window = before && value !== null ? { from: before.from, to: before.to, how: before.how, value } : null;
  if (!usual) return window ? { value: window.value, spread: 0, words: window.how } : 'no sample from before the deployment';
  const answer = usual(metric, window);
  return isEvidence(answer) && answer.value !== null
    ? { value: answer.value, spread: answer.spread ?? 0, words: answer.words }
    : `no sample from before the deployment: ${answer.words}`;
}

/** What is usual of something that is judged by a limit of its own: told beside it. */
function usualOf({ usual }: LoadEvidence, metric: BaselineMetric): string {
  const answer = usual?.(metric, null);
  return answer && answer.value !== null ? `; usual are ${written(metric, answer.value)} (${answer.words})` : '';
}

function connectionLatency(evidence: LoadEvidence, limits: LoadLimits): CheckResult {
  const { node, connections, at } = evidence;
  const check = 'connection-latency';
  if (connections.length === 0) return open(check, node, 'no fresh connection was measured');
  const middle = median(connections);
  const observed = `median ${middle.toFixed(1)} ms of ${connections.length} fresh connections${usualOf(evidence, 'connection-time')}`;
  if (middle < limits.connectionMs) return passed(check, node, `${observed}; the limit is ${limits.connectionMs} ms.`);
  return failed(check, node, at, 'CONNECTION_SLOW', `below ${limits.connectionMs} ms`, observed, 'client');
}

function throughput(evidence: LoadEvidence, before: LoadBefore | null, windows: readonly Load[], limits: LoadLimits): CheckResult {
  const { node, at } = evidence;
  const check = 'throughput';
  const held = expected(evidence, 'throughput', before, before?.load.throughput ?? null);
  if (typeof held === 'string') return open(check, node, held);
  if (windows.length < 3) return open(check, node, `${windows.length} windows of the soak; at least 3 are needed`);
  const rates = windows.map((window) => window.throughput);
  const now = mean(rates);
  const told = `${now.toFixed(1)} requests a second, ${held.value.toFixed(1)} before (${held.words})`;
  const least = held.value * (1 - limits.throughputLoss);
  if (held.value < 1 || least - now <= SIGMAS * Math.hypot(standardError(rates), held.spread)) return passed(check, node, `${told}.`);
  return failed(check, node, at, 'THROUGHPUT_LOST', `at least ${least.toFixed(1)} requests a second`, told);
}

function cpu(evidence: LoadEvidence, before: LoadBefore | null, windows: readonly Load[], limits: LoadLimits): CheckResult {
  const { node, at } = evidence;
  const check = 'cpu';
  const shares = windows.flatMap(({ cpuShare }) => cpuShare ?? []);
  const held = expected(evidence, 'cpu', before, before?.load.cpuShare ?? null);
  if (typeof held === 'string') return open(check, node, held);
  if (shares.length < 3) return open(check, node, `${shares.length} windows of the soak; at least 3 are needed`);
  const now = mean(shares);
  const told = `${percent(now)} of the host’s processors, ${percent(held.value)} before (${held.words})`;
  const most = held.value + limits.cpuIncrease;
  if (now - most <= SIGMAS * Math.hypot(standardError(shares), held.spread)) return passed(check, node, `${told}.`);
  return failed(check, node, at, 'CPU_INCREASED', `at most ${percent(most)}`, told);
}

/** A leak shows in what is left after collections: it only ever grows (Mann–Kendall), and by much of the heap (Theil–Sen). */
function memory(evidence: LoadEvidence): CheckResult {
  const { node, during: all, at } = evidence;
  const check = 'memory';
  // Points of two processes are of two heaps: together they hide a trend, or make one.
  const newest = all.at(-1);
  const during = newest ? [...samplesOfProcess(all, newest), newest] : [];
  const points = [
    ...new Map(
      during.flatMap((one) =>
        one.collectedAtMs === undefined || one.heapAfterCollection === undefined
          ? []
          : [[one.collectedAtMs, one.heapAfterCollection] as const],
      ),
    ),
  ];
  const heapMax = during.at(-1)?.heapMax ?? 0;
  if (points.length < LEAST_COLLECTIONS)
    return open(check, node, `${points.length} collections seen; a trend needs at least ${LEAST_COLLECTIONS}`);
  const pairs = points.flatMap(([t, v], i) => points.slice(i + 1).map(([u, w]) => ({ sign: Math.sign(w - v), slope: (w - v) / (u - t) })));
  const n = points.length;
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const z = (pairs.reduce((sum, { sign }) => sum + sign, 0) - 1) / deviation;
  const perHour = median(pairs.map(({ slope }) => slope)) * 3_600_000;
  const hours = ((points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0)) / 3_600_000;
  const told = `${n} collections, ${perHour >= 0 ? '+' : ''}${(perHour / 1_048_576).toFixed(1)} MiB an hour left after them${usualOf(evidence, 'memory')}`;
  const leaks = z > TREND_Z && heapMax > 0 && perHour * hours > LEAST_GROWTH * heapMax;
  return leaks
    ? failed(check, node, at, 'HEAP_GROWS', 'no upward trend of the heap after collections', told)
    : passed(check, node, `${told}; no trend.`);
}

type LoadCode = 'CONNECTION_SLOW' | 'THROUGHPUT_LOST' | 'CPU_INCREASED' | 'HEAP_GROWS';

function failed(
  check: string,
  node: string,
  at: number,
  code: LoadCode,
  expected: string,
  observed: string,
  seenBy: Finding['seenBy'] = 'node',
): CheckResult {
  const how = seenBy === 'client' ? 'fresh handshakes of the client' : 'counters of the process by JMX';
  const finding: Finding = { code, severity: 'warning', node, where: 'process', expected, observed, seenBy, how, at };
  return { check, node, outcome: 'failed', advisory: true, summary: `Expected ${expected}; observed ${observed}.`, findings: [finding] };
}

const passed = (check: string, node: string, summary: string): CheckResult => ({
  check,
  node,
  outcome: 'passed',
  advisory: true,
  summary,
  findings: [],
});
const open = (check: string, node: string, summary: string): CheckResult => ({
  check,
  node,
  outcome: 'unknown',
  advisory: true,
  summary,
  findings: [],
});

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
