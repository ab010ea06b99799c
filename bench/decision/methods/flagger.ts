/**
 * Flagger: each interval a check; failed checks add up (`SetStatusFailedChecks(cd, cd.Status.FailedChecks+1)`) and are not taken back;
 * at the beginning of the next tick, when they have reached the threshold, it rolls back (`advanceCanary`:
 * `cd.Status.FailedChecks >= cd.GetAnalysisThreshold()`). Interval one minute and threshold 5 as in its first example; the checks are
 * held against the thresholds of the user story instead of that example's 99 % and 500 ms, under which a slow-down below 500 ms passes.
 */
import { isBad } from '../minutes.ts';
import type { MinuteMethod } from './method.ts';

const THRESHOLD = 5;

export const flagger: MinuteMethod = {
  name: 'Flagger',
  source: 'fluxcd/flagger pkg/controller/scheduler.go',
  rollsBackAtS: ({ after, baseline, beginS }) => {
    let failed = 0;
    for (const [index, minute] of after.entries()) {
      if (failed >= THRESHOLD) return beginS + (index + 1) * 60;
      if (isBad(minute, baseline, 'median')) failed += 1;
    }
    return null;
  },
};
