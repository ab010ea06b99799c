/** Summaries and sketches of parts make those of the whole, in whatever order. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fadedSketch, mergeSketches, quantileOf, sketchOf } from '../../../core/baseline/sketch.ts';
import { faded, mergeSummaries, NOTHING, type Summary, summaryOf } from '../../../core/baseline/summary.ts';

const value = fc.double({ min: -5, max: 5, noNaN: true });
const parts = fc.array(fc.array(value, { maxLength: 20 }), { minLength: 1, maxLength: 8 });
const close = (one: Summary, other: Summary): boolean =>
  one.every((figure, i) => Math.abs(figure - (other[i] ?? 0)) < 1e-7 * (1 + Math.abs(figure)));

test('property: summaries merge to that of all values, in any order', () => {
  fc.assert(
    fc.property(parts, fc.nat(), (lists, turn) => {
      const all = lists.flat();
      const order = [...lists.slice(turn % lists.length), ...lists.slice(0, turn % lists.length)].toReversed();
      const merged = order.map(summaryOf).reduce(mergeSummaries, NOTHING);
      const mean = all.length === 0 ? 0 : all.reduce((sum, one) => sum + one, 0) / all.length;
      return close(merged, summaryOf(all)) && close(merged, [all.length, mean, all.reduce((sum, one) => sum + (one - mean) ** 2, 0)]);
    }),
    { numRuns: 500, seed: 1 },
  );
});

test('property: sketches merge to that of all values, in any order, exactly', () => {
  fc.assert(
    fc.property(parts, fc.nat(), (lists, turn) => {
      const order = [...lists.slice(turn % lists.length), ...lists.slice(0, turn % lists.length)].toReversed();
      expect(order.map(sketchOf).reduce(mergeSketches, {})).toEqual(sketchOf(lists.flat()));
    }),
    { numRuns: 500, seed: 2 },
  );
});

test('property: a quantile is right within half a bin, of negative values too', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -2.9, max: 2.9, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (values, share) => {
        const exact = values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length - 1e-9) - 1)] ?? 0;
        return Math.abs((quantileOf(sketchOf(values), share) ?? 99) - exact) <= 0.025 + 1e-9;
      },
    ),
    { numRuns: 500, seed: 3 },
  );
});

test('fading keeps the mean and halves the weight; what hardly weighs is forgotten, so a sketch stays small', () => {
  expect(faded([4, 1.5, 2], 0.5)).toEqual([2, 1.5, 1]);
  expect(fadedSketch({ '3': 4, '-2': 0.015 }, 0.5)).toEqual({ '3': 2 });
  expect(Object.keys(sketchOf(Array.from({ length: 5000 }, (_, i) => (i - 2500) / 10))).length).toBeLessThan(130);
  expect(quantileOf({}, 0.5)).toBeNull();
});
