/** Takes a rollback: one that a verdict asked for, or a person's JSON. */
import { loadRegistration, takeEpoch } from '../../adapters/dynamodb/clusters.ts';
import { changeRecord, loadRecord, loadRecords } from '../../adapters/dynamodb/deployments.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { readHuman } from '../../core/intake/read-start.ts';
import { type AdmittedRollback, isFromVerdict, lookOf, verdictOfPerson } from '../../core/roll-back/admitted.ts';

interface Input {
  readonly input: unknown;
  readonly execution: string;
}

export async function handler({ input, execution }: Input): Promise<AdmittedRollback> {
  const now = Date.now();
  if (isFromVerdict(input)) {
    await changeRecord(input, (record) => {
      if (record.epoch !== input.epoch)
        throw new RingwardError('EPOCH_STALE', { message: `epoch ${input.epoch} asks, ${record.epoch} is current` });
      return { ...record, state: 'rolling-back' };
    });
    return { ...input, scope: 'node', mode: 'automated', planned: 0 };
  }
  const request = readHuman(input);
  await loadRegistration(request.cluster);
  const deployment = request.deployment === 'latest' ? (await loadRecords(request.cluster))[0]?.deployment : request.deployment;
  const of = { cluster: request.cluster, deployment: deployment ?? request.deployment };
  const record = deployment && (await loadRecord({ cluster: request.cluster, deployment }));
  if (!record) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: request.deployment });
  const held = record.executions.find((one) => one.execution === execution);
  const epoch = held?.epoch ?? (await takeEpoch(request.cluster));
  await changeRecord(of, (current) => {
    if (current.epoch > epoch) throw new RingwardError('EPOCH_STALE', { message: `epoch ${epoch} asks, ${current.epoch} is current` });
    if (current.state === 'rolled-back')
      throw new RingwardError('DEPLOYMENT_DECIDED', {
        message: 'The deployment is rolled back already.',
        field: 'deployment',
        value: of.deployment,
      });
    const executions = held ? current.executions : [...current.executions, { execution, kind: 'human' as const, epoch, startedAt: now }];
    return { ...current, epoch, executions, state: 'rolling-back', verdict: verdictOfPerson(request, epoch, now) };
  });
  await recordTimeline(of, {
    area: 'intake',
    what: `rollback asked for: ${request.reason ?? 'no reason given'}`,
    epoch,
    ...(request.requestedBy ? { by: request.requestedBy } : {}),
  });
  return {
    ...of,
    epoch,
    scope: request.scope,
    mode: request.mode,
    planned: 0,
    ...lookOf(execution),
    ...(request.nodes ? { nodes: request.nodes } : {}),
    ...(request.way ? { way: request.way } : {}),
  };
}
