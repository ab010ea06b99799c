/**
 * A confidence interval for the mean of values between 0 and 1 that holds however often one looks: every mean is bet against, from both sides, and
 * those that lost are outside (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting"). Nothing is assumed within a block.
 */
const STEPS = 200;
/** Stakes as shares of the most that may be staked; the last one follows what was seen. */
const FIXED_STAKES = [0.1, 0.3, 0.6] as const;
const MOST_STAKED = 0.8;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** `miss`: chance at most that the mean is ever outside. */
export function intervalOf(values: readonly number[], miss: number): Interval {
  const lnNeeded = Math.log(2 / miss);
  return {
    low: lowest(values, lnNeeded),
    high:
      1 -
      lowest(
        values.map((value) => 1 - value),
        lnNeeded,
      ),
  };
}

function lowest(values: readonly number[], lnNeeded: number): number {
  let low = 0;
  for (let step = 1; step < STEPS; step++) {
    const mean = step / STEPS;
    if (lnWealthAgainst(values, mean) < lnNeeded) break;
    low = mean;
  }
  return low;
}

function lnWealthAgainst(values: readonly number[], mean: number): number {
  const fixed = FIXED_STAKES.map((stake) => values.reduce((sum, value) => sum + Math.log1p((stake / mean) * (value - mean)), 0));
  let following = 0;
  let sum = 0.5;
  let squares = 0.25;
  values.forEach((value, i) => {
    const seen = sum / (i + 1);
    const variance = squares / (i + 1);
    const stake = Math.min(MOST_STAKED / mean, Math.max(0, (seen - mean) / (variance + (seen - mean) ** 2)));
    following += Math.log1p(stake * (value - mean));
    sum += value;
    squares += (value - sum / (i + 2)) ** 2;
  });
  const all = [...fixed, following];
  const most = Math.max(...all);
  return most + Math.log(all.reduce((total, one) => total + Math.exp(one - most), 0) / all.length);
}
