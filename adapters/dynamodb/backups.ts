/** The catalogue of backups: one item a node and deployment. */
import { CataloguedBackup } from '../../core/backup/catalogue.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { environment } from '../environment/environment.ts';
import { getItem, putItemIf, queryItems } from './table.ts';
import { type DeploymentKey, partitionOf } from './timeline.ts';

/** The backup of one node for one deployment, whatever its status. */
export async function loadBackup(of: DeploymentKey, node: string): Promise<CataloguedBackup | undefined> {
  const item = await getItem(environment('BACKUPS_TABLE'), { of: partitionOf(of), node });
  return item && CataloguedBackup.parse(item);
}

/** The backup that the steps of one attempt work on. Throws EPOCH_STALE when another attempt has put its own in this place. */
export async function loadBackupOfAttempt(
  of: DeploymentKey & { readonly node: string; readonly epoch: number; readonly backupId: string },
): Promise<CataloguedBackup> {
  const backup = await loadBackup(of, of.node);
  if (!backup) throw new RingwardError('BACKUP_NOT_VERIFIED', { field: 'node', value: of.node });
  if (backup.backupId !== of.backupId)
    throw new RingwardError('EPOCH_STALE', {
      message: `epoch ${of.epoch} works on ${of.backupId} of ${of.node}, the catalogue holds ${backup.backupId} of epoch ${backup.epoch}`,
    });
  return backup;
}

export async function loadBackups(of: DeploymentKey): Promise<CataloguedBackup[]> {
  const items = await queryItems(environment('BACKUPS_TABLE'), { name: 'of', value: partitionOf(of) });
  return items.map((item) => CataloguedBackup.parse(item));
}

/**
 * Writes the entry of a node for whoever acts under `epoch`. A function outlives an execution that was stopped, so
 * the table itself refuses one that a newer epoch took over from (I5): throws EPOCH_STALE.
 */
export async function saveBackup(backup: CataloguedBackup, epoch: number): Promise<void> {
  const saved = await putItemIf(
    environment('BACKUPS_TABLE'),
    { of: partitionOf(backup), ...backup },
    'attribute_not_exists(#epoch) OR #epoch <= :epoch',
    { ':epoch': epoch },
    { '#epoch': 'epoch' },
  );
  if (!saved)
    throw new RingwardError('EPOCH_STALE', {
      message: `epoch ${epoch} writes down the backup of ${backup.node}, a newer one has its own already`,
    });
}
