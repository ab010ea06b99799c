/**
 * Pauses: a process that stops (garbage collection, SIGSTOP, a frozen host) answers nothing of any kind for a while. That is no sign of a bad
 * certificate, so a pause of bounded length is no evidence. The bound is a bucket, so that a node that pauses again and again is judged after all.
 */
import { PROBE_KINDS, type ProbeKind } from './probe-row.ts';
import { BINS, countBelow, sizeOf } from './sketch.ts';
import { type NodeCells, probesIn } from './window.ts';

/** Slower than this many times its level is no answer. */
const NO_ANSWER = Math.round(Math.log(5) * BINS);
const LEAST_PROBES = 2;
/** The bucket fills again by so many seconds a second. */
const REFILL = 0.05;

export function answersNothing(cells: NodeCells['cells'], level: Readonly<Record<ProbeKind, number | null>>): boolean {
  if (probesIn(cells) < LEAST_PROBES) return false;
  return PROBE_KINDS.every((kind) => {
    const own = level[kind];
    return (own === null ? sizeOf(cells[kind].ms) : countBelow(cells[kind].ms, own + NO_ANSWER)) === 0;
  });
}

/** What is left of the bucket after a window, and whether the window is left out. */
export function passPause(
  left: number,
  silent: boolean,
  seconds: number,
  pauseS: number,
): { readonly left: number; readonly leaveOut: boolean } {
  if (!silent) return { left: Math.min(pauseS, Math.round((left + seconds * REFILL) * 100) / 100), leaveOut: false };
  return left >= seconds ? { left: Math.round((left - seconds) * 100) / 100, leaveOut: true } : { left: 0, leaveOut: false };
}
