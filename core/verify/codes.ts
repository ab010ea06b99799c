/**
 * The table of finding codes: how grave each is, what it means for a person, from where it can be seen, what
 * to do, and which fact is the cause when several are seen together. Failure modes are numbered as in
 * `docs/runbooks`; facts about JSSE and OpenSSL were measured on Cassandra 5.0.6 with JDK 17.
 */
import type { Finding, VantagePoint } from './findings.ts';

export interface FindingCode {
  readonly severity: Finding['severity'];
  readonly meaning: string;
  readonly seenFrom: readonly VantagePoint[];
  readonly action: string;
  /** The lower, the nearer to the cause: of several findings the lowest is named as the root cause. */
  readonly rank: number;
}

const define = <T extends Record<string, FindingCode>>(codes: T): T => codes;
const ANYWHERE: readonly VantagePoint[] = ['node', 'peer', 'client'];
const NODE: readonly VantagePoint[] = ['node'];
const PEER: readonly VantagePoint[] = ['peer'];
const CLIENT: readonly VantagePoint[] = ['client'];
const ROLL_BACK = 'Roll back to the certificate of before.';

export const FINDING_CODES = define({
  // Files, as they lie on the node
  FILE_MISSING: {
    severity: 'proof',
    rank: 10,
    seenFrom: NODE,
    meaning: 'A file that should have been deployed is not there.',
    action: ROLL_BACK,
  },
  STORE_HOLDS_NO_CERTIFICATE: {
    severity: 'proof',
    rank: 20,
    seenFrom: NODE,
    meaning: 'The keystore holds nothing that can be read as a certificate.',
    action: ROLL_BACK,
  },
  CERTIFICATE_UNPARSABLE: {
    severity: 'proof',
    rank: 21,
    seenFrom: NODE,
    meaning: 'Bytes in the keystore are no valid X.509 certificate.',
    action: ROLL_BACK,
  },
  KEY_MISMATCH: {
    severity: 'proof',
    rank: 30,
    seenFrom: NODE,
    meaning: 'The private key does not belong to the certificate, so no handshake can succeed.',
    action: ROLL_BACK,
  },
  // Certificates, wherever they are seen
  LEAF_EXPIRED: {
    severity: 'proof',
    rank: 40,
    seenFrom: ANYWHERE,
    meaning: 'The certificate has expired: every new connection is refused.',
    action: ROLL_BACK,
  },
  LEAF_NOT_YET_VALID: {
    severity: 'proof',
    rank: 41,
    seenFrom: ANYWHERE,
    meaning: 'The certificate is not valid yet by some clock that matters.',
    action: 'Wait if it is minutes and no client fails; otherwise roll back.',
  },
  CHAIN_EMPTY: { severity: 'proof', rank: 50, seenFrom: ANYWHERE, meaning: 'No certificate chain is there.', action: ROLL_BACK },
  CHAIN_LEAF_NOT_FIRST: {
    severity: 'proof',
    rank: 51,
    seenFrom: ANYWHERE,
    meaning: 'The file starts with an authority instead of the leaf: Java loads it, handshakes fail.',
    action: ROLL_BACK,
  },
  CHAIN_INTERMEDIATE_MISSING: {
    severity: 'proof',
    rank: 52,
    seenFrom: ANYWHERE,
    meaning: 'The intermediate authority is missing: nobody can build the chain.',
    action: ROLL_BACK,
  },
  CHAIN_SAME_NAME_OTHER_KEY: {
    severity: 'proof',
    rank: 53,
    seenFrom: ANYWHERE,
    meaning: 'Signed by an authority of the right name with another key.',
    action: 'Make the truststores hold both authorities first; roll back until then.',
  },
  CHAIN_ISSUER_UNKNOWN: {
    severity: 'proof',
    rank: 54,
    seenFrom: ANYWHERE,
    meaning: 'Signed by an authority that the truststore does not hold.',
    action: ROLL_BACK,
  },
  CHAIN_INTERMEDIATE_EXPIRED: {
    severity: 'proof',
    rank: 55,
    seenFrom: ANYWHERE,
    meaning: 'An intermediate authority has expired.',
    action: ROLL_BACK,
  },
  CHAIN_INTERMEDIATE_NOT_YET_VALID: {
    severity: 'proof',
    rank: 56,
    seenFrom: ANYWHERE,
    meaning: 'An authority in the chain is not valid yet.',
    action: ROLL_BACK,
  },
  CHAIN_NOT_AN_AUTHORITY: {
    severity: 'proof',
    rank: 57,
    seenFrom: ANYWHERE,
    meaning: 'A certificate in the chain may not sign others.',
    action: ROLL_BACK,
  },
  CHAIN_PATH_TOO_LONG: {
    severity: 'proof',
    rank: 58,
    seenFrom: ANYWHERE,
    meaning: 'An authority in the chain allows fewer authorities below it.',
    action: ROLL_BACK,
  },
  PURPOSE_NOT_ALLOWED: {
    severity: 'proof',
    rank: 59,
    seenFrom: NODE,
    meaning: 'The certificate’s extended key usage forbids a role that every node has (server and client).',
    action: ROLL_BACK,
  },
  CHAIN_UNTRUSTED_BY_CLIENTS: {
    severity: 'proof',
    rank: 60,
    seenFrom: NODE,
    meaning: 'The nodes trust the chain, but the clients’ authorities do not.',
    action: 'Roll back; extend the clients’ truststores before the next attempt.',
  },
  CHAIN_WRONG_ORDER: {
    severity: 'warning',
    rank: 150,
    seenFrom: ANYWHERE,
    meaning: 'Intermediates stand in the wrong order: some clients refuse that.',
    action: 'Order them leaf first at the next deployment.',
  },
  CHAIN_ROOT_EXPIRED: {
    severity: 'warning',
    rank: 151,
    seenFrom: ANYWHERE,
    meaning: 'The root has expired: Java accepts it as an anchor, OpenSSL and Node clients do not.',
    action: 'Replace the root in every truststore.',
  },
  LEAF_EXPIRES_SOON: { severity: 'warning', rank: 152, seenFrom: ANYWHERE, meaning: 'The certificate expires soon.', action: 'Renew it.' },
  NODE_CLOCK_SKEWED: {
    severity: 'warning',
    rank: 153,
    seenFrom: NODE,
    meaning: 'The node’s clock differs from ours by more than a minute.',
    action: 'Repair its time synchronisation.',
  },
  // Loading and serving
  STORE_UNLOADABLE: {
    severity: 'proof',
    rank: 65,
    seenFrom: NODE,
    meaning: 'Cassandra’s own classes cannot load the store: the next restart of the node fails.',
    action: ROLL_BACK,
  },
  FILE_HASH_DIFFERS: {
    severity: 'proof',
    rank: 68,
    seenFrom: NODE,
    meaning: 'A file on the node is not the one that was announced.',
    action: 'Find who wrote it; roll back if the ports serve it.',
  },
  CONFIGURATION_NOT_ACTIVE: {
    severity: 'warning',
    rank: 70,
    seenFrom: NODE,
    meaning: 'The configuration on disk changed, and Cassandra reads it only at its start: the running process works with the old one.',
    action: 'Roll back files and configuration together, by a restart.',
  },
  SERVED_LEAF_IS_BEFORE: {
    severity: 'proof',
    rank: 75,
    seenFrom: ANYWHERE,
    meaning: 'The port still serves the certificate of before, although the new one is due: the reload failed.',
    action: ROLL_BACK,
  },
  SERVED_LEAF_UNEXPECTED: {
    severity: 'proof',
    rank: 76,
    seenFrom: ANYWHERE,
    meaning: 'The port serves a certificate that nobody expects.',
    action: ROLL_BACK,
  },
  LEAF_NOT_ANNOUNCED: {
    severity: 'warning',
    rank: 78,
    seenFrom: NODE,
    meaning: 'The leaf in the keystore is not the one that the event announced.',
    action: 'Check the deployer’s event.',
  },
  SERVICE_NOT_RUNNING: {
    severity: 'proof',
    rank: 80,
    seenFrom: NODE,
    meaning: 'Cassandra is not running.',
    action: 'Roll back and start it.',
  },
  // Connections
  HANDSHAKE_FAILED: {
    severity: 'proof',
    rank: 85,
    seenFrom: NODE,
    meaning: 'A fresh TLS connection to the port fails for its certificate.',
    action: ROLL_BACK,
  },
  READ_REFUSED: {
    severity: 'proof',
    rank: 86,
    seenFrom: ANYWHERE,
    meaning: 'The handshake completes, but the first read is refused (in TLS 1.3 a rejected client learns it there).',
    action: ROLL_BACK,
  },
  CLIENT_HANDSHAKE_FAILED: {
    severity: 'proof',
    rank: 90,
    seenFrom: CLIENT,
    meaning: 'A client with its own identity cannot connect for the certificate’s sake.',
    action: ROLL_BACK,
  },
  PEER_REFUSES_NODE: {
    severity: 'proof',
    rank: 91,
    seenFrom: PEER,
    meaning: 'Another node does not accept this node’s certificate: links break at their next reconnect.',
    action: ROLL_BACK,
  },
  NODE_REFUSES_PEER: {
    severity: 'warning',
    rank: 120,
    seenFrom: PEER,
    meaning: 'This node does not accept another node’s certificate; either side may be the cause.',
    action: 'See which of the two has the root cause.',
  },
  READ_TIMED_OUT: {
    severity: 'warning',
    rank: 121,
    seenFrom: ANYWHERE,
    meaning: 'The connection stands, but no answer came in time.',
    action: 'Look at the node’s load and log.',
  },
  LISTENER_UNREACHABLE: {
    severity: 'warning',
    rank: 122,
    seenFrom: NODE,
    meaning: 'The port does not answer on its own host; by itself no TLS failure.',
    action: 'See whether Cassandra is running and the port enabled.',
  },
  CLIENT_UNREACHABLE: {
    severity: 'warning',
    rank: 123,
    seenFrom: CLIENT,
    meaning: 'The client cannot reach the port; by itself no TLS failure.',
    action: 'Check the service and the network between.',
  },
  CLIENT_READ_FAILED: {
    severity: 'warning',
    rank: 124,
    seenFrom: CLIENT,
    meaning: 'The client connects, but its read fails.',
    action: 'Check replicas and the consistency level.',
  },
  PEER_UNREACHABLE: {
    severity: 'warning',
    rank: 125,
    seenFrom: PEER,
    meaning: 'No TCP connection between two nodes; by itself no TLS failure.',
    action: 'Check the service and the network between.',
  },
  // Ring and service
  RING_NODE_DOWN: {
    severity: 'warning',
    rank: 130,
    seenFrom: NODE,
    meaning: 'This node sees another node of the cluster as not live.',
    action: 'Look at the node that is seen as down.',
  },
  RING_NOT_NORMAL: {
    severity: 'warning',
    rank: 131,
    seenFrom: NODE,
    meaning: 'The node is not in the mode NORMAL.',
    action: 'Wait for it to join; read its log if it does not.',
  },
  NODE_SEEN_DOWN: {
    severity: 'warning',
    rank: 132,
    seenFrom: PEER,
    meaning: 'Other nodes see this node as not live.',
    action: 'See its service state and its peer handshakes.',
  },
  SCHEMA_DISAGREES: {
    severity: 'warning',
    rank: 133,
    seenFrom: NODE,
    meaning: 'More than one schema version is in the ring.',
    action: 'Let the schema settle before anything restarts.',
  },
  ENDPOINT_VERIFICATION_TRAP: {
    severity: 'warning',
    rank: 140,
    seenFrom: NODE,
    meaning: 'require_endpoint_verification with require_client_auth between nodes fails on Cassandra 5.0.6 with JDK 17.',
    action: 'Switch endpoint verification off between nodes; Ringward checks names itself.',
  },
  KEY_READABLE_BY_ALL: {
    severity: 'warning',
    rank: 141,
    seenFrom: NODE,
    meaning: 'Every user of the host can read the private key.',
    action: 'chmod 0600; issue a new key if others use the host.',
  },
  FILES_OF_BEFORE: {
    severity: 'warning',
    rank: 142,
    seenFrom: NODE,
    meaning: 'The node still has the files of before: nothing was deployed there, or it was put back.',
    action: 'Check the deployer; there is nothing to roll back.',
  },
  // Told once
  LEAF_NOT_YET_SERVED: {
    severity: 'notice',
    rank: 200,
    seenFrom: ANYWHERE,
    meaning: 'The new certificate is not served yet, and need not be before its activation is due.',
    action: 'Wait.',
  },
  JMX_LEAF_STALE: {
    severity: 'notice',
    rank: 201,
    seenFrom: NODE,
    meaning: 'JMX serves another leaf than its keystore holds: it reads its key only at the start of the process.',
    action: 'It changes at the next restart.',
  },
  JMX_LEAF_EXPIRES_SOON: {
    severity: 'warning',
    rank: 154,
    seenFrom: NODE,
    meaning: 'The leaf that JMX serves expires soon, and only a restart renews it.',
    action: 'Plan a rolling restart before it expires.',
  },
  JMX_NOT_ANSWERING: {
    severity: 'warning',
    rank: 155,
    seenFrom: NODE,
    meaning: 'A TLS connection to JMX fails: the way to reload by JMX may be closed.',
    action: 'Check the JMX keystore and the client material for it.',
  },
});

