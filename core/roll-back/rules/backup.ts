/** A backup that failed any check is no way back (I1; "the backup's hash, decryption or key match fails"). */
import type { CataloguedBackup } from '../../backup/catalogue.ts';
import type { RollbackRequest } from '../request.ts';
import type { Unsafe } from './rule.ts';

/**
 * The newest verified backup of the node for this deployment, or why there is none. `verified` means that it was fetched again, its
 * hash and signature checked, decrypted aside, each file compared, its key matched, and loaded by Cassandra's own classes.
 */
export function verifiedBackup(node: string, { backups, deployment }: RollbackRequest): CataloguedBackup | Unsafe {
  const own = backups.filter((backup) => backup.node === node && backup.deployment === deployment).toSorted((a, b) => b.at - a.at);
  const [newest] = own;
  return own.find(({ status }) => status === 'verified') ?? unsafe(whyNot(newest));
}

function whyNot(newest: CataloguedBackup | undefined): string {
  if (!newest) return 'no backup of this node exists for this deployment';
  if (newest.status === 'refused') return `the backup ${newest.backupId} is no way back: ${newest.reason ?? 'it was refused'}`;
  return `the backup ${newest.backupId} is ${newest.status}, not verified`;
}

const unsafe = (why: string): Unsafe => ({
  rule: 'backup-not-verified',
  safety: 'forward-only',
  why,
  wayForward: 'Repair forward: deploy a certificate that passes the failed check.',
});
