/**
 * A mergeable quantile sketch: weights in bins of equal width on the logarithmic scale, as DDSketch has them, so that a
 * quantile is right within half a bin (2.5 % of the value) whatever was merged in which order: merging is adding.
 */
import { z } from 'zod';

/** Width of a bin, in logarithms. */
const WIDTH = 0.05;
/** Bins farther out than this are one: nothing is learnt from how far beyond a factor of 20 a value lies. */
const FARTHEST = Math.round(Math.log(20) / WIDTH);
/** Weight below which a faded bin is forgotten. */
const LEAST_WEIGHT = 0.01;

/** Weight by the number of the bin. */
export const Sketch = z.record(z.string().regex(/^-?\d{1,3}$/), z.number().min(0));
export type Sketch = z.infer<typeof Sketch>;

/** @param values logarithms, such as residuals */
export function sketchOf(values: readonly number[]): Sketch {
  const bins: Record<string, number> = {};
  for (const value of values) {
    const bin = String(Math.max(-FARTHEST, Math.min(FARTHEST, Math.floor(value / WIDTH))));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  return bins;
}

export function mergeSketches(one: Sketch, other: Sketch): Sketch {
  const bins: Record<string, number> = { ...one };
  for (const [bin, weight] of Object.entries(other)) bins[bin] = (bins[bin] ?? 0) + weight;
  return bins;
}

/** The same with less weight; bins with hardly any are left out, so the size stays bounded. */
export function fadedSketch(sketch: Sketch, by: number): Sketch {
  return Object.fromEntries(
    Object.entries(sketch).flatMap(([bin, weight]) => (weight * by < LEAST_WEIGHT ? [] : [[bin, weight * by] as const])),
  );
}

/** The value below which the share lies, as the middle of its bin; null for an empty sketch. */
export function quantileOf(sketch: Sketch, share: number): number | null {
  const bins = Object.entries(sketch)
    .map(([bin, weight]) => [Number(bin), weight] as const)
    .toSorted(([a], [b]) => a - b);
  const total = bins.reduce((sum, [, weight]) => sum + weight, 0);
  let below = 0;
  for (const [bin, weight] of bins) {
    below += weight;
    if (weight > 0 && below >= share * total) return (bin + 0.5) * WIDTH;
  }
  return null;
}
