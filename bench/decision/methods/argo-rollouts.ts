/**
 * Argo Rollouts: each interval one point estimate; the analysis has failed when the number of failed measurements, added up over the
 * run, is greater than `failureLimit` (`assessMetricStatus`: `result.Failed > metric.FailureLimit`; the default limit is 0).
 * The point is the median of the interval, which favours it over the mean.
 */
import { isBad, type Minute, type MinuteValues } from '../minutes.ts';
import type { MinuteMethod } from './method.ts';

const SOURCE = 'argoproj/argo-rollouts analysis/analysis.go';

/** With an interval in minutes. */
export const argoRollouts = (name: string, intervalMin: number, failureLimit: number): MinuteMethod => ({
  name,
  source: SOURCE,
  rollsBackAtS: ({ after, baseline, beginS }) => {
    let failed = 0;
    for (let end = intervalMin; end <= after.length; end += intervalMin) {
      if (isBad(over(after.slice(end - intervalMin, end)), baseline, 'median')) failed += 1;
      if (failed > failureLimit) return beginS + end * 60;
    }
    return null;
  },
});

/** Several minutes as one value: shares of all probes, the median minute. */
function over(minutes: readonly Minute[]): Minute {
  const of = (pick: (minute: Minute) => MinuteValues): MinuteValues => {
    const values = minutes.map(pick);
    const middle = (figure: (one: MinuteValues) => number) => values.map(figure).sort((a, b) => a - b)[(values.length - 1) >> 1] as number;
    return {
      probes: values.reduce((sum, { probes }) => sum + probes, 0),
      failed: values.reduce((sum, { failed }) => sum + failed, 0),
      mean: middle(({ mean }) => mean),
      median: middle(({ median }) => median),
    };
  };
  return { tls: of(({ tls }) => tls), cql: of(({ cql }) => cql) };
}
