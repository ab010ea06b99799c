/**
 * Cassandra's own user may read every file, and no keystore is readable by every user of the host: the first kills the next
 * restart, the second endangers the key, not the ring.
 */
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import type { Finding } from '../findings.ts';

const READABLE_BY_ALL = 0o004;

export const filePermissions: Check = (snapshot) => {
  const name = 'file-permissions';
  const { observation } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const missing: string[] = [];
  for (const file of observation.files) {
    if (file.readableByService === false) {
      const observed = `${file.owner ?? 'unknown'}:${file.group ?? 'unknown'} ${file.mode ?? ''}`.trim();
      const how = 'owner and mode of the file and of the folders above it, for the user of the running process';
      const seen = { where: file.path, seenBy: 'node' as const, how, at: observation.at };
      failing.push(finding(snapshot, 'FILE_NOT_READABLE_BY_SERVICE', { ...seen, expected: 'readable by Cassandra’s user', observed }));
    }
    if (file.kind !== 'keystore' || !file.present) continue;
    if (file.mode === undefined) missing.push(`the mode of ${file.path} is not known`);
    else if ((Number.parseInt(file.mode, 8) & READABLE_BY_ALL) !== 0) {
      const seen = { where: file.path, seenBy: 'node' as const, how: 'permission bits of the file on the node', at: observation.at };
      told.push(
        finding(snapshot, 'KEY_READABLE_BY_ALL', { ...seen, expected: 'not readable by others, such as 0600', observed: file.mode }),
      );
    }
  }
  const passed =
    told.length === 0
      ? 'Cassandra may read every file; no keystore is readable by everyone.'
      : `Warning: ${told.map(({ where, observed }) => `${where} has mode ${observed}`).join(', ')}.`;
  return conclude(name, snapshot, { failing, told, missing, passed });
};
