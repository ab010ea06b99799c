/** The extensions of RFC 5280, 4.2 that path validation reads. */
import { KEY_USAGES } from '../key-usages.ts';
import type { CertificateBody } from './certificate-body.ts';
import {
  context,
  type Der,
  DerError,
  hex,
  latin,
  membersOf,
  readAll,
  readBits,
  readBoolean,
  readOid,
  readOne,
  readSmallInteger,
  TAG,
} from './der-reader.ts';
import { type Name, readName } from './name.ts';

export const OID = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
} as const;

/** What validation understands; any other critical extension refuses the certificate (RFC 5280, 4.2). */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  OID.subjectKeyIdentifier,
  OID.keyUsage,
  OID.subjectAltName,
  OID.issuerAltName,
  OID.basicConstraints,
  OID.nameConstraints,
  OID.crlDistributionPoints,
  OID.certificatePolicies,
  OID.policyMappings,
  OID.authorityKeyIdentifier,
  OID.policyConstraints,
  OID.extendedKeyUsage,
  OID.inhibitAnyPolicy,
]);

export function unknownCritical({ extensions }: CertificateBody): string[] {
  return [...extensions].filter(([id, { critical }]) => critical && !UNDERSTOOD.has(id)).map(([id]) => id);
}

const sequenceOf = (body: CertificateBody, id: string, what: string): Der[] | null => {
  const found = body.extensions.get(id);
  return found ? membersOf(readOne(found.value, TAG.sequence, what), TAG.sequence, what) : null;
};

export interface BasicConstraints {
  readonly authority: boolean;
  readonly pathLength: number | null;
}

/** Null when the extension is absent: no authority (RFC 5280, 6.1.4 k). */
export function basicConstraints(body: CertificateBody): BasicConstraints | null {
  const parts = sequenceOf(body, OID.basicConstraints, 'basic constraints');
  if (!parts) return null;
  const authority = parts[0]?.tag === TAG.boolean && readBoolean(parts[0]);
  const length = parts.find(({ tag }) => tag === TAG.integer);
  return { authority, pathLength: length ? readSmallInteger(length.content) : null };
}

export type KeyUsage = (typeof KEY_USAGES)[number];

/** Null when the extension is absent: everything is allowed. */
export function keyUsage(body: CertificateBody): KeyUsage[] | null {
  const found = body.extensions.get(OID.keyUsage);
  if (!found) return null;
  const bits = readBits(readOne(found.value, TAG.bitString, 'key usage'));
  return KEY_USAGES.filter((_, i) => bits[i]);
}

export function extendedKeyUsage(body: CertificateBody): string[] | null {
  return sequenceOf(body, OID.extendedKeyUsage, 'extended key usage')?.map(readOid) ?? null;
}

/** A GeneralName in the forms that constraints and checks know; any other form is `other` with its tag. */
export type GeneralName =
  | { readonly form: 'email' | 'dns' | 'uri'; readonly value: string }
  | { readonly form: 'ip'; readonly value: Uint8Array }
  | { readonly form: 'directory'; readonly value: Name }
  | { readonly form: 'other'; readonly value: number };

export function readGeneralName({ tag, content }: Der): GeneralName {
  if (tag === context(1, false)) return { form: 'email', value: latin(content) };
  if (tag === context(2, false)) return { form: 'dns', value: latin(content) };
  if (tag === context(6, false)) return { form: 'uri', value: latin(content) };
  if (tag === context(7, false)) return { form: 'ip', value: content };
  if (tag === context(4)) return { form: 'directory', value: readName(readOne(content, TAG.sequence, 'a directory name')) };
  return { form: 'other', value: tag };
}

/** Empty when the extension is absent. */
export function subjectAltNames(body: CertificateBody): GeneralName[] {
  const names = sequenceOf(body, OID.subjectAltName, 'subject alternative names');
  if (names?.length === 0) throw new DerError('subject alternative names without a name');
  return names?.map(readGeneralName) ?? [];
}

export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** `minimum` must be 0 and `maximum` absent (RFC 5280, 4.2.1.10). */
export function nameConstraints(body: CertificateBody): NameConstraints | null {
  const parts = sequenceOf(body, OID.nameConstraints, 'name constraints');
  if (!parts) return null;
  const subtrees = (n: number): GeneralName[] =>
    parts
      .filter(({ tag }) => tag === context(n))
      .flatMap(({ content }) => readAll(content))
      .map((subtree) => {
        const [base, more] = membersOf(subtree, TAG.sequence, 'a subtree');
        if (!base || more) throw new DerError('a subtree with a minimum or maximum, which RFC 5280 does not allow');
        return readGeneralName(base);
      });
  return { permitted: subtrees(0), excluded: subtrees(1) };
}

/** Policy identifiers of a certificate, or null without the extension. */
export function certificatePolicies(body: CertificateBody): string[] | null {
  return (
    sequenceOf(body, OID.certificatePolicies, 'certificate policies')?.map((one) => readOid(membersOf(one, TAG.sequence, 'a policy')[0])) ??
    null
  );
}

export interface PolicyMapping {
  readonly issuerDomain: string;
  readonly subjectDomain: string;
}

export function policyMappings(body: CertificateBody): PolicyMapping[] {
  return (sequenceOf(body, OID.policyMappings, 'policy mappings') ?? []).map((one) => {
    const [issuer, subject] = membersOf(one, TAG.sequence, 'a policy mapping');
    return { issuerDomain: readOid(issuer), subjectDomain: readOid(subject) };
  });
}

export interface PolicyConstraints {
  readonly requireExplicitPolicy: number | null;
  readonly inhibitPolicyMapping: number | null;
}

export function policyConstraints(body: CertificateBody): PolicyConstraints {
  const parts = sequenceOf(body, OID.policyConstraints, 'policy constraints') ?? [];
  const skip = (n: number): number | null => {
    const found = parts.find(({ tag }) => tag === context(n, false));
    return found ? readSmallInteger(found.content) : null;
  };
  return { requireExplicitPolicy: skip(0), inhibitPolicyMapping: skip(1) };
}

export function inhibitAnyPolicy(body: CertificateBody): number | null {
  const found = body.extensions.get(OID.inhibitAnyPolicy);
  return found ? readSmallInteger(readOne(found.value, TAG.integer, 'inhibit any policy').content) : null;
}

/** Key identifiers, hex; null when absent. They help to choose among issuers, and prove nothing. */
export function subjectKeyIdentifier(body: CertificateBody): string | null {
  const found = body.extensions.get(OID.subjectKeyIdentifier);
  return found ? hex(readOne(found.value, TAG.octetString, 'subject key identifier').content) : null;
}

export function authorityKeyIdentifier(body: CertificateBody): string | null {
  const key = sequenceOf(body, OID.authorityKeyIdentifier, 'authority key identifier')?.find(({ tag }) => tag === context(0, false));
  return key ? hex(key.content) : null;
}
