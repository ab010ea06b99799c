/**
 * What goes wrong when certificates are deployed to a Cassandra ring, as one table: which finding names it, which probes can
 * see it, and which way leads out. Severity, meaning and advice stand with the finding's code. Measured on Cassandra 5.0.6 with
 * JDK 17 where a ring can show it (`npm run bench -- failure-modes`); `versions` says where a row holds at all.
 */
import type { FindingCodeName } from './codes.ts';

/**
 * A on the node: files, stores, JDK, configuration · B fingerprint and read of every port · C node to node, both roles ·
 * D deltas of the virtual tables · E ring view of every node · F client canary · G Cassandra's log.
 */
export type Probe = 'A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G';

/** The ways out: old files and a reload · old files and a restart · truststores first · configuration and a restart · forward only. */
export type WayOut = 'hot' | 'restart' | 'trust-first' | 'configuration' | 'forward';

export interface FailureMode {
  /** Number of the row, 1 to 34. */
  readonly row: number;
  readonly name: string;
  /** The findings that name it; the first is the usual one. */
  readonly codes: readonly [FindingCodeName, ...FindingCodeName[]];
  readonly probes: readonly Probe[];
  readonly wayOut: readonly [WayOut, ...WayOut[]];
  /** Cassandra versions that it holds for. */
  readonly versions: string;
}

const ALL = '4.0 and later';

