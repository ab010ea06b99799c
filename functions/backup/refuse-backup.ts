/** Writes down why a node has no backup of "before"; the gate stays shut with this reason. */
import { loadBackup, saveBackup } from '../../adapters/dynamodb/backups.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import type { NodeOfDeployment } from '../../adapters/ssm/node-step.ts';

export async function handler(
  of: NodeOfDeployment & { readonly error: string; readonly cause: string },
): Promise<NodeOfDeployment & { readonly status: 'refused' }> {
  const backup = await loadBackup(of, of.node);
  const reason = (backup?.epoch === of.epoch ? backup.reason : undefined) ?? `${of.error}: ${of.cause}`.slice(0, 1000);
  // What an attempt before this one verified stays a backup of before; only what is unproven is refused.
  if (backup && (backup.epoch === of.epoch || backup.status !== 'verified'))
    await saveBackup({ ...backup, status: 'refused', reason }, of.epoch);
  await recordTimeline(of, { area: 'backup', what: `no backup of ${of.node}: ${reason}`, node: of.node, epoch: of.epoch });
  return { cluster: of.cluster, deployment: of.deployment, epoch: of.epoch, node: of.node, status: 'refused' };
}