export type FindingCodeName = keyof typeof FINDING_CODES;

/**
 * Findings that are no proof by themselves, but support one: seen from a second kind of vantage point they
 * count as agreement with the proofs named here, and with no other.
 */
export const SUPPORTS: Readonly<Partial<Record<FindingCodeName, readonly FindingCodeName[]>>> = {
  CLIENT_UNREACHABLE: ['SERVICE_NOT_RUNNING'],
  PEER_UNREACHABLE: ['SERVICE_NOT_RUNNING'],
  NODE_SEEN_DOWN: ['SERVICE_NOT_RUNNING'],
  NODE_REFUSES_PEER: [
    'STORE_UNLOADABLE',
    'HANDSHAKE_FAILED',
    'CHAIN_ISSUER_UNKNOWN',
    'CHAIN_SAME_NAME_OTHER_KEY',
    'KEY_MISMATCH',
    'LEAF_EXPIRED',
    'LEAF_NOT_YET_VALID',
  ],
};

/** A warning that explains a proof is named as the root cause in its place. */
export const EXPLAINS: Readonly<Partial<Record<FindingCodeName, readonly FindingCodeName[]>>> = {
  CONFIGURATION_NOT_ACTIVE: ['SERVED_LEAF_IS_BEFORE', 'SERVED_LEAF_UNEXPECTED', 'HANDSHAKE_FAILED'],
};
