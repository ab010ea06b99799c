/** No keystore is readable by every user of the host. A warning: it endangers the key, not the ring. */
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import type { Finding } from '../findings.ts';

const READABLE_BY_ALL = 0o004;

export const filePermissions: Check = (snapshot) => {
  const name = 'file-permissions';
  const { observation } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const told: Finding[] = [];
  const missing: string[] = [];
  for (const file of observation.files) {
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
      ? 'No keystore is readable by everyone.'
      : `Warning: ${told.map(({ where, observed }) => `${where} has mode ${observed}`).join(', ')}.`;
  return conclude(name, snapshot, { failing: [], told, missing, passed });
};
