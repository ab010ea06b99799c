/** The statement about a backup that is signed (KMS, ECDSA P-256) and that a node checks before it parses anything. */
import { canonicalJson } from '../canonical.ts';

export interface BackupStatement {
  readonly backupId: string;
  readonly cluster: string;
  readonly node: string;
  readonly manifestSha256: string;
  readonly ciphertextSha256: string;
  /** When the backup was packed, ms since the epoch. */
  readonly at: number;
}

/** Canonical JSON of exactly these six members: sorted keys, no spaces. */
export function backupStatement(backup: BackupStatement): string {
  const { backupId, cluster, node, manifestSha256, ciphertextSha256, at } = backup;
  return canonicalJson({ backupId, cluster, node, manifestSha256, ciphertextSha256, at });
}
