/** A recorded deployment at a fixed rate of probes, in columns, with the rows made only as they are read. */
import type { ProbeRow } from '../../core/decide/measured/probe-row.ts';
import { BASELINE_MS, STALE_FROM_MS } from './levels.ts';
import { mix32 } from './random.ts';
import { KINDS, type ProbeKind } from './scenario.ts';
import type { World } from './world.ts';

/** Of each kind, over all nodes together. */
export const PROBES_PER_SECOND = 10;

/** Columns of a trace; a worker fills the same ones again and again. */
export class Trace {
  readonly tMs: Int32Array;
  readonly node: Uint8Array;
  readonly kind: Uint8Array;
  /** Milliseconds, negative for a failure. */
  readonly answer: Float64Array;
  count = 0;
  nodes = 0;
  graceS = 0;

  constructor(rows: number) {
    this.tMs = new Int32Array(rows);
    this.node = new Uint8Array(rows);
    this.kind = new Uint8Array(rows);
    this.answer = new Float64Array(rows);
  }

  /** The rows in the order of their times, each made when it is read. */
  rows(): Iterable<ProbeRow> {
    const trace = this;
    const names = nodeNames(trace.nodes);
    return {
      [Symbol.iterator]() {
        let at = 0;
        return {
          next(): IteratorResult<ProbeRow, undefined> {
            if (at >= trace.count) return { done: true, value: undefined };
            const answer = trace.answer[at] as number;
            const value: ProbeRow = {
              t_ms: trace.tMs[at] as number,
              node: names[trace.node[at] as number] as string,
              kind: KINDS[trace.kind[at] as number] as ProbeKind,
              ok: answer >= 0,
              ms: Math.abs(answer),
            };
            at += 1;
            return { done: false, value };
          },
        };
      },
    };
  }
}

/** n1, n2, … */
export const nodeNames = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `n${index + 1}`);

/** Rows of a trace with a baseline and a watch of this length. */
export const rowsOf = (horizonMs: number): number => ((BASELINE_MS + horizonMs) / 1000) * PROBES_PER_SECOND * KINDS.length;

/** Probes at the fixed rate, node after node, each a little off its beat, through the baseline and to the horizon. */
export function record(world: World, horizonMs: number, into: Trace): Trace {
  world.rewind();
  into.count = 0;
  into.nodes = world.nodes;
  into.graceS = world.scenario.graceS;
  const { baseline } = world.scenario;
  if (baseline === 'fresh') recordSpan(world, -BASELINE_MS, 0, into);
  if (baseline === 'stale') recordSpan(world, STALE_FROM_MS, STALE_FROM_MS + BASELINE_MS, into);
  recordSpan(world, 0, horizonMs, into);
  return into;
}

/** Short stretches: the machine's compiler then makes the function itself fast, instead of one long loop anew for every trace. */
const BEATS_AT_ONCE = 200;
const BEAT_MS = 1000 / (PROBES_PER_SECOND * KINDS.length);

function recordSpan(world: World, fromMs: number, toMs: number, into: Trace): void {
  const beats = (toMs - fromMs) / BEAT_MS;
  for (let beat = 0; beat < beats; beat += BEATS_AT_ONCE) recordBeats(world, fromMs, beat, Math.min(beats, beat + BEATS_AT_ONCE), into);
}

function recordBeats(world: World, fromMs: number, from: number, to: number, into: Trace): void {
  const { tMs, node, kind, answer } = into;
  let at = into.count;
  for (let beat = from; beat < to; beat += 1) {
    const askedMs = fromMs + beat * BEAT_MS + Math.floor((mix32(beat ^ 0x27d4eb2f) / 4294967296) * BEAT_MS);
    const which = beat & 1;
    const whom = (beat >> 1) % world.nodes;
    tMs[at] = askedMs;
    node[at] = whom;
    kind[at] = which;
    answer[at] = world.answer(askedMs, whom, which);
    at += 1;
  }
  into.count = at;
}
