/** Has the node restore its uploaded backup aside and load it with Cassandra's own classes; only then is it a backup. */
import { loadBackupOfAttempt, saveBackup } from '../../adapters/dynamodb/backups.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { environment } from '../../adapters/environment/environment.ts';
import { publicKeyOf, signStatement } from '../../adapters/kms/keys.ts';
import { presignDownload } from '../../adapters/s3/backup-objects.ts';
import { type NodeOfDeployment, nodeStep } from '../../adapters/ssm/node-step.ts';
import { backupStatement } from '../../core/backup/statement.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';

export async function handler(
  of: NodeOfDeployment & { readonly backupId: string; readonly rewrappedKey: string },
): Promise<NodeOfDeployment & { readonly status: string }> {
  const backup = await loadBackupOfAttempt(of);
  if (!backup.versionId) throw new RingwardError('BACKUP_NOT_VERIFIED', { field: 'node', value: of.node });
  const statement = backupStatement(backup);
  const signature = await signStatement(statement);
  const trial = await nodeStep(
    of,
    'trial-restore',
    {
      backup: { backupId: backup.backupId, manifestSha256: backup.manifestSha256 },
      ciphertextSha256: backup.ciphertextSha256,
      url: await presignDownload(backup.key, backup.versionId),
      rewrappedKey: of.rewrappedKey,
      statement,
      signature,
      signer: await publicKeyOf(environment('MANIFEST_KEY_ID')),
    },
    { timeoutSeconds: 60 },
  );
  const status = trial.verified ? 'verified' : 'refused';
  const reason = trial.verified ? {} : { reason: trial.reason ?? 'the trial load failed' };
  await saveBackup({ ...backup, status, statement, signature, ...reason }, of.epoch);
  await recordTimeline(of, {
    area: 'backup',
    what: trial.verified
      ? `backup verified: ${trial.filesCompared} files compared, loaded by Cassandra’s own classes`
      : `backup refused: ${trial.reason}`,
    node: of.node,
    epoch: of.epoch,
  });
  return { cluster: of.cluster, deployment: of.deployment, epoch: of.epoch, node: of.node, status };
}
