/**
 * Wraps the content key of a backup anew, for a one-time key that lives on the node. The only function that may
 * ask KMS to decrypt, and it cannot read the backup bucket; it is bound to node, deployment and epoch by the
 * proof of possession that it checks.
 */
import { createPublicKey, verify } from 'node:crypto';
import { loadBackupOfAttempt } from '../../adapters/dynamodb/backups.ts';
import { loadDeployment } from '../../adapters/dynamodb/deployments.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { rewrapContentKey } from '../../adapters/kms/keys.ts';
import type { NodeOfDeployment } from '../../adapters/ssm/node-step.ts';
import { oneTimeKeyStatement } from '../../core/backup/names.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';

interface RewrapInput extends NodeOfDeployment {
  readonly backupId: string;
  readonly oneTimeKey: { readonly spki: string; readonly proof: string };
}

export async function handler(
  input: RewrapInput,
): Promise<NodeOfDeployment & { readonly backupId: string; readonly rewrappedKey: string }> {
  const { oneTimeKey, ...of } = input;
  const { record } = await loadDeployment(of, of.node);
  if (of.epoch < record.epoch) throw new RingwardError('EPOCH_STALE', { message: `epoch ${of.epoch} asks, ${record.epoch} is current` });
  const backup = await loadBackupOfAttempt(of);
  const key = createPublicKey({ key: Buffer.from(oneTimeKey.spki, 'base64'), format: 'der', type: 'spki' });
  const possessed = verify(
    'sha256',
    Buffer.from(oneTimeKeyStatement(of.backupId, of.node, of.epoch, oneTimeKey.spki)),
    key,
    Buffer.from(oneTimeKey.proof, 'base64'),
  );
  if (!possessed)
    throw new RingwardError('BACKUP_MISMATCH', { message: `the one-time key of ${of.node} comes without proof of possession` });
  await recordTimeline(of, { area: 'backup', what: 'content key wrapped for the node’s one-time key', node: of.node, epoch: of.epoch });
  return { ...of, rewrappedKey: await rewrapContentKey(backup.encryptedKey, oneTimeKey.spki) };
}
