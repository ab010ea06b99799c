/** Brings the verified backup from S3 back to a node that lost its local snapshot: by version, checked against the signed manifest. */
import { loadBackup } from '../../adapters/dynamodb/backups.ts';
import { environment } from '../../adapters/environment/environment.ts';
import { publicKeyOf } from '../../adapters/kms/keys.ts';
import { presignDownload } from '../../adapters/s3/backup-objects.ts';
import { loadNodePlan } from '../../adapters/s3/plans.ts';
import { type PhaseDone, type PhaseInput, runPhase } from '../../adapters/ssm/rollback-phase.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';

export async function handler(input: PhaseInput & { readonly rewrappedKey: string }): Promise<PhaseDone> {
  const [plan, stored] = await Promise.all([loadNodePlan(input), loadBackup(input, input.node)]);
  if (!stored?.versionId || !stored.statement || !stored.signature || stored.backupId !== plan.backup.backupId)
    throw new RingwardError('BACKUP_NOT_VERIFIED', { field: 'node', value: input.node });
  const request = {
    backup: plan.backup,
    ciphertextSha256: stored.ciphertextSha256,
    url: await presignDownload(stored.key, stored.versionId),
    rewrappedKey: input.rewrappedKey,
    statement: stored.statement,
    signature: stored.signature,
    signer: await publicKeyOf(environment('MANIFEST_KEY_ID')),
  };
  const { done, result } = await runPhase(
    input,
    'fetch-backup',
    request,
    60,
    ({ filesCompared }) => `backup fetched from S3, ${filesCompared} files compared`,
  );
  if (!result.verified) throw new RingwardError('BACKUP_MISMATCH', { message: result.reason ?? 'the fetched backup does not verify' });
  return done;
}