export const FAILURE_MODES: readonly FailureMode[] = [
  { row: 1, name: 'intermediate missing', codes: ['CHAIN_INTERMEDIATE_MISSING'], probes: ['A', 'C'], wayOut: ['hot'], versions: ALL },
  {
    row: 2,
    name: 'authority differs between nodes',
    codes: ['TRUST_DIFFERS_BETWEEN_NODES'],
    probes: ['A', 'C'],
    wayOut: ['trust-first'],
    versions: ALL,
  },
  { row: 3, name: 'leaf expired', codes: ['LEAF_EXPIRED'], probes: ['A', 'B'], wayOut: ['hot', 'forward'], versions: ALL },
  {
    row: 4,
    name: 'intermediate expired',
    codes: ['CHAIN_INTERMEDIATE_EXPIRED'],
    probes: ['A', 'C'],
    wayOut: ['hot', 'forward'],
    versions: ALL,
  },
  { row: 5, name: 'root expired', codes: ['CHAIN_ROOT_EXPIRED'], probes: ['A', 'F'], wayOut: ['trust-first', 'forward'], versions: ALL },
  {
    row: 6,
    name: 'authority re-keyed under its name',
    codes: ['CHAIN_SAME_NAME_OTHER_KEY'],
    probes: ['A'],
    wayOut: ['trust-first'],
    versions: ALL,
  },
  {
    row: 7,
    name: 'names do not cover the address',
    codes: ['NAME_NOT_COVERED'],
    probes: ['A', 'B'],
    wayOut: ['hot', 'configuration'],
    versions: ALL,
  },
  { row: 8, name: 'no subject alternative name', codes: ['NAMES_MISSING'], probes: ['A', 'B'], wayOut: ['restart'], versions: ALL },
  { row: 9, name: 'clientAuth missing', codes: ['PURPOSE_LACKS_CLIENT_AUTH'], probes: ['A', 'C'], wayOut: ['hot'], versions: ALL },
  { row: 10, name: 'serverAuth missing', codes: ['PURPOSE_LACKS_SERVER_AUTH'], probes: ['A', 'B'], wayOut: ['hot'], versions: ALL },
  { row: 11, name: 'key of another certificate', codes: ['KEY_MISMATCH'], probes: ['A', 'B'], wayOut: ['hot'], versions: ALL },
  {
    row: 12,
    name: 'keystore password changed',
    codes: ['STORE_PASSWORD_WRONG', 'CONFIGURATION_NOT_ACTIVE'],
    probes: ['A', 'G'],
    wayOut: ['configuration'],
    versions: ALL,
  },
  { row: 13, name: 'several keys in the store', codes: ['STORE_HOLDS_SEVERAL_KEYS'], probes: ['A', 'B'], wayOut: ['hot'], versions: ALL },
  {
    row: 14,
    name: 'certificates in the wrong order',
    codes: ['CHAIN_LEAF_NOT_FIRST', 'CHAIN_WRONG_ORDER'],
    probes: ['A', 'C'],
    wayOut: ['hot'],
    versions: ALL,
  },
  { row: 15, name: 'owner or mode', codes: ['FILE_NOT_READABLE_BY_SERVICE'], probes: ['A'], wayOut: ['hot'], versions: ALL },
  { row: 16, name: 'key readable by all', codes: ['KEY_READABLE_BY_ALL'], probes: ['A'], wayOut: ['forward'], versions: ALL },
  { row: 17, name: 'torn write', codes: ['FILE_CUT_OFF'], probes: ['A'], wayOut: ['hot'], versions: ALL },
  {
    row: 18,
    name: 'poll took the file’s time and not the file',
    codes: ['RELOAD_MISSED'],
    probes: ['A', 'B'],
    wayOut: ['hot'],
    versions: ALL,
  },
  { row: 19, name: 'one context reloaded, another not', codes: ['CONTEXTS_DIFFER'], probes: ['B'], wayOut: ['hot'], versions: ALL },
  {
    row: 20,
    name: 'legacy TLS port stale',
    codes: ['LEGACY_PORT_STALE'],
    probes: ['B'],
    wayOut: ['restart'],
    versions: 'before 5.0.6, where legacy_ssl_storage_port_enabled; 5.0.6 reloads that port too (measured)',
  },
  {
    row: 21,
    name: 'outbound keystore forgotten',
    codes: ['OUTBOUND_KEYSTORE_FORGOTTEN'],
    probes: ['A', 'C'],
    wayOut: ['forward'],
    versions: '4.1 and later',
  },
  { row: 22, name: 'JMX stale', codes: ['JMX_LEAF_STALE', 'JMX_LEAF_EXPIRES_SOON'], probes: ['B'], wayOut: ['restart'], versions: ALL },
  {
    row: 23,
    name: 'identity cached by the authenticator',
    codes: ['IDENTITY_CHANGED'],
    probes: ['A', 'C'],
    wayOut: ['configuration'],
    versions: '5.0 and later',
  },
  {
    row: 24,
    name: 'validity too long',
    codes: ['VALIDITY_TOO_LONG'],
    probes: ['A', 'C'],
    wayOut: ['forward', 'configuration'],
    versions: `our own limit ${ALL}; Cassandra’s from 5.1 on`,
  },
  { row: 25, name: 'not valid yet', codes: ['LEAF_NOT_YET_VALID'], probes: ['A', 'B'], wayOut: ['hot'], versions: ALL },
  { row: 26, name: 'weak key or signature', codes: ['WEAK_KEY', 'WEAK_SIGNATURE'], probes: ['A', 'F'], wayOut: ['hot'], versions: ALL },
  {
    row: 27,
    name: 'key type against cipher suites',
    codes: ['KEY_TYPE_NOT_IN_CIPHERS'],
    probes: ['A', 'B'],
    wayOut: ['configuration', 'hot'],
    versions: ALL,
  },
  { row: 28, name: 'algorithm disabled in the JDK', codes: ['DISABLED_BY_JDK'], probes: ['A'], wayOut: ['configuration'], versions: ALL },
  {
    row: 29,
    name: 'clients’ truststore lacks the authority',
    codes: ['CHAIN_UNTRUSTED_BY_CLIENTS'],
    probes: ['A', 'F'],
    wayOut: ['hot', 'trust-first'],
    versions: ALL,
  },
  {
    row: 30,
    name: 'issuer unknown to the server',
    codes: ['TRUSTSTORE_REFUSES_PEERS'],
    probes: ['A', 'C'],
    wayOut: ['trust-first'],
    versions: ALL,
  },
  { row: 31, name: 'revoked', codes: ['LEAF_REVOKED'], probes: ['A'], wayOut: ['forward'], versions: ALL },
  {
    row: 32,
    name: 'no seed answers at the start',
    codes: ['CANNOT_GOSSIP_AT_START'],
    probes: ['E', 'G'],
    wayOut: ['restart'],
    versions: ALL,
  },
  { row: 33, name: 'views of the ring differ', codes: ['RING_VIEWS_DIFFER'], probes: ['E'], wayOut: ['restart'], versions: ALL },
  {
    row: 34,
    name: 'endpoint verification with client authentication',
    codes: ['ENDPOINT_VERIFICATION_TRAP'],
    probes: ['A'],
    wayOut: ['configuration'],
    versions: '5.0.6 with JDK 17',
  },
];

/** The mode that a finding names, or null for a finding that is none of the table's. */
export function failureModeOf(code: string): FailureMode | null {
  return FAILURE_MODES.find(({ codes }) => codes.some((known) => known === code)) ?? null;
}
