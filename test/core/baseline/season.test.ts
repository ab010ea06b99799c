/** The weekly pattern, learnt from simulated weeks with noise, outliers and holes. */
import { expect, test } from 'vitest';
import { emptyBaseline, type MetricBaseline } from '../../../core/baseline/baseline.ts';
import { deviationOf, learn } from '../../../core/baseline/learn.ts';
import { toScale } from '../../../core/baseline/metric.ts';
import type { BaselineSample } from '../../../core/baseline/sample.ts';
import { expectedIn, hourOfWeek, nameOfHour } from '../../../core/baseline/season.ts';
import { at, MONDAY, weeksOf } from './weeks.ts';

const learnt = (samples: readonly BaselineSample[], until: number): MetricBaseline =>
  learn(emptyBaseline('production', 'payments', 'i-0'), samples, until).metrics.throughput as MetricBaseline;

/** Mean absolute logarithmic error over the week after the given ones, of the season and of one flat level. */
function errorsAfter(weeks: number, seeds: readonly number[]): { seasonal: number; flat: number } {
  const errors = seeds.flatMap((seed) => {
    const cut = at(168 * weeks);
    const samples = weeksOf({ seed, hours: 168 * (weeks + 1) });
    const [before, after] = [samples.filter((one) => one.at < cut), samples.filter((one) => one.at >= cut)];
    const { cells } = learnt(before, cut);
    const scaled = (one: BaselineSample): number => toScale('throughput', one.values.throughput as number);
    const level = before.map(scaled).reduce((sum, value) => sum + value, 0) / before.length;
    return after.map((one) => [Math.abs(scaled(one) - expectedIn(cells, hourOfWeek(one.at))), Math.abs(scaled(one) - level)] as const);
  });
  const mean = (which: 0 | 1): number => errors.reduce((sum, one) => sum + one[which], 0) / errors.length;
  return { seasonal: mean(0), flat: mean(1) };
}

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

test('over eight simulated weeks the seasonal baseline beats a flat one, from the second week on and more each week', () => {
  const rows = [1, 2, 4, 8].map((weeks) => ({ weeks, ...errorsAfter(weeks, SEEDS) }));
  for (const { weeks, seasonal, flat } of rows)
    console.log(`after ${weeks} weeks: mean absolute log error ${seasonal.toFixed(3)} seasonal, ${flat.toFixed(3)} flat`);
  expect(rows.filter(({ seasonal, flat }) => seasonal > flat / 2)).toEqual([]);
  expect(rows.at(-1)?.seasonal).toBeLessThan((rows.at(-1)?.flat ?? 0) / 3);
  expect((rows.at(-1)?.seasonal ?? 1) < (rows[0]?.seasonal ?? 0)).toBe(true);
});

test('what only the hour of the week knows is learnt too: a backup on Wednesday at 03:00', () => {
  const { cells } = learnt(weeksOf({ seed: 3, hours: 168 * 8 }), at(168 * 8));
  const [wednesday, thursday] = [expectedIn(cells, 51), expectedIn(cells, 75)];
  expect(nameOfHour(51)).toBe('Wednesday 03:00 UTC');
  expect(wednesday - thursday).toBeGreaterThan(0.4);
  expect(wednesday - thursday).toBeLessThan(0.7);
});

test('little history is drawn towards the day and the level: two values of one hour are not believed', () => {
  const level = Array.from({ length: 48 }, (_, hour) => ({ at: at(hour), node: 'i-0', values: { throughput: 100 } }));
  const odd = { at: at(48), node: 'i-0', values: { throughput: 400 } };
  const { cells } = learnt([...level, odd], at(49));
  const estimate = Math.exp(expectedIn(cells, 48));
  expect(estimate).toBeGreaterThan(110);
  expect(estimate).toBeLessThan(300);
});

test('hours are of the week in UTC', () => {
  expect([hourOfWeek(MONDAY), hourOfWeek(MONDAY - 1), hourOfWeek(at(167)), hourOfWeek(at(168))]).toEqual([0, 167, 167, 0]);
  expect(nameOfHour(hourOfWeek(Date.parse('2026-11-24T14:30:00Z')))).toBe('Tuesday 14:00 UTC');
});

test('predictions say how far off they are: within their own spread lie about two thirds', () => {
  const samples = weeksOf({ seed: 5, hours: 168 * 9 });
  const cut = at(168 * 8);
  const { cells, residuals } = learnt(samples, cut);
  const later = samples.filter((one) => one.at >= cut);
  const within = later.filter(
    (one) =>
      Math.abs(toScale('throughput', one.values.throughput as number) - expectedIn(cells, hourOfWeek(one.at))) < deviationOf(residuals),
  );
  expect(within.length / later.length).toBeGreaterThan(0.55);
  expect(within.length / later.length).toBeLessThan(0.95);
});

test('one absurd value does not move an hour: it is learnt at four deviations', () => {
  const samples = weeksOf({ seed: 7, hours: 168 * 4 });
  const hour = 168 * 4;
  const absurd = { at: at(hour), node: 'i-0', values: { throughput: 1e9 } };
  const before = learnt(samples, at(hour));
  const after = learnt([...samples, absurd], at(hour + 1));
  expect(expectedIn(after.cells, 0) - expectedIn(before.cells, 0)).toBeLessThan(2 * deviationOf(before.residuals));
  expect(expectedIn(after.cells, 0)).toBeGreaterThan(expectedIn(before.cells, 0));
});

test('what is no number, or below nought, is no value', () => {
  const bad = [Number.NaN, Number.POSITIVE_INFINITY, -1].map((throughput, i) => ({ at: at(i), node: 'i-0', values: { throughput } }));
  expect(learn(emptyBaseline('production', 'payments', 'i-0'), bad, at(9)).metrics).toEqual({});
});
