/** A rollback as a person starts it, and what it must end in. */
import { expect } from 'vitest';
import { ended, startMachine } from '../executions.ts';
import { CLUSTER, journalOf, mixtures, recordOf, type TestDeployment, type TestStand, tell, witness } from '../stand.ts';

export interface HandStart {
  readonly way: 'hot' | 'restart';
  readonly nodes?: readonly string[];
}

export function handJson({ id }: TestDeployment, { way, nodes }: HandStart): Record<string, unknown> {
  return {
    cluster: CLUSTER,
    deployment: id,
    way,
    reason: 'chaos',
    requestedBy: 'chaos test',
    ...(nodes ? { scope: 'node', nodes } : { scope: 'cluster' }),
  };
}

/** Starts the rollback and waits for its end, whatever is killed meanwhile. */
export async function rollBackByHand(stand: TestStand, deployment: TestDeployment, start: HandStart): Promise<void> {
  const execution = await ended(await startMachine(stand, 'roll-back', handJson(deployment, start)), 400_000);
  if (execution.status !== 'SUCCEEDED')
    tell(`execution ${execution.arn}: ${execution.status} ${execution.error ?? ''} ${execution.cause ?? ''}`);
}

/** I7, and rolled back everywhere: openssl sees the leaf of before on both ports of each node, the files are those of before. */
export async function expectRolledBack(stand: TestStand, deployment: TestDeployment): Promise<void> {
  const [after, record] = await Promise.all([witness(stand.ring), recordOf(stand, deployment.id)]);
  const problems = mixtures(after, deployment.before);
  if (problems.length > 0 || record?.state !== 'rolled-back') await tellJournals(stand, deployment);
  expect(problems).toEqual([]);
  expect(record?.state).toBe('rolled-back');
}

export async function tellJournals({ ring, installation }: TestStand, { id }: TestDeployment): Promise<void> {
  for (const node of ring.nodes) {
    for (const line of await journalOf(node, id))
      tell(`  ${node.address} journal ${line.seq} epoch ${line.epoch} ${line.step}/${line.phase} ${line.state}: ${line.detail}`);
  }
  for (const { at, area, what, node } of await installation.timeline(CLUSTER, id))
    tell(`  ${new Date(at).toISOString()} ${area} ${node ?? ''} ${what.slice(0, 600)}`);
}
