/** The private key in each keystore belongs to its leaf; compared on the node, the key never leaves it (I4). */
import { type Check, conclude, finding, shown, withoutObservation } from '../check.ts';
import { reloadingKeystores } from '../snapshot.ts';

export const keyMatch: Check = (snapshot) => {
  const name = 'key-match';
  const { observation } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const stores = reloadingKeystores(observation);
  const failing = stores
    .filter(({ keyMatchesLeaf }) => keyMatchesLeaf === false)
    .map((store) =>
      finding(snapshot, 'KEY_MISMATCH', {
        where: store.path,
        expected: `the private key of ${shown(store.chain[0])}`,
        observed: 'another private key',
        seenBy: 'node',
        how: 'public halves compared on the node',
        at: observation.at,
      }),
    );
  const missing = stores
    .filter(({ keyMatchesLeaf }) => keyMatchesLeaf === null)
    .map(({ path, keyError }) => `the private key in ${path} cannot be read${keyError ? `: ${keyError}` : ''}`);
  if (stores.length === 0) missing.push('the node reported no keystore');
  return conclude(name, snapshot, { failing, missing, passed: 'Every private key belongs to its leaf.' });
};
