/**
 * Has the level of a weekly pattern moved? Each day's mean residual, in units of its usual size (median of the four weeks
 * before, so that the shift itself does not hide it), is added up two-sided (CUSUM, Page 1954) with allowance ½ and
 * limit 12; a day counts 4 at most. So three odd days after calm ones (a long weekend, an outage) do not report, and a shift of four
 * usual sizes does on its fourth day at the latest.
 */
import { z } from 'zod';
import { median } from '../statistics/statistics.ts';
import { BaselineMetric } from './metric.ts';

const ALLOWANCE = 0.5;
const LIMIT = 12;
const MOST_OF_A_DAY = 4;
/** Values that a day needs, or it says nothing. */
const LEAST_VALUES = 6;
/** Days before one, that its usual size is taken from. */
const USUAL_DAYS = 28;
const LEAST_USUAL_DAYS = 10;
/** In its first two weeks a baseline is still learning the week itself. */
const UNSETTLED_DAYS = 14;
/** Median of absolute values to standard deviation of a normal distribution. */
const TO_DEVIATION = 1.4826;
/** A usual size below this is taken as this (logarithm): a shift of a percent or two is worth no word. */
const LEAST_SIZE = 0.015;

/** `[day, n, sum]`: days since 1970, and the residuals of that day. */
export const DayResiduals = z.tuple([z.number().int(), z.number().min(0), z.number()]);
export type DayResiduals = z.infer<typeof DayResiduals>;

export const BaselineDrift = z.object({
  metric: BaselineMetric,
  /** When it was noticed, and the day that it began (ms). */
  at: z.number(),
  since: z.number(),
  /** New level over old. */
  factor: z.number().positive(),
});
export type BaselineDrift = z.infer<typeof BaselineDrift>;

/** A shift that has not been reported: since which day, by how much (logarithm). Null when there is none. `first`: the day that the baseline began. */
export function shiftIn(days: readonly DayResiduals[], first: number): { readonly since: number; readonly shift: number } | null {
  const means = days
    .filter(([day, n]) => n >= LEAST_VALUES && day >= first + UNSETTLED_DAYS)
    .map(([day, n, sum]) => ({ day, mean: sum / n }));
  const sides = { up: { sum: 0, began: 0 }, down: { sum: 0, began: 0 } };
  for (const [i, { mean }] of means.entries()) {
    const before = means.slice(Math.max(0, i - USUAL_DAYS), i);
    if (before.length < LEAST_USUAL_DAYS) continue;
    const size = Math.max(LEAST_SIZE, TO_DEVIATION * median(before.map((one) => Math.abs(one.mean))));
    const standard = Math.max(-MOST_OF_A_DAY, Math.min(MOST_OF_A_DAY, mean / size));
    for (const [side, towards] of [
      [sides.up, standard],
      [sides.down, -standard],
    ] as const) {
      if (side.sum === 0) side.began = i;
      side.sum = Math.max(0, side.sum + towards - ALLOWANCE);
      if (side.sum > LIMIT) return sinceWhen(means.slice(side.began, i + 1));
    }
  }
  return null;
}

/** The likeliest first day: from there on the mean stands out most from nought. A wander before it is no part of the shift. */
function sinceWhen(days: readonly { readonly day: number; readonly mean: number }[]): { readonly since: number; readonly shift: number } {
  const starts = days.map(({ day }, i) => {
    const from = days.slice(i).map(({ mean }) => mean);
    const sum = from.reduce((all, one) => all + one, 0);
    return { since: day, shift: median(from), standsOut: (sum * sum) / from.length };
  });
  return starts.reduce((best, one) => (one.standsOut > best.standsOut ? one : best));
}

/** The residuals as they would have been with the new level. */
export const withoutShift = (days: readonly DayResiduals[], since: number, shift: number): DayResiduals[] =>
  days.map(([day, n, sum]) => [day, n, day >= since ? sum - n * shift : sum]);
