/** Mann-Whitney: estimate and confidence interval of the shift between two samples, as R's `wilcox.test` with `conf.int` gives them. */

export interface Shift {
  /** Hodges-Lehmann: median of all differences, experiment − control. */
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** Throws a RangeError for an empty sample. */
export function shiftOf(experiment: readonly number[], control: readonly number[], confidence: number): Shift {
  if (experiment.length === 0 || control.length === 0) throw new RangeError('Mann-Whitney: an empty sample');
  const differences = experiment.flatMap((one) => control.map((other) => one - other)).sort((a, b) => a - b);
  const count = differences.length;
  const low = differences[(count - 1) >> 1] as number;
  const high = differences[count >> 1] as number;
  const order = Math.max(1, lowerQuantile(experiment.length, control.length, (1 - confidence) / 2));
  return { estimate: (low + high) / 2, lower: differences[order - 1] as number, upper: differences[count - order] as number };
}

const quantiles = new Map<string, number>();

/** Least u with P(U ≤ u) ≥ p under no difference, from the exact distribution (R: `qwilcox`). */
function lowerQuantile(m: number, n: number, p: number): number {
  const key = `${m} ${n} ${p}`;
  const known = quantiles.get(key);
  if (known !== undefined) return known;
  const ways = distribution(m, n);
  const total = ways.reduce((sum, one) => sum + one, 0);
  let u = 0;
  for (let below = ways[0] as number; below / total < p; below += ways[u] as number) u += 1;
  quantiles.set(key, u);
  return u;
}

/** Number of orders of m and n values for each value of U, by the recursion of Mann and Whitney. */
function distribution(m: number, n: number): number[] {
  // ways[i][u] for i of the first sample among those of the second taken so far.
  let ways: number[][] = Array.from({ length: m + 1 }, () => [1]);
  for (let taken = 1; taken <= n; taken += 1) {
    const next: number[][] = [[1]];
    for (let i = 1; i <= m; i += 1) {
      const sums = new Array<number>(i * taken + 1).fill(0);
      for (const [u, count] of (next[i - 1] as number[]).entries()) sums[u + taken] = (sums[u + taken] ?? 0) + count;
      for (const [u, count] of (ways[i] as number[]).entries()) sums[u] = (sums[u] ?? 0) + count;
      next.push(sums);
    }
    ways = next;
  }
  return ways[m] as number[];
}
