/**
 * Kayenta: a metric is "High" when the lower end of the 98 % Mann-Whitney interval of the shift is above a quarter of the estimated
 * shift (`NetflixACAJudge.scala`: `fraction = 0.25, confLevel = 0.98`; `MannWhitneyClassifier.calculateBounds`). A point a minute; its
 * documentation asks for 50 of them and 60 min intervals, here it may judge after five and again each five minutes, which favours it.
 * Every metric is critical. Outliers beyond three interquartile ranges are removed as there (`IQRDetector`).
 */
import type { Minute } from '../minutes.ts';
import { shiftOf } from './mann-whitney.ts';
import type { MinuteMethod } from './method.ts';

const POINTS = 5;
const CONFIDENCE = 0.98;
const TOLERANCE = 0.25;
const OUTLIER_RANGES = 3;

const METRICS: readonly ((minute: Minute) => number)[] = [
  ({ tls }) => tls.median,
  ({ cql }) => cql.median,
  ({ tls }) => tls.failed / tls.probes,
  ({ cql }) => cql.failed / cql.probes,
];

export const kayenta: MinuteMethod = {
  name: 'Kayenta, 5 points',
  source:
    'spinnaker/kayenta kayenta-judge/src/main/scala/com/netflix/kayenta/judge/NetflixACAJudge.scala, classifiers/metric/MannWhitneyClassifier.scala',
  rollsBackAtS: ({ after, before, beginS }) => {
    for (let end = POINTS; end <= after.length; end += POINTS) {
      if (METRICS.some((metric) => isHigh(after.slice(0, end).map(metric), before.map(metric)))) return beginS + end * 60;
    }
    return null;
  },
};

/** Whether a metric of the new is classified as higher than that of the old. No data, no class. */
export function isHigh(experiment: readonly number[], control: readonly number[]): boolean {
  const one = withoutOutliers(experiment.filter((value) => !Number.isNaN(value)));
  const other = withoutOutliers(control.filter((value) => !Number.isNaN(value)));
  if (one.length === 0 || other.length === 0) return false;
  const { estimate, lower } = shiftOf(one, other, CONFIDENCE);
  return lower > TOLERANCE * Math.abs(estimate);
}

function withoutOutliers(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const low = sorted[Math.floor(place)] as number;
    return low + (place - Math.floor(place)) * ((sorted[Math.ceil(place)] as number) - low);
  };
  const range = OUTLIER_RANGES * (at(0.75) - at(0.25));
  const [least, most] = [at(0.25) - range, at(0.75) + range];
  return values.filter((value) => value >= least && value <= most);
}
