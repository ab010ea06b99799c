/** A CloudWatch alarm started the verification, and fresh evidence shows nothing: its cause is elsewhere, which a person must find. */
import type { Verdict } from '../verdict.ts';

/** A "keep" that answers no alarm: nothing goes back, and somebody is told. Any other verdict stands. */
export function answeringAlarm<V extends Pick<Verdict, 'verdict' | 'reason' | 'nextStep'>>(verdict: V, startedByAlarm: boolean): V {
  if (!startedByAlarm || verdict.verdict !== 'keep') return verdict;
  return {
    ...verdict,
    verdict: 'hold',
    reason: `An alarm asked for this, and fresh evidence does not confirm it: ${verdict.reason} The alarm is not blamed on the deployment.`,
    nextStep: 'Look for the cause of the alarm elsewhere: load, clients, network. If it is this deployment after all: ringward rollback.',
  };
}
