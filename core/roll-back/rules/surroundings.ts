/** What the old certificate needs around it: configuration, identities, other nodes; and a cause that it can mend (rows 12, 23, 32, 33). */
import type { FindingCodeName } from '../../verify/codes.ts';
import { diallingKeystoreOf } from '../../verify/snapshot.ts';
import { differenceToBackup } from '../difference.ts';
import { certificateOf } from './old-chain.ts';
import type { Rule, Target, Unsafe } from './rule.ts';

/** The old keystore may have another password or path: cassandra.yaml says both, and is read only at a start. */
export const configurationDiffers: Rule = ({ backup, observation, request }) => {
  if (request.configuration !== 'left' || !observation) return null;
  const { configuration } = differenceToBackup(observation, backup);
  if (configuration.length === 0) return null;
  return {
    rule: 'configuration-differs',
    safety: 'forward-only',
    why: `${configuration.join(', ')} differs from the backup (passwords and paths of stores stand there), and this rollback leaves it as it is`,
    wayForward: 'Take configuration into the scope, by the restart way; or repair forward.',
  };
};

/** `MutualTlsInternodeAuthenticator` knows the ring by identities in leaves (SPIFFE URIs), and reads them when it is made. */
export const identityDiffers: Rule = ({ backup, observation, registered, request, wanted }) => {
  const authenticator = observation?.configuration.find(({ setting }) => setting === 'internode_authenticator')?.value ?? '';
  // What it shows when it dials: with an outbound keystore that is another leaf than the port's.
  const dialling = observation ? diallingKeystoreOf(observation) : undefined;
  const dialled = backup.storeLeaves.find(({ path }) => path === dialling?.path)?.leaf;
  const leaf = certificateOf(backup.certificates, dialled ?? '') ?? certificateOf(backup.certificates, backup.servedLeaves.internode ?? '');
  if (!observation || !leaf || !/MutualTls/.test(authenticator)) return null;
  const present = certificateOf(observation.certificates, dialling?.chain[0] ?? '');
  const same = (a: readonly string[], b: readonly string[]): boolean => a.toSorted().join() === b.toSorted().join();
  if (present && same(urisOf(present.subjectAlternativeNames), urisOf(leaf.subjectAlternativeNames))) return null;
  const staying = [...request.observations].filter(([node]) => node !== registered.node && !wanted.has(node));
  const ring = new Set(
    staying.flatMap(([, peer]) => {
      const shown = certificateOf(peer.certificates, diallingKeystoreOf(peer)?.chain[0] ?? '');
      return shown ? urisOf(shown.subjectAlternativeNames) : [];
    }),
  );
  const own = urisOf(leaf.subjectAlternativeNames);
  if (ring.size === 0 || own.some((uri) => ring.has(uri))) return null;
  return {
    rule: 'identity-differs',
    safety: 'forward-only',
    why: `the old leaf’s identity is ${own.join(', ') || 'none'}, and nodes that do not go back know the ring as ${[...ring].join(', ')}`,
    wayForward: 'Roll back the whole cluster by the restart way, at which each node reads its identity anew; or repair forward.',
  };
};

const urisOf = (names: readonly string[]): string[] => names.filter((name) => name.startsWith('URI:')).map((name) => name.slice(4));

/** `system_auth.identity_to_role`: without its row a client of before is let in by nobody, whatever its certificate. */
export const roleOfIdentityLost: Rule = ({ request }) => {
  const lost = request.lostIdentities ?? [];
  if (lost.length === 0) return null;
  return {
    rule: 'role-of-identity-lost',
    safety: 'forward-only',
    why: `${lost.join(', ')} had a role before the deployment and has none now`,
    wayForward: 'Give these identities their roles again (ADD IDENTITY … TO ROLE …), then plan again.',
  };
};

/** I3. Asked for a node that would be interrupted; a reload interrupts no one. */
export function keyspaceWouldLoseItsLevel({ registered, request }: Pick<Target, 'registered' | 'request'>): Unsafe | null {
  const keyspaces = request.losing?.(registered.node) ?? [];
  if (keyspaces.length === 0) return null;
  return {
    rule: 'keyspace-would-lose-its-level',
    safety: 'forward-only',
    why: `without this node ${keyspaces.join(', ')} would lose the consistency level in use`,
    wayForward: 'Bring the other replicas up first, then plan again; or take the hot way.',
  };
}

/** Where these alone were found, no certificate is at fault, and the one of before would have the same trouble. */
const NOT_OF_CERTIFICATES: ReadonlySet<string> = new Set<FindingCodeName>([
  'NODE_CLOCK_SKEWED',
  'SCHEMA_DISAGREES',
  'RING_VIEWS_DIFFER',
  'RING_NODE_DOWN',
  'NODE_SEEN_DOWN',
  'PEER_UNREACHABLE',
  'HEAP_GROWS',
  'REVOCATION_LIST_UNUSABLE',
  'REVOCATION_NOT_COVERED',
]);

/** Only where something was found, and each of it is known to have another cause: a person's wish and unknown codes are none. */
export const causeIsNotTls: Rule = ({ request }) => {
  const causes = request.causes ?? [];
  if (causes.length === 0 || !causes.every((code) => NOT_OF_CERTIFICATES.has(code))) return null;
  return {
    rule: 'cause-is-not-tls',
    safety: 'forward-only',
    why: `what was found (${causes.join(', ')}) does not come of a certificate, so the old one would not mend it`,
    wayForward: 'Look for the cause outside of the deployment: clocks, network, memory, or Cassandra itself.',
  };
};
