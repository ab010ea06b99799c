/** A level that moves is noticed in days; weeks in which nothing moves say nothing. */
import { describe, expect, test } from 'vitest';
import { type Baseline, emptyBaseline } from '../../../core/baseline/baseline.ts';
import { shiftIn } from '../../../core/baseline/drift.ts';
import { learn } from '../../../core/baseline/learn.ts';
import { fromScale } from '../../../core/baseline/metric.ts';
import { expectedIn } from '../../../core/baseline/season.ts';
import { at, trueLevel, type Weeks, weeksOf } from './weeks.ts';

const DAY = 86_400_000;
const learntFrom = (weeks: Weeks): Baseline => learn(emptyBaseline('production', 'payments', 'i-0'), weeksOf(weeks), at(weeks.hours));
/** A Wednesday in the seventh week. */
const FROM = 168 * 6 + 48;
const planted = (seed: number, factor: number): Weeks => ({ seed, hours: 168 * 8, shift: { from: FROM, factor } });

describe.each([
  [2, 5],
  [1.5, 5],
  [0.6, 5],
  [1.3, 9],
])('a level that moves by × %s', (factor, days) => {
  test(`is reported within ${days} days, once, with its size`, { timeout: 60_000 }, () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { drifts } = learntFrom(planted(seed, factor));
      expect([seed, drifts.length]).toEqual([seed, 1]);
      const [drift] = drifts;
      expect(drift?.metric).toBe('throughput');
      expect((drift?.at ?? 0) - at(FROM)).toBeGreaterThan(0);
      expect((drift?.at ?? Number.POSITIVE_INFINITY) - at(FROM)).toBeLessThanOrEqual(days * DAY + DAY / 24);
      expect(Math.abs(Math.log((drift?.factor ?? 1) / factor))).toBeLessThan(0.15);
    }
  });
});

test('no drift is reported in 100 streams of twelve weeks without one', { timeout: 120_000 }, () => {
  const reported = Array.from({ length: 100 }, (_, i) => learntFrom({ seed: 1000 + i, hours: 168 * 12 }).drifts.length).filter(
    (count) => count > 0,
  );
  console.log(`false drifts: ${reported.length} in 100 streams of twelve weeks`);
  expect(reported).toEqual([]);
});

test('after a drift the new level is expected, and the week’s pattern is kept', () => {
  const weeks = { ...planted(4, 2), hours: 168 * 7 + 12 };
  const cells = learntFrom(weeks).metrics.throughput?.cells ?? [];
  for (const hour of [10, 34, 51, 140]) {
    const expected = fromScale('throughput', expectedIn(cells, hour));
    expect(Math.abs(Math.log(expected / trueLevel(weeks, 168 * 7 + hour)))).toBeLessThan(0.25);
  }
});

test('three odd days, however odd, are no drift; the fourth is', () => {
  const calm = (day: number): [number, number, number] => [day, 24, 24 * (day % 2 === 0 ? 0.02 : -0.02)];
  const days = Array.from({ length: 40 }, (_, i) => calm(i));
  const odd = (count: number) => [...days, ...Array.from({ length: count }, (_, i): [number, number, number] => [40 + i, 24, 24 * 3])];
  expect(shiftIn(odd(3), 0)).toBeNull();
  expect(shiftIn(odd(4), 0)).toMatchObject({ since: 40 });
  expect(shiftIn(odd(4), 30)).toBeNull();
});

test('the same days learnt in one run or in many give the same drift', () => {
  const weeks = planted(9, 1.5);
  const samples = weeksOf(weeks);
  let bit: Baseline = emptyBaseline('production', 'payments', 'i-0');
  for (let day = 1; day <= weeks.hours / 24; day += 1) bit = learn(bit, samples, at(day * 24));
  const whole = learntFrom(weeks);
  expect(bit.drifts).toEqual(whole.drifts);
  expect(bit.metrics.throughput?.cells[30]?.[1]).toBeCloseTo(whole.metrics.throughput?.cells[30]?.[1] ?? 0, 9);
});
