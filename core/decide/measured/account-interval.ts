/**
 * Confidence intervals by the very bets of the account: a share or a ratio that the bets would have refuted as a threshold lies outside. So what is
 * told of a verdict never says less than what the verdict was decided by.
 */
import { harmOfShare, harmOfShift, type Spread, safetyOfShift } from './bets.ts';
import type { Interval } from './interval.ts';
import { EARN, SHIFT_CAPS } from './judge-block.ts';
import { safeSharesOf, sharesOf, sharesOfNode } from './state.ts';

/** What the blocks of a stretch showed. */
interface Shown {
  /** One a block. */
  readonly values: readonly number[];
  /** How long a block was, seconds. */
  readonly secondsEach: number;
}

/** Values: ln of times the usual. */
export interface ShownShifts extends Shown {
  readonly spread: Spread;
  /** The spread's unit. */
  readonly scatter: number;
}

/** Values: shares of failures. */
export interface ShownShares extends Shown {
  /** Probes in a block. */
  readonly probesEach: number;
}

/** ln of the ratios that are tried: a hundredth of the usual to a hundred times it. */
const MOST_LN = Math.log(100);
const RATIOS = Array.from({ length: 921 }, (_, step) => -MOST_LN + (2 * MOST_LN * step) / 920);
const SHARES = Array.from({ length: 199 }, (_, step) => (step + 1) / 200);
const OF_TIME = 2;

/** ln of the ratio's bounds, infinite where nothing is refuted. `miss`: chance at most that the ratio is ever outside. */
export function shiftIntervalOf({ values, secondsEach, spread, scatter }: ShownShifts, miss: number): Interval {
  const lnNeeded = Math.log(2 / miss);
  const caps = SHIFT_CAPS.map((cap) => cap * secondsEach);
  const against = (bets: typeof harmOfShift, ratio: number): number[][] => values.map((value) => bets((value - ratio) / scatter, spread));
  // The expert with a memory has no bet here: it keeps its capital.
  const shares = sharesOf(OF_TIME, SHIFT_CAPS.length + 1);
  const low = RATIOS.findLast((ratio) => lnMixture(against(harmOfShift, ratio), shares, caps) >= lnNeeded);
  const high = RATIOS.find((ratio) => lnMixture(against(safetyOfShift, ratio), safeSharesOf(OF_TIME), []) >= lnNeeded);
  return { low: low ?? Number.NEGATIVE_INFINITY, high: high ?? Number.POSITIVE_INFINITY };
}

/** The largest share that is refuted as a threshold; 0 where none is. */
export function leastShareOf({ values, secondsEach, probesEach }: ShownShares, miss: number): number {
  const lnNeeded = Math.log(2 / miss);
  const caps = sharesOfNode.map(() => EARN * secondsEach);
  const refuted = (share: number): boolean => {
    const bets = values.map((value) => harmOfShare(value * probesEach, probesEach, secondsEach, share));
    return lnMixture(bets, sharesOfNode, caps) >= lnNeeded;
  };
  return SHARES.findLast(refuted) ?? 0;
}

/** ln of what the experts hold together. */
function lnMixture(blocks: readonly (readonly number[])[], shares: readonly number[], caps: readonly number[]): number {
  const earned = (i: number): number => blocks.reduce((sum, bets) => sum + Math.min(bets[i] ?? 0, caps[i] ?? Number.POSITIVE_INFINITY), 0);
  const lns = shares.map((share, i) => Math.log(share) + earned(i));
  const most = Math.max(...lns);
  return most + Math.log(lns.reduce((sum, ln) => sum + Math.exp(ln - most), 0));
}
