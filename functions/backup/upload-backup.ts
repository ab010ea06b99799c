/** Has the node PUT its pack into the versioned bucket, and looks at what arrived. */

import type { z } from 'zod';
import { loadBackupOfAttempt, saveBackup } from '../../adapters/dynamodb/backups.ts';
import { headBackup, presignUpload } from '../../adapters/s3/backup-objects.ts';
import { type NodeOfDeployment, nodeStep } from '../../adapters/ssm/node-step.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import type { OneTimeKey } from '../../core/node/results.ts';

export async function handler(
  of: NodeOfDeployment & { readonly backupId: string },
): Promise<NodeOfDeployment & { readonly backupId: string; readonly oneTimeKey: z.infer<typeof OneTimeKey> }> {
  const backup = await loadBackupOfAttempt(of);
  const { url, headers } = await presignUpload(backup.key, backup.ciphertextSha256);
  const { oneTimeKey } = await nodeStep(
    of,
    'upload',
    { backupId: of.backupId, ciphertextSha256: backup.ciphertextSha256, url, headers },
    { timeoutSeconds: 60 },
  );
  const head = await headBackup(backup.key);
  if (head.bytes !== backup.ciphertextBytes || (head.sha256 !== undefined && head.sha256 !== backup.ciphertextSha256)) {
    throw new RingwardError('BACKUP_MISMATCH', {
      message: `S3 holds ${head.bytes} bytes with SHA-256 ${head.sha256 ?? 'unknown'}, the node packed ${backup.ciphertextBytes} with ${backup.ciphertextSha256}`,
    });
  }
  await saveBackup({ ...backup, status: 'uploaded', versionId: head.versionId }, of.epoch);
  return { ...of, oneTimeKey };
}
