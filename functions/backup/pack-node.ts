/** Has one node take its local snapshot and the encrypted pack of it; nothing has left the node yet. */
import { loadBackup, saveBackup } from '../../adapters/dynamodb/backups.ts';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { loadDeployment } from '../../adapters/dynamodb/deployments.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { environment } from '../../adapters/environment/environment.ts';
import { publicKeyOf } from '../../adapters/kms/keys.ts';
import { type NodeOfDeployment, nodeStep } from '../../adapters/ssm/node-step.ts';
import { judgeBefore } from '../../core/backup/before.ts';
import type { CataloguedBackup } from '../../core/backup/catalogue.ts';
import { backupIdOf, backupKeyOf } from '../../core/backup/names.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { kitOnNode } from '../../core/node/kit-on-node.ts';

export async function handler(of: NodeOfDeployment): Promise<NodeOfDeployment & { readonly backupId: string }> {
  const backupId = backupIdOf(of);
  const known = await loadBackup(of, of.node);
  if (known?.backupId === backupId && known.status !== 'refused') return { ...of, backupId };
  await recordTimeline(of, { area: 'backup', what: 'snapshot and encrypted pack begin', node: of.node, epoch: of.epoch });
  const recipientKeyId = environment('BACKUP_KEY_ID');
  const [{ deployed }, registration, spki] = await Promise.all([
    loadDeployment(of, of.node),
    loadRegistration(of.cluster),
    publicKeyOf(recipientKeyId),
  ]);
  const kit = kitOnNode(registration, of.node, deployed);
  const packed = await nodeStep(of, 'pack', { backupId, recipient: { keyId: recipientKeyId, spki }, kit }, { timeoutSeconds: 60 });
  const judgement = judgeBefore(packed, deployed);
  const entry: CataloguedBackup = {
    ...packed,
    cluster: of.cluster,
    deployment: of.deployment,
    node: of.node,
    epoch: of.epoch,
    at: Date.now(),
    status: judgement.before ? 'packed' : 'refused',
    ...(judgement.before ? {} : { reason: judgement.reason }),
    recipientKeyId,
    bucket: environment('BACKUP_BUCKET'),
    key: backupKeyOf(of),
  };
  await saveBackup(entry, of.epoch);
  if (!judgement.before) throw new RingwardError('BACKUP_NOT_BEFORE', { message: `${of.node}: ${judgement.reason}` });
  return { ...of, backupId };
}
