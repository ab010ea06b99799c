/** The catalogue of backups: one item a node and deployment. */
import { CataloguedBackup } from '../../core/backup/catalogue.ts';
import { environment } from '../environment/environment.ts';
import { getItem, putItem, queryItems } from './table.ts';
import { type DeploymentKey, partitionOf } from './timeline.ts';

/** The backup of one node for one deployment, whatever its status. */
export async function loadBackup(of: DeploymentKey, node: string): Promise<CataloguedBackup | undefined> {
  const item = await getItem(environment('BACKUPS_TABLE'), { of: partitionOf(of), node });
  return item && CataloguedBackup.parse(item);
}

export async function loadBackups(of: DeploymentKey): Promise<CataloguedBackup[]> {
  const items = await queryItems(environment('BACKUPS_TABLE'), { name: 'of', value: partitionOf(of) });
  return items.map((item) => CataloguedBackup.parse(item));
}

export async function saveBackup(backup: CataloguedBackup): Promise<void> {
  await putItem(environment('BACKUPS_TABLE'), { of: partitionOf(backup), ...backup });
}
