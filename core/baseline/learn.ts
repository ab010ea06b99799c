/** Learning: values of some days into a baseline, in the order of time, each first held against what was expected of it. */
import type { Environment } from '../cluster/environment.ts';
import { type Baseline, HALF_LIFE_MS, KEPT_MS, type MetricBaseline } from './baseline.ts';
import { type BaselineDrift, type DayResiduals, shiftIn, withoutShift } from './drift.ts';
import { BaselineMetric, toScale } from './metric.ts';
import type { BaselineSample } from './sample.ts';
import { expectedIn, HOURS_OF_WEEK, hourOfWeek } from './season.ts';
import { fadedSketch, mergeSketches, type Sketch, sketchOf } from './sketch.ts';
import { faded, mergeSummaries, NOTHING, type Summary, summaryOf } from './summary.ts';

const DAY_MS = 86_400_000;
/** Before this many values nothing is expected, so nothing is a surprise. */
export const LEAST_TO_EXPECT = 24;
/** From here on a value farther off than so many deviations is learnt as if it were at that distance. */
const FROM_COUNT = 336;
const FARTHEST_DEVIATIONS = 4;
/** A value counts for its day as if it were a factor of 20 off at most. */
const FARTHEST_OF_A_DAY = Math.log(20);

/** The next version: what is newer than `learnedUntil` and belongs to this node is learnt, whatever else is among the samples. */
export function learn<E extends Environment>(baseline: Baseline<E>, samples: readonly BaselineSample[], at: number): Baseline<E> {
  const fresh = samples
    .filter((sample) => sample.node === baseline.node && sample.at > baseline.learnedUntil && sample.at <= at)
    .toSorted((a, b) => a.at - b.at);
  const metrics: Partial<Record<BaselineMetric, MetricBaseline>> = {};
  const drifts: BaselineDrift[] = baseline.drifts.filter((drift) => drift.at > at - KEPT_MS);
  for (const metric of BaselineMetric.options) {
    const known = baseline.metrics[metric];
    const values = fresh.flatMap((sample) => {
      const value = sample.values[metric];
      return value === undefined || !Number.isFinite(value) || value < 0 ? [] : [{ at: sample.at, value: toScale(metric, value) }];
    });
    const learnt = values.length > 0 ? learnMetric(metric, known, values, drifts) : known;
    if (learnt) metrics[metric] = learnt;
  }
  const learnedUntil = Math.max(baseline.learnedUntil, fresh.at(-1)?.at ?? 0);
  return { ...baseline, version: baseline.version + 1, learnedAt: at, learnedUntil, metrics, drifts };
}

interface Value {
  readonly at: number;
  readonly value: number;
}

function learnMetric(
  metric: BaselineMetric,
  known: MetricBaseline | undefined,
  values: readonly Value[],
  drifts: BaselineDrift[],
): MetricBaseline {
  let learnt = known ?? nothingOf(values[0]?.at ?? 0);
  for (const day of byDay(values)) {
    const [first] = day;
    // A day is judged when the next one begins: half a day is no day.
    if (first && dayOf(first.at) > dayOf(learnt.newest)) learnt = withFade(reported(metric, learnt, first.at, drifts), first.at);
    learnt = withDay(learnt, day);
  }
  return learnt;
}

const dayOf = (at: number): number => Math.floor(at / DAY_MS);

function byDay(values: readonly Value[]): (readonly Value[])[] {
  return [...Map.groupBy(values, ({ at }) => dayOf(at)).values()];
}

function nothingOf(at: number): MetricBaseline {
  const cells = Array.from({ length: HOURS_OF_WEEK }, (): Summary => NOTHING);
  return { cells, residuals: NOTHING, sketch: {}, days: [], first: at, newest: at, count: 0 };
}

function withFade(known: MetricBaseline, at: number): MetricBaseline {
  const by = 2 ** (-((dayOf(at) - dayOf(known.newest)) * DAY_MS) / HALF_LIFE_MS);
  return {
    ...known,
    cells: known.cells.map((cell) => faded(cell, by)),
    residuals: faded(known.residuals, by),
    sketch: fadedSketch(known.sketch, by),
  };
}

/** Values of one day. */
function withDay(known: MetricBaseline, values: readonly Value[]): MetricBaseline {
  const cells = [...known.cells];
  let residuals = known.residuals;
  let count = known.count;
  const predicted: number[] = [];
  let ofDay = 0;
  for (const { at, value } of values) {
    const hour = hourOfWeek(at);
    let learnt = value;
    if (count >= LEAST_TO_EXPECT) {
      const expected = expectedIn(cells, hour);
      const far = count < FROM_COUNT ? Number.POSITIVE_INFINITY : FARTHEST_DEVIATIONS * deviationOf(residuals);
      const residual = Math.max(-far, Math.min(far, value - expected));
      learnt = expected + residual;
      residuals = mergeSummaries(residuals, summaryOf([residual]));
      predicted.push(residual);
      ofDay += Math.max(-FARTHEST_OF_A_DAY, Math.min(FARTHEST_OF_A_DAY, value - expected));
    }
    cells[hour] = mergeSummaries(cells[hour] ?? NOTHING, summaryOf([learnt]));
    count += 1;
  }
  const newest = values.at(-1)?.at ?? known.newest;
  const sketch: Sketch = mergeSketches(known.sketch, sketchOf(predicted));
  const days = predicted.length > 0 ? withResiduals(known.days, dayOf(newest), predicted.length, ofDay) : known.days;
  return { cells, residuals, sketch, days, first: known.first, newest, count };
}

/** Of the predictions, about nought: what a single value may be off by. */
export const deviationOf = ([n, mean, m2]: Summary): number => (n < 2 ? 0.5 : Math.sqrt(m2 / n + mean * mean));

function withResiduals(days: readonly DayResiduals[], day: number, count: number, sum: number): DayResiduals[] {
  const kept = days.filter(([one]) => one > day - KEPT_MS / DAY_MS && one !== day);
  const [, n, before] = days.find(([one]) => one === day) ?? [day, 0, 0];
  return [...kept, [day, n + count, before + sum]];
}

/** A level that has moved is reported once, and from then on the new one is expected. */
function reported(metric: BaselineMetric, known: MetricBaseline, at: number, drifts: BaselineDrift[]): MetricBaseline {
  const found = shiftIn(known.days, dayOf(known.first));
  if (found === null) return known;
  const daysSince = known.days.map(([day]) => day).filter((day) => day >= found.since);
  drifts.push({ metric, at, since: found.since * DAY_MS, factor: Math.exp(found.shift) });
  return {
    ...known,
    cells: known.cells.map(([n, mean, m2], hour): Summary => {
      // What was learnt since then is at the new level already.
      const since = Math.min(n, daysSince.filter((day) => Math.floor(hourOfWeek(day * DAY_MS) / 24) === Math.floor(hour / 24)).length);
      return [n, n === 0 ? mean : mean + (found.shift * (n - since)) / n, m2];
    }),
    days: withoutShift(known.days, found.since, found.shift),
  };
}
