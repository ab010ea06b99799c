/** The root-only copies of a node's files on the node itself, as `Snapshot.java`: made, found, and checked before they are used (I1). */
import { canonicalHash, sha256Hex } from '../../../core/canonical.ts';
import type { NodeFile } from '../../../core/node/requests.ts';
import type { ManifestEntry } from '../../../core/node/results.ts';
import type { Host, SnapshotOnDisk } from '../ring/host.ts';
import type { Program } from './program-in-hand.ts';
import { mismatch, snapshotMissing } from './step-failure.ts';

/** Copies every registered file that is there, and what the program notes of service and system. */
export function buildSnapshot({ disk }: Host, files: readonly NodeFile[], generated: Readonly<Record<string, string>>): SnapshotOnDisk {
  const copied = files.flatMap(({ path, kind }) => {
    const file = disk.files.get(path);
    if (!file) return [];
    const { text, mode, owner } = file;
    return [{ text, entry: { path, kind, sha256: sha256Hex(text), bytes: Buffer.byteLength(text), mode, owner, group: owner } }];
  });
  const noted = Object.entries(generated).map(([name, text]) => {
    const kind = name as 'service-state' | 'system-state';
    const entry = { path: `ringward/${name}.json`, kind, sha256: sha256Hex(text), bytes: Buffer.byteLength(text) };
    return { text, entry: { ...entry, mode: '0600', owner: 'root', group: 'root' } };
  });
  const all = [...copied, ...noted].toSorted((a, b) => (a.entry.path < b.entry.path ? -1 : 1));
  return { manifest: all.map(({ entry }) => entry), files: all.map(({ text }) => text) };
}

export const manifestHash = (manifest: readonly ManifestEntry[]): string => canonicalHash(manifest);

/** The snapshot of this id, its manifest's hash and the hash of every copy checked. */
export function verifiedSnapshot(program: Program, backupId: string, manifestSha256: string): SnapshotOnDisk {
  const snapshot = program.host.disk.snapshots.get(backupId);
  if (!snapshot) throw snapshotMissing(`no snapshot ${backupId} on this node`);
  if (program.planted.has('no-verification')) return snapshot;
  return checked(snapshot, backupId, manifestSha256);
}

export function checked(snapshot: SnapshotOnDisk, backupId: string, manifestSha256: string): SnapshotOnDisk {
  const hash = manifestHash(snapshot.manifest);
  if (hash !== manifestSha256) throw mismatch(`the manifest of snapshot ${backupId} is ${hash}, expected ${manifestSha256}`);
  snapshot.manifest.forEach(({ path, sha256 }, index) => {
    const copy = snapshot.files[index];
    if (copy === undefined || sha256Hex(copy) !== sha256)
      throw snapshotMissing(`the copy of ${path} in snapshot ${backupId} is missing or damaged`);
  });
  return snapshot;
}
