/** Which deployment could explain an alarm: one of a cluster that the alarm watches, inside its watch window. */
import type { Registration } from '../cluster/registration.ts';
import type { DeploymentRecord } from './deployment-record.ts';
import type { AlarmChange } from './read-start.ts';

export type AlarmExplanation =
  | { readonly explained: true; readonly cluster: string; readonly deployment: string; readonly why: string }
  /** Error code ALARM_UNRELATED; `reason` says what was looked for. */
  | { readonly explained: false; readonly reason: string };

type RecentDeployment = Pick<DeploymentRecord, 'cluster' | 'deployment' | 'state' | 'completedAt' | 'startingAt'>;

/** `at` is when the alarm changed its state, ms. The latest deployment that fits is named. */
export function explainAlarm(
  alarm: Pick<AlarmChange, 'alarm' | 'arn' | 'state'>,
  at: number,
  registrations: readonly Registration[],
  recent: readonly RecentDeployment[],
): AlarmExplanation {
  if (alarm.state !== 'ALARM')
    return { explained: false, reason: `the alarm ${alarm.alarm} is in the state ${alarm.state}, which asks for nothing` };
  const watching = registrations.filter((registration) => registration.alarms.some((pattern) => matches(pattern, alarm)));
  if (watching.length === 0) return { explained: false, reason: `no registered cluster names the alarm ${alarm.alarm} under alarms` };
  const near: string[] = [];
  const fitting = recent
    .filter((deployment) => {
      const registration = watching.find(({ cluster }) => cluster === deployment.cluster);
      const since = deployment.startingAt ?? deployment.completedAt;
      if (!registration || since === undefined || at < since) return false;
      if (deployment.state === 'rolled-back') {
        near.push(`${deployment.deployment} is rolled back already`);
        return false;
      }
      // Before completion the files may be half in place: its own verification judges them when it completes.
      if (deployment.completedAt === undefined || at < deployment.completedAt) {
        near.push(`${deployment.deployment} has not completed yet`);
        return false;
      }
      const minutes = Math.round((at - deployment.completedAt) / 60_000);
      const inside = at <= deployment.completedAt + registration.limits.alarmWatchSeconds * 1000;
      if (!inside)
        near.push(
          `${deployment.deployment} completed ${minutes} min before the alarm, outside the watch of ${registration.limits.alarmWatchSeconds / 60} min`,
        );
      return inside;
    })
    .sort((a, b) => (b.completedAt ?? 0) - (a.completedAt ?? 0));
  const [latest] = fitting;
  if (!latest) {
    const clusters = watching.map(({ cluster }) => cluster).join(', ');
    return {
      explained: false,
      reason: `no deployment of ${clusters} explains the alarm ${alarm.alarm}${near.length > 0 ? `: ${near.join('; ')}` : ': none is recorded near it'}`,
    };
  }
  const seconds = Math.round((at - (latest.completedAt ?? at)) / 1000);
  return {
    explained: true,
    cluster: latest.cluster,
    deployment: latest.deployment,
    why: `${latest.deployment} completed on ${latest.cluster} ${seconds} s before the alarm ${alarm.alarm}`,
  };
}

/** A registered name or ARN; `*` at its end matches a prefix. */
function matches(pattern: string, alarm: Pick<AlarmChange, 'alarm' | 'arn'>): boolean {
  const names = alarm.arn === null ? [alarm.alarm] : [alarm.alarm, alarm.arn];
  return pattern.endsWith('*') ? names.some((name) => name.startsWith(pattern.slice(0, -1))) : names.includes(pattern);
}
