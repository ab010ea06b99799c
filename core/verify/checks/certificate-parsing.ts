/** Every keystore of a reloading port holds certificates that parse as X.509. */
import { type Check, conclude, finding, shown, withoutObservation } from '../check.ts';
import type { Finding } from '../findings.ts';
import { reloadingKeystores } from '../snapshot.ts';

export const certificateParsing: Check = (snapshot) => {
  const name = 'certificate-parsing';
  const { observation } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const failing: Finding[] = [];
  const missing: string[] = [];
  const stores = reloadingKeystores(observation);
  if (stores.length === 0) missing.push('the node reported no keystore');
  for (const store of stores) {
    const seen = {
      where: store.path,
      seenBy: 'node' as const,
      how: 'the keystore read on the node, its certificates parsed here',
      at: observation.at,
    };
    const [leaf] = store.chain;
    if (leaf === undefined) {
      failing.push(
        finding(snapshot, 'STORE_HOLDS_NO_CERTIFICATE', {
          ...seen,
          expected: 'a leaf and its chain',
          observed: store.keyError ?? store.loadError ?? 'no certificate',
        }),
      );
      continue;
    }
    for (const hash of store.chain) {
      if (!(hash in observation.certificates)) missing.push(`certificate ${hash} of ${store.path} was not sent along`);
      else if (!snapshot.certificates.get(hash))
        failing.push(
          finding(snapshot, 'CERTIFICATE_UNPARSABLE', { ...seen, expected: 'X.509 DER', observed: `unreadable bytes under ${hash}` }),
        );
    }
    const { announcedLeaf, announcedFor, purpose } = snapshot;
    if (purpose === 'deployed' && announcedLeaf !== null && announcedFor.includes(store.path) && leaf !== announcedLeaf) {
      failing.push(finding(snapshot, 'LEAF_NOT_ANNOUNCED', { ...seen, expected: shown(announcedLeaf), observed: shown(leaf) }));
    }
  }
  return conclude(name, snapshot, { failing, missing, passed: `${stores.length} keystore(s) hold valid X.509 structures.` });
};
