/** Count, mean and spread of values, such that two summaries of parts make the summary of the whole, in whatever order. */
import { z } from 'zod';

const finite = z.number();

/** `[n, mean, m2]`: weight, mean, sum of squared deviations from the mean. Weights fade, so n need not be whole. */
export const Summary = z.tuple([finite.min(0), finite, finite.min(0)]);
export type Summary = z.infer<typeof Summary>;

export const NOTHING: Summary = [0, 0, 0];

export const summaryOf = (values: readonly number[]): Summary =>
  values.map((value): Summary => [1, value, 0]).reduce(mergeSummaries, NOTHING);

/** Chan, Golub and LeVeque 1979: commutative, and associative up to rounding. */
export function mergeSummaries([n, mean, m2]: Summary, [m, other, o2]: Summary): Summary {
  const total = n + m;
  if (total === 0) return NOTHING;
  const difference = other - mean;
  return [total, (n * mean + m * other) / total, m2 + o2 + (difference * difference * n * m) / total];
}

/** The same values with less weight: what is older counts less. */
export const faded = ([n, mean, m2]: Summary, by: number): Summary => [n * by, mean, m2 * by];
