/** Every announced file lies on the node with the announced SHA-256 (user story: file integrity). */
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import type { Finding } from '../findings.ts';

export const fileIntegrity: Check = (snapshot) => {
  const name = 'file-integrity';
  const { observation, expected } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const missing: string[] = [];
  let ofBefore = 0;
  for (const file of expected.files) {
    const fact = observation.files.find(({ path }) => path === file.path);
    const seen = { where: file.path, seenBy: 'node' as const, how: 'SHA-256 of the file on the node', at: observation.at };
    if (!fact) missing.push(`the node did not report ${file.path}`);
    else if (!fact.present)
      failing.push(finding(snapshot, 'FILE_MISSING', { ...seen, expected: `a file (${expected.source})`, observed: 'no file' }));
    else if (fact.sha256 === undefined) missing.push(`the node reported no hash of ${file.path}`);
    else if (fact.sha256 !== file.sha256) {
      failing.push(
        finding(snapshot, 'FILE_HASH_DIFFERS', { ...seen, expected: `${file.sha256} (${expected.source})`, observed: fact.sha256 }),
      );
      if (snapshot.before?.manifest.some((entry) => entry.path === file.path && entry.sha256 === fact.sha256)) ofBefore++;
    }
  }
  if (snapshot.purpose === 'deployed' && ofBefore > 0 && ofBefore === failing.length && ofBefore === expected.files.length) {
    const where = expected.files.map(({ path }) => path).join(', ');
    told.push(
      finding(snapshot, 'FILES_OF_BEFORE', {
        where,
        expected: 'the announced files',
        observed: 'the files of the backup',
        seenBy: 'node',
        how: 'SHA-256 compared with the backup',
        at: observation.at,
      }),
    );
  }
  if (expected.files.length === 0 && snapshot.purpose === 'old') missing.push('no backup to compare the files with');
  return conclude(name, snapshot, {
    failing,
    told,
    missing,
    passed: `${expected.files.length} files have the expected SHA-256 (${expected.source}).`,
  });
};
