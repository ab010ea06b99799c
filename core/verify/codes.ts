/**
 * The table of finding codes: how grave each is, what it means for a person, from where it can be seen, what
 * to do, and which fact is the cause when several are seen together. Facts about JSSE and OpenSSL were measured
 * on Cassandra 5.0.6 with JDK 17.
 */
import { CERTIFICATE_CODES } from './certificate-codes.ts';
import { LOAD_CODES } from './load-codes.ts';
import { SERVICE_CODES } from './service-codes.ts';

export const FINDING_CODES = { ...CERTIFICATE_CODES, ...SERVICE_CODES, ...LOAD_CODES };

export type FindingCodeName = keyof typeof FINDING_CODES;

/**
 * Findings that are no proof by themselves, but support one: seen from a second kind of vantage point they
 * count as agreement with the proofs named here, and with no other.
 */
export const SUPPORTS: Readonly<Partial<Record<FindingCodeName, readonly FindingCodeName[]>>> = {
  CLIENT_UNREACHABLE: ['SERVICE_NOT_RUNNING', 'SERVICE_START_TIMED_OUT', 'NODE_NOT_JOINED'],
  PEER_UNREACHABLE: ['SERVICE_NOT_RUNNING', 'SERVICE_START_TIMED_OUT', 'NODE_NOT_JOINED'],
  NODE_SEEN_DOWN: ['SERVICE_NOT_RUNNING', 'SERVICE_START_TIMED_OUT', 'NODE_NOT_JOINED'],
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
  CHAIN_ROOT_EXPIRED: ['CLIENT_HANDSHAKE_FAILED', 'CLIENT_RUNTIME_REFUSES'],
  RING_VIEWS_DIFFER: ['RING_NODE_DOWN', 'NODE_SEEN_DOWN', 'CLIENT_READ_FAILED'],
  STORE_HOLDS_SEVERAL_KEYS: ['SERVED_LEAF_IS_BEFORE', 'SERVED_LEAF_UNEXPECTED', 'RELOAD_MISSED'],
};

/**
 * What others see of a fault that lies elsewhere: named as the cause only where nothing else is found in the
 * whole cluster.
 */
export const SYMPTOMS: ReadonlySet<FindingCodeName> = new Set([
  'HANDSHAKE_FAILED',
  'READ_REFUSED',
  'READ_TIMED_OUT',
  'LISTENER_UNREACHABLE',
  'CLIENT_HANDSHAKE_FAILED',
  'CLIENT_UNREACHABLE',
  'CLIENT_READ_FAILED',
  'CLIENT_RUNTIME_REFUSES',
  'PEER_REFUSES_NODE',
  'NODE_REFUSES_PEER',
  'PEER_UNREACHABLE',
  'FAILURE_IS_LATENT',
  'RING_NODE_DOWN',
  'RING_NOT_NORMAL',
  'NODE_SEEN_DOWN',
  'SCHEMA_DISAGREES',
  'JMX_NOT_ANSWERING',
]);
