/**
 * With an mTLS authenticator between nodes, the leaf keeps the identity (SPIFFE URI) that the ring knows: the authenticator
 * reads the identities to trust when it is made, not at a reload.
 */
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import { certificatesOf, diallingKeystoreOf, type VerificationSnapshot } from '../snapshot.ts';

export const nodeIdentity: Check = (snapshot) => {
  const name = 'node-identity';
  const { observation } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const authenticator = observation.configuration.find(({ setting }) => setting === 'internode_authenticator')?.value ?? '';
  if (!/MutualTls/.test(authenticator))
    return conclude(name, snapshot, {
      failing: [],
      missing: [],
      passed: 'Identities in certificates are not what nodes authenticate each other by.',
    });
  const own = identitiesOf(snapshot, diallingKeystoreOf(observation)?.chain);
  const ring = new Set(snapshot.others.flatMap((other) => identitiesOf(snapshot, diallingKeystoreOf(other.observation)?.chain)));
  const missing = ring.size === 0 ? ['no identity of another node is known'] : [];
  const changed = ring.size > 0 && !own.some((identity) => ring.has(identity));
  const failing = changed
    ? [
        finding(snapshot, 'IDENTITY_CHANGED', {
          where: diallingKeystoreOf(observation)?.path ?? 'keystore',
          expected: [...ring].join(' or '),
          observed: own.join(', ') || 'no identity',
          seenBy: 'node',
          how: `identities in the leaves of all nodes; ${authenticator}`,
          at: observation.at,
        }),
      ]
    : [];
  return conclude(name, snapshot, { failing, missing, passed: `The leaf’s identity is the ring’s: ${own.join(', ')}.` });
};

function identitiesOf(snapshot: VerificationSnapshot, chain: readonly string[] | undefined): string[] {
  return certificatesOf(snapshot, chain?.slice(0, 1) ?? []).flatMap(({ subjectAlternativeNames }) =>
    subjectAlternativeNames.filter((name) => name.startsWith('URI:')).map((name) => name.slice('URI:'.length)),
  );
}
