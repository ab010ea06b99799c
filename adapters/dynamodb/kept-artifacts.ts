/** What was verified and kept, by environment: one small item for each shape of artifact. */

import type { Environment } from '../../core/cluster/environment.ts';
import { KeptArtifact } from '../../core/profile/consistency.ts';
import { environment } from '../environment/environment.ts';
import { putItem, queryItems } from './table.ts';

/** All that an environment kept. */
export async function loadKept(of: Environment): Promise<KeptArtifact[]> {
  const items = await queryItems(environment('KEPT_ARTIFACTS_TABLE'), { name: 'environment', value: of });
  return items.map((item) => KeptArtifact.parse(item));
}

export async function saveKept(artifacts: readonly KeptArtifact[]): Promise<void> {
  await Promise.all(artifacts.map((artifact) => putItem(environment('KEPT_ARTIFACTS_TABLE'), artifact)));
}
