/** How densely to probe in the next second: few probes while all is calm, a bounded burst while something may be wrong. A pure function of the state. */
import type { OpenBlock } from './block.ts';
import { FACTORS, type MeasuredPolicy } from './policy.ts';
import { BINS, lowerMedian, sizeOf } from './sketch.ts';
import { deployedOf, FULL_BURST as FULL, type MeasuredState, type Stream } from './state.ts';

/** Probes per second in all, of each kind. */
export interface ProbingRate {
  readonly tls: number;
  readonly cql: number;
}

/** ln: a tide as high as this is suspicion enough for all of the burst. */
const SUSPICION = 1;
/** A first hint may spend the upper half of what is left for bursts, suspicion all of it. */
const FOR_HINTS = 0.5;
const REFILL_PER_S = 10;
/** Before the deployment, and where nobody has taken part yet. */
const BASELINE_PER_NODE = 10 / 3;

export function calmRate(policy: MeasuredPolicy, nodes: number): number {
  return Math.min(policy.probing.most, policy.probing.calmPerNode * Math.max(1, nodes));
}

/** What a window's probes leave of the burst: tokens that come back slowly, and the budget of the whole watch, which does not. */
export function spend(state: MeasuredState, probes: number, seconds: number): MeasuredState['burst'] {
  const { left, spent } = state.burst;
  const over = Math.max(0, probes - calmRate(state.policy, state.nodes.length) * seconds);
  return { left: Math.max(0, Math.min(FULL, Math.round(left + REFILL_PER_S * seconds - over))), spent: Math.round(spent + over) };
}

export function probingRate(state: MeasuredState): ProbingRate {
  const { policy, burst } = state;
  const nodes = Math.max(1, state.nodes.length);
  const calm = calmRate(policy, nodes);
  const most = Math.min(policy.probing.most, policy.probing.burstPerNode * nodes);
  const learning = state.nodes.some((node) => node.learning !== undefined);
  if (state.untilS <= 0 || learning) return both(Math.min(policy.probing.most, Math.max(calm, BASELINE_PER_NODE * nodes)));
  const spare = Math.min(burst.left, policy.probing.burstBudget - burst.spent);
  const streams: readonly Stream[] = [state.cluster, ...deployedOf(state)];
  const suspicion = streams.some(({ tides }) =>
    FACTORS.some((factor, i) => policy.weights[factor] > 0 && (tides[i]?.height ?? 0) >= SUSPICION),
  );
  const hint = suspicion || streams.some(({ open }) => open !== null && hints(open, policy));
  const enough = suspicion ? spare > most : hint && spare > most + FOR_HINTS * FULL;
  return both(enough ? Math.max(calm, most) : calm);
}

const both = (rate: number): ProbingRate => ({ tls: rate, cql: rate });

/** Half way to a threshold, in what has been seen of a block. */
function hints({ tls, cql }: OpenBlock, policy: MeasuredPolicy): boolean {
  const half = Math.log(policy.thresholds.responseTimeRatio) / 2;
  const slow = (weight: number, shifts: readonly number[]): boolean =>
    weight > 0 && sizeOf(shifts) >= 3 && (lowerMedian(shifts) as number) / BINS > half;
  const failing = (weight: number, { ok, failed }: { ok: number; failed: number }, limit: number): boolean =>
    weight > 0 && failed > (limit / 2) * (ok + failed);
  const { weights, thresholds } = policy;
  return (
    failing(weights.tlsFailures, tls, thresholds.tlsFailures) ||
    failing(weights.cqlErrors, cql, thresholds.cqlErrorsAboveBaseline) ||
    slow(weights.tlsTime, tls.shifts) ||
    slow(weights.cqlTime, cql.shifts)
  );
}
