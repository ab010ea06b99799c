/** Writes down why a node has no backup of "before"; the gate stays shut with this reason. */
import { loadBackup, saveBackup } from '../../adapters/dynamodb/backups.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import type { NodeOfDeployment } from '../../adapters/ssm/node-step.ts';

export async function handler(
  of: NodeOfDeployment & { readonly error: string; readonly cause: string },
): Promise<NodeOfDeployment & { readonly status: 'refused' }> {
  const backup = await loadBackup(of, of.node);
  const reason = backup?.reason ?? `${of.error}: ${of.cause}`.slice(0, 1000);
  if (backup) await saveBackup({ ...backup, status: 'refused', reason });
  await recordTimeline(of, { area: 'backup', what: `no backup of ${of.node}: ${reason}`, node: of.node, epoch: of.epoch });
  return { cluster: of.cluster, deployment: of.deployment, epoch: of.epoch, node: of.node, status: 'refused' };
}
