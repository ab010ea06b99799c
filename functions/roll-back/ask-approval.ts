/** Asks a person to approve a wave. Its state waits until the answer completes it by the token, or the time is over. */
import { changeRecord } from '../../adapters/dynamodb/deployments.ts';
import { announce } from '../../adapters/eventbridge/announce.ts';
import { loadPlan } from '../../adapters/s3/plans.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import type { Asking } from '../../core/roll-back/course/control.ts';

interface Input {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
  readonly wave: number;
  readonly dueAt: number;
  readonly token: string;
}

export async function handler({ cluster, deployment, epoch, wave, dueAt, token }: Input): Promise<void> {
  const of = { cluster, deployment, epoch };
  const plan = await loadPlan(of);
  const asked = plan?.waves[wave];
  if (!plan || !asked) throw new RingwardError('ROLLBACK_REFUSED', { message: `the plan has no wave ${wave}` });
  let [isNew, cancelled] = [true, false];
  await changeRecord(of, (current) => {
    if (current.epoch !== epoch) throw new RingwardError('EPOCH_STALE', { message: `epoch ${epoch} asks, ${current.epoch} is current` });
    const before =
      current.asking?.epoch === epoch && current.asking.planHash === plan.hash && current.asking.wave === wave ? current.asking : null;
    isNew = before === null;
    cancelled = current.control?.epoch === epoch && current.control.word === 'cancel';
    const asking: Asking = {
      wave,
      name: asked.name,
      nodes: asked.nodes,
      planHash: plan.hash,
      epoch,
      askedAt: before?.askedAt ?? Date.now(),
      dueAt,
      token,
    };
    return { ...current, asking };
  });
  // A cancel that came between found no token to wake.
  if (cancelled) throw new RingwardError('ROLLBACK_CANCELLED', { field: 'deployment', value: deployment });
  if (!isNew) return;
  const nextStep = `ringward approve --cluster ${cluster} --deployment ${deployment}, or ringward reject`;
  await announce('Ringward Approval Needed', {
    ...of,
    wave,
    name: asked.name,
    nodes: asked.nodes,
    planHash: plan.hash,
    until: dueAt,
    nextStep,
  });
}
