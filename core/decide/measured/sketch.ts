/**
 * Durations in bins of one hundredth of ln ms (1 % wide), counted: `[bin, count, bin, count, …]`, bins ascending.
 * Integers alone, so that the order of probes and of merging can never show in a result.
 */
export type Sketch = readonly number[];

/** Bins to one unit of ln ms. */
export const BINS = 100;
const SHORTEST_MS = 0.001;

export const binOf = (ms: number): number => Math.floor(Math.log(Math.max(ms, SHORTEST_MS)) * BINS);

/** Counts of single bins, in any order. */
export function sketchOf(bins: readonly number[]): number[] {
  const sketch: number[] = [];
  for (const bin of bins.length > 1 ? bins.toSorted((a, b) => a - b) : bins) {
    const last = sketch.length - 2;
    if (last >= 0 && sketch[last] === bin) sketch[last + 1] = (sketch[last + 1] as number) + 1;
    else sketch.push(bin, 1);
  }
  return sketch;
}

/** Both together, the second one moved by `shift` bins. */
export function merge(a: Sketch, b: Sketch, shift = 0): Sketch {
  if (b.length === 0) return a;
  if (a.length === 0 && shift === 0) return b;
  const merged: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = i < a.length ? (a[i] as number) : Number.POSITIVE_INFINITY;
    const right = j < b.length ? (b[j] as number) + shift : Number.POSITIVE_INFINITY;
    const bin = Math.min(left, right);
    let count = 0;
    if (left === bin) {
      count += a[i + 1] as number;
      i += 2;
    }
    if (right === bin) {
      count += b[j + 1] as number;
      j += 2;
    }
    merged.push(bin, count);
  }
  return merged;
}

export function sizeOf(sketch: Sketch): number {
  let size = 0;
  for (let i = 1; i < sketch.length; i += 2) size += sketch[i] as number;
  return size;
}

/** How many lie below a bin. */
export function countBelow(sketch: Sketch, bin: number): number {
  let count = 0;
  for (let i = 0; i < sketch.length && (sketch[i] as number) < bin; i += 2) count += sketch[i + 1] as number;
  return count;
}

/** Bin of the lower median; null when empty. */
export function lowerMedian(sketch: Sketch): number | null {
  let left = Math.floor((sizeOf(sketch) - 1) / 2);
  for (let i = 0; i < sketch.length; i += 2) {
    left -= sketch[i + 1] as number;
    if (left < 0) return sketch[i] as number;
  }
  return null;
}
