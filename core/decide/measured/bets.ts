/**
 * Bets against "this is below its threshold" (and against "this is above it"). Each gives ln e of one block, where the mean of e is at most 1 as
 * long as the bet's hypothesis holds; see docs/decisions/20261125-evidence-that-may-be-looked-at-any-time.md.
 */

/** Alternatives to p0, as shares of the way from p0 to 1. */
const HARM = [0.022, 0.056, 0.111, 0.222] as const;
/** Alternatives to p0 as shares of p0. */
const SAFE = [0.3, 0.65] as const;
/** Exponents of the calibrators κ·u^(κ−1) of a rank u. */
const RANK = 0.4;
/** Slopes of the soft ranks, in deviations of the baseline. */
export const SLOPES = [3, 1.5] as const;
const SAFE_RANKS = [0.35, 0.7] as const;
/** Odds put on "above the median of the baseline". */
const SIGN = 0.9;
const SAFE_SIGN = 0.75;

/** Probes in one block are no independent witnesses; beyond so many a second they count less each. */
const WITNESSES_PER_SECOND = 80;

/** ln e of binomial likelihood ratios. A power below 1 of an e-value is an e-value (Jensen). */
function shareBets(failed: number, n: number, seconds: number, p0: number, alternatives: readonly number[]): number[] {
  if (n === 0) return alternatives.map(() => 0);
  const power = Math.min(1, (WITNESSES_PER_SECOND * seconds) / n);
  return alternatives.map((p1) => power * (failed * Math.log(p1 / p0) + (n - failed) * Math.log((1 - p1) / (1 - p0))));
}

export const harmOfShare = (failed: number, n: number, seconds: number, p0: number): number[] =>
  shareBets(
    failed,
    n,
    seconds,
    p0,
    HARM.map((way) => p0 + way * (1 - p0)),
  );

export const safetyOfShare = (failed: number, n: number, seconds: number, p0: number): number[] =>
  shareBets(
    failed,
    n,
    seconds,
    p0,
    SAFE.map((part) => p0 * part),
  );

/** Values of the baseline that a shift is ranked among: ascending, and how many there were before they were thinned out. */
export interface Spread {
  readonly values: readonly number[];
  readonly of: number;
  /** For each slope: the exponent, and the mean of exp(exponent · value). */
  readonly tilts: readonly (readonly [number, number])[];
}

/** How many lie below `x` (`orEqual`: or at it). */
function below(values: readonly number[], x: number, orEqual: boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = values[middle] as number;
    if (value < x || (orEqual && value === x)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const rank = (share: number, { of }: Spread): number => (1 + of * share) / (of + 1);
/** The soft rank e-value: how much of all exp(exponent · value), the new one among them, the new one holds. */
function lnSoftRank(tilted: number, mean: number, of: number): number {
  const own = Math.exp(Math.min(tilted, 300));
  return Math.log(((of + 1) * own) / (of * mean + own));
}

const lnRank = (kappa: number, u: number): number => Math.log(kappa) + (kappa - 1) * Math.log(u);

/** `x`: how far a block's shift lies above the threshold; ranked among the shifts of the baseline, as if the threshold were its level. */
export function harmOfShift(x: number, spread: Spread): number[] {
  const { values } = spread;
  if (values.length === 0) return [0, 0, 0, 0];
  const u = rank(1 - below(values, x, false) / values.length, spread);
  const above = x > (values[(values.length - 1) >> 1] as number);
  return [
    ...spread.tilts.map(([exponent, mean]) => lnSoftRank(exponent * x, mean, spread.of)),
    lnRank(RANK, u),
    Math.log(above ? 2 * SIGN : 2 * (1 - SIGN)),
  ];
}

export function safetyOfShift(x: number, spread: Spread): number[] {
  const { values } = spread;
  if (values.length === 0) return [0, 0, 0];
  const u = rank(below(values, x, true) / values.length, spread);
  const beneath = x < (values[(values.length - 1) >> 1] as number);
  return [...SAFE_RANKS.map((kappa) => lnRank(kappa, u)), Math.log(beneath ? 2 * SAFE_SIGN : 2 * (1 - SAFE_SIGN))];
}

/** Alternatives that are bet on with what no single node explains. */
const COMMON = [0.056, 0.111, 0.222] as const;
export const harmOfCommon = (failed: number, n: number, seconds: number, p0: number): number[] =>
  shareBets(
    failed,
    n,
    seconds,
    p0,
    COMMON.map((way) => p0 + way * (1 - p0)),
  );

const SCORE_STAKES = [0.4, 0.8] as const;

/** A score lies between 0 and 1, so a stake of at most 1/limit can never lose everything. */
export const harmOfScore = (score: number, limit: number): number[] =>
  SCORE_STAKES.map((stake) => Math.log(1 + (stake / limit) * (score - limit)));
