/**
 * CodeDeploy with a CloudWatch alarm: in alarm when M of the last N periods breach (`DatapointsToAlarm`, `EvaluationPeriods`), here
 * two of three periods of one minute, of the median. A deployment stops when an alarm of its group is in alarm. Ingestion, which takes
 * up to some minutes more, is counted as nothing.
 */
import { isBad } from '../minutes.ts';
import type { MinuteMethod } from './method.ts';

const BREACHES = 2;
const PERIODS = 3;

export const cloudWatch: MinuteMethod = {
  name: 'CloudWatch 2 of 3',
  source: 'docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html',
  rollsBackAtS: ({ after, baseline, beginS }) => {
    const bad = after.map((minute) => isBad(minute, baseline, 'median'));
    for (let end = 1; end <= bad.length; end += 1) {
      if (bad.slice(Math.max(0, end - PERIODS), end).filter(Boolean).length >= BREACHES) return beginS + end * 60;
    }
    return null;
  },
};
