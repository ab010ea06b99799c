/** Holds a deployment when verification or rollback itself broke: nothing more is touched, and a person is told why. */
import { conclude } from '../../adapters/dynamodb/decisions.ts';
import { changeRecord } from '../../adapters/dynamodb/deployments.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { announce } from '../../adapters/eventbridge/announce.ts';
import type { Verdict } from '../../core/decide/verdict.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';

interface Input {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
  readonly error: string;
  readonly cause: string;
}

export async function handler({ cluster, deployment, epoch, error, cause }: Input): Promise<Record<string, unknown>> {
  const of = { cluster, deployment };
  const reason = `Ringward could not go on (${error}): ${cause.slice(0, 500)}`;
  const nextStep = 'See the execution’s history; then start verify-deployment again, or roll back by hand: ringward rollback.';
  const held: Verdict = { verdict: 'hold', reason, nodes: [], evidence: [], vantagePoints: [], nextStep, decidedAt: Date.now(), epoch };
  const { verdict } = await conclude(of, held);
  // A verdict that stood before was to be carried out, and could not be.
  await changeRecord(of, (current) => {
    if (current.epoch !== epoch) throw new RingwardError('EPOCH_STALE', { message: `epoch ${epoch} holds, ${current.epoch} is current` });
    const state = verdict.verdict === 'hold' ? 'held' : 'handed-over';
    return current.state === state ? current : { ...current, state };
  });
  await recordTimeline(of, { area: 'decide', what: `handed to a person: ${reason}`, epoch });
  await announce('Ringward Needs A Person', { ...of, epoch, reason, nextStep });
  return { decision: 'decided', verdict: verdict.verdict, reason: verdict.reason, nextStep, toRollBack: [] };
}
