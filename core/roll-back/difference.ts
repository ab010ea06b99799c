/** What on a node differs from its backup, by hash. */
import type { CataloguedBackup } from '../backup/catalogue.ts';
import type { NodeObservation } from '../node/facts.ts';

export interface Difference {
  /** Paths of keystores and truststores whose content differs, or that are gone. */
  readonly certificates: string[];
  readonly configuration: string[];
}

/** Compares every restorable file of the backup with the observation; a file the node did not report counts as different. */
export function differenceToBackup(observation: NodeObservation, backup: Pick<CataloguedBackup, 'manifest'>): Difference {
  const changed = backup.manifest.filter(
    (entry) => observation.files.find((file) => file.path === entry.path && file.present)?.sha256 !== entry.sha256,
  );
  return {
    certificates: changed.filter(({ kind }) => kind === 'keystore' || kind === 'truststore').map(({ path }) => path),
    configuration: changed.filter(({ kind }) => kind === 'configuration').map(({ path }) => path),
  };
}
