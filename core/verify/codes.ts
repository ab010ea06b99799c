/**
 * The table of finding codes: how grave each is, what it means for a person, from where it can be seen, what
 * to do, and which fact is the cause when several are seen together. Facts about JSSE and OpenSSL were measured
 * on Cassandra 5.0.6 with JDK 17.
 */
import { CERTIFICATE_CODES } from './certificate-codes.ts';
import { SERVICE_CODES } from './service-codes.ts';

export const FINDING_CODES = { ...CERTIFICATE_CODES, ...SERVICE_CODES };

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
