/** Each keystore is whole, opens with the configured password, holds one key, and none was forgotten at the renewal. */
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import type { Finding } from '../findings.ts';
import { certificatesOf, keystoreOf, type VerificationSnapshot } from '../snapshot.ts';

/** What the JDK, its providers and Cassandra's PEM reader say of a wrong password. */
const PASSWORD_WORDS =
  /UnrecoverableKey|password was incorrect|Given final block not properly padded|BadPadding|pad block corrupted|mac (check|invalid)|MAC is wrong/i;

export const storeContent: Check = (snapshot) => {
  const name = 'store-content';
  const { observation } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const how = 'the store read on the node';
  for (const store of observation.stores) {
    const seen = { where: store.path, seenBy: 'node' as const, how, at: observation.at };
    const why = [store.loadError, store.keyError].filter((text) => text !== undefined).join('; ');
    if (store.torn) failing.push(finding(snapshot, 'FILE_CUT_OFF', { ...seen, expected: 'a whole file', observed: why || 'no end' }));
    else if (store.loads === false && PASSWORD_WORDS.test(why))
      failing.push(
        finding(snapshot, 'STORE_PASSWORD_WRONG', { ...seen, expected: 'the password of cassandra.yaml opens it', observed: why }),
      );
    if ((store.keys ?? 1) > 1)
      told.push(finding(snapshot, 'STORE_HOLDS_SEVERAL_KEYS', { ...seen, expected: 'one private key', observed: `${store.keys}` }));
  }
  told.push(...forgottenOutbound(snapshot));
  const stores = observation.stores.filter(({ kind }) => kind === 'keystore').length;
  const missing = stores === 0 ? ['the node reported no keystore'] : [];
  const passed = told[0] ? `Warning: ${told[0].where}: ${told[0].observed}.` : `${stores} keystores are whole and hold one key each.`;
  return conclude(name, snapshot, { failing, told, missing, passed });
};

/** A certificate of the same subject that is older than the keystore's. */
function forgottenOutbound(snapshot: VerificationSnapshot): Finding[] {
  const { observation } = snapshot;
  const outbound = observation?.stores.find((store) => store.outbound);
  const [shown] = certificatesOf(snapshot, outbound?.chain.slice(0, 1) ?? []);
  const [renewed] = certificatesOf(snapshot, keystoreOf(observation, 'internode')?.chain.slice(0, 1) ?? []);
  if (!observation || !outbound || !shown || !renewed || shown.sha256 === renewed.sha256) return [];
  if (shown.subjectDer !== renewed.subjectDer || shown.notAfter >= renewed.notAfter || shown.notBefore > renewed.notBefore) return [];
  return [
    finding(snapshot, 'OUTBOUND_KEYSTORE_FORGOTTEN', {
      where: outbound.path,
      expected: `renewed like the keystore, which is valid until ${new Date(renewed.notAfter).toISOString()}`,
      observed: `until ${new Date(shown.notAfter).toISOString()}`,
      seenBy: 'node',
      how: 'leaf of outbound_keystore beside the leaf of the keystore',
      at: observation.at,
    }),
  ];
}
