/**
 * Live probing goes from stretch to stretch: one between two looks at the cluster. The state outlives a stretch, its rows go to the trace.
 * A stretch only puts rows into windows and folds them, as a replay does: the same rows give the same state.
 */
import { learnBaseline } from './baseline.ts';
import { accused } from './conclude.ts';
import { fold } from './fold.ts';
import type { MeasuredPolicy } from './policy.ts';
import type { ProbeRow } from './probe-row.ts';
import { type ProbingRate, probingRate } from './rate.ts';
import { type MeasuredState, start } from './state.ts';
import { WindowBuilder } from './window-builder.ts';

/** @param before probes of before the deployment, in any order; their `t_ms` is below 0 */
export function beginWatch(policy: MeasuredPolicy, deployed: readonly string[], before: Iterable<ProbeRow>): MeasuredState {
  const builder = new WindowBuilder(policy.timeoutMs, 0);
  for (const row of before) builder.add(row);
  const named = new Set(deployed);
  return start(
    policy,
    { deployed },
    learnBaseline(builder.takeUntil(0), (node) => named.has(node)),
  );
}

export class Stretch {
  private current: MeasuredState;
  private readonly builder: WindowBuilder;

  constructor(state: MeasuredState) {
    this.current = state;
    this.builder = new WindowBuilder(state.policy.timeoutMs, state.policy.horizonS);
  }

  /** From when rows are taken, ms since the deployment: what was judged already is not judged twice. */
  get fromMs(): number {
    return Math.max(0, this.current.untilS) * 1000;
  }

  /** False where the row is not taken: before {@link fromMs}, beyond the watch, or no probe at all. */
  offer(row: ProbeRow): boolean {
    return row.t_ms >= this.fromMs && this.builder.add(row) === null;
  }

  /** Judges the whole seconds that are over; a probe that is still under way counts when it ends. True: there is enough evidence against the deployment. */
  advance(tMs: number): boolean {
    for (const window of this.builder.takeUntil(Math.floor(tMs / 1000))) this.current = fold(this.current, window);
    return accused(this.current);
  }

  /** Probes per second in all, of each kind, for the next second. */
  rate(): ProbingRate {
    return probingRate(this.current);
  }

  /** Everything that was offered is judged. */
  end(): MeasuredState {
    this.advance(Number.MAX_SAFE_INTEGER);
    return this.current;
  }
}
