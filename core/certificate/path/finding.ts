/** What the validation of a chain finds: each with the rule that it comes from. */
import type { CertificateBody } from './certificate-body.ts';

/** Codes of `ringward check chain`, and how grave each is: `refuse` refuses the chain, a `notice` is told. */
export const CHAIN_CODES = {
  CERTIFICATE_UNPARSABLE: 'refuse',
  LEAF_EXPIRED: 'refuse',
  LEAF_NOT_YET_VALID: 'refuse',
  CHAIN_INTERMEDIATE_EXPIRED: 'refuse',
  CHAIN_INTERMEDIATE_NOT_YET_VALID: 'refuse',
  CHAIN_ROOT_EXPIRED: 'refuse',
  CHAIN_ROOT_NOT_YET_VALID: 'refuse',
  CHAIN_ISSUER_UNKNOWN: 'refuse',
  CHAIN_SAME_NAME_OTHER_KEY: 'refuse',
  CHAIN_TOO_COMPLEX: 'refuse',
  CHAIN_SIGNATURE_WRONG: 'refuse',
  CHAIN_NOT_AN_AUTHORITY: 'refuse',
  CHAIN_PATH_TOO_LONG: 'refuse',
  CHAIN_KEY_USAGE_FORBIDS_SIGNING: 'refuse',
  CHAIN_CRITICAL_EXTENSION_UNKNOWN: 'refuse',
  CHAIN_EXTENSION_REPEATED: 'refuse',
  CHAIN_NAME_CONSTRAINT_BROKEN: 'refuse',
  CHAIN_POLICY_NOT_ACCEPTABLE: 'refuse',
  CHAIN_VERSION_WRONG: 'refuse',
  CHAIN_SERIAL_WRONG: 'refuse',
  CHAIN_VALIDITY_REVERSED: 'refuse',
  CHAIN_ALGORITHMS_DIFFER: 'refuse',
  CHAIN_EXTENSION_MALFORMED: 'refuse',
  WEAK_KEY: 'refuse',
  WEAK_SIGNATURE: 'refuse',
  PURPOSE_LACKS_SERVER_AUTH: 'refuse',
  PURPOSE_LACKS_CLIENT_AUTH: 'refuse',
  PURPOSE_KEY_USAGE: 'refuse',
  NAMES_MISSING: 'refuse',
  NAME_NOT_COVERED: 'refuse',
  LEAF_REVOKED: 'refuse',
  CHAIN_AUTHORITY_REVOKED: 'refuse',
  REVOCATION_UNKNOWN: 'refuse',
  ENGINE_REFUSES: 'refuse',
  ENGINE_ACCEPTS: 'notice',
  RUNTIMES_DISAGREE: 'notice',
  LEAF_IS_ANCHOR: 'notice',
  LEAF_IS_AUTHORITY: 'notice',
  CHAIN_ANCHOR_NOT_SELF_SIGNED: 'notice',
  VALIDITY_LONG: 'notice',
} as const satisfies Record<string, 'refuse' | 'notice'>;
export type ChainCode = keyof typeof CHAIN_CODES;

export interface ChainFinding {
  readonly code: ChainCode;
  readonly severity: 'refuse' | 'notice';
  /** Which certificate; null for the chain as a whole. */
  readonly certificate: { readonly subject: string; readonly fingerprint: string } | null;
  readonly expected: string;
  readonly observed: string;
  /** RFC section, or whose policy it is. */
  readonly rule: string;
}

export function chainFinding(
  code: ChainCode,
  body: CertificateBody | null,
  expected: string,
  observed: string,
  rule: string,
): ChainFinding {
  const certificate = body ? { subject: body.subject.text || '(no subject)', fingerprint: body.fingerprint } : null;
  return { code, severity: CHAIN_CODES[code], certificate, expected, observed, rule };
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
