/** Is a packed backup one of "before"? One taken too late holds the new files and would roll back to the failure itself. */
import type { DeployedNode } from '../events/deployment-events.ts';
import type { ManifestEntry, PackResult } from '../node/results.ts';

/** Either a backup of before, or not, with the reason in one sentence (error code BACKUP_NOT_BEFORE). */
export type BeforeJudgement = { readonly before: true } | { readonly before: false; readonly reason: string };

type Packed = Pick<PackResult, 'storeLeaves' | 'servedLeaves'> & { readonly manifest: readonly ManifestEntry[] };

/**
 * A backup counts as "before" when each reloading port served a leaf that is in one of the packed stores, and no
 * packed file is one that the deployment announced. `announced` is null until the event names its files
 * (`Starting` may come without hashes known); judge again when it is known. A file that the deployment does not
 * change (announced = packed = what was there) would look late, so files are held against it only together with
 * what tells the two apart: the node is late when every announced keystore is already packed.
 */
export function judgeBefore(packed: Packed, announced: DeployedNode | null): BeforeJudgement {
  const stored = new Set(packed.storeLeaves.map(({ leaf }) => leaf));
  const { client, internode } = packed.servedLeaves;
  if (client === undefined && internode === undefined)
    return { before: false, reason: 'no port showed which leaf it served when the backup was made' };
  for (const [listener, leaf] of [
    ['client', client],
    ['internode', internode],
  ] as const) {
    if (leaf !== undefined && !stored.has(leaf)) {
      return {
        before: false,
        reason: `the ${listener} port served SHA256:${leaf}, and the packed keystores hold ${[...stored].map((hash) => `SHA256:${hash}`).join(', ') || 'no leaf'}: the files were changed already`,
      };
    }
  }
  if (!announced) return { before: true };
  const late = announced.artifacts.filter((artifact) =>
    packed.manifest.some((entry) => entry.path === artifact.path && entry.sha256 === artifact.sha256),
  );
  const keystores = announced.artifacts.filter(({ kind }) => kind === 'keystore');
  // Without a keystore in the deployment (configuration or truststore alone) any announced file in the pack is the new one.
  const telling = keystores.length > 0 ? keystores : announced.artifacts;
  const lateTelling = telling.filter((artifact) => late.includes(artifact));
  if (lateTelling.length === 0) return { before: true };
  return {
    before: false,
    reason: `the backup already holds the announced ${lateTelling.map(({ path }) => path).join(', ')}: it was made after the deployment wrote there`,
  };
}
