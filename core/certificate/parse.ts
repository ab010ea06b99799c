/** A certificate as plain data, read once from DER and handed to every check. */
import { X509Certificate } from 'node:crypto';
import { sha256Hex } from '../canonical.ts';
import { readCertificateBody } from './der.ts';

export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0';

/** Times are ms since the epoch; names are as OpenSSL prints them, on one line. */
export interface Certificate {
  /** SHA-256 of the DER, lower-case hex; the key of `certificates` in every observation. */
  readonly sha256: string;
  /** `SHA256:` and the same hex, as reports show it. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  readonly subjectDer: string;
  readonly issuerDer: string;
  readonly serial: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Subject alternative names such as `DNS:node1`, `IP Address:10.0.0.1`. */
  readonly subjectAlternativeNames: readonly string[];
  readonly keyUsage: readonly string[] | null;
  readonly extendedKeyUsage: readonly string[] | null;
  /** The CA flag of the basic constraints. */
  readonly authority: boolean;
  readonly pathLength: number | null;
  /** SHA-256 of the public key (SPKI): tells two authorities of one name apart. */
  readonly spkiSha256: string;
  readonly signatureOid: string;
  /** Such as `ec`, `rsa`, `ed25519`. */
  readonly keyType: string;
  readonly keyBits: number | null;
  readonly der: string;
}

/**
 * Parses a certificate from DER in base64. Throws `Error` (with the reason of the parser) when it is none;
 * {@link tryParseCertificate} answers `null` instead.
 */
export function parseCertificate(derBase64: string): Certificate {
  const raw = Buffer.from(derBase64, 'base64');
  const x509 = new X509Certificate(raw);
  const body = readCertificateBody(x509.raw);
  const key = x509.publicKey;
  return {
    sha256: sha256Hex(x509.raw),
    fingerprint: fingerprintOf(sha256Hex(x509.raw)),
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    subjectDer: body.subjectDer,
    issuerDer: body.issuerDer,
    serial: x509.serialNumber.toLowerCase(),
    notBefore: x509.validFromDate.getTime(),
    notAfter: x509.validToDate.getTime(),
    subjectAlternativeNames: x509.subjectAltName?.split(', ') ?? [],
    keyUsage: body.keyUsage,
    extendedKeyUsage: body.extendedKeyUsage,
    authority: x509.ca,
    pathLength: body.pathLength,
    spkiSha256: sha256Hex(body.spki),
    signatureOid: body.signatureOid,
    keyType: key.asymmetricKeyType ?? 'unknown',
    keyBits: key.asymmetricKeyDetails?.modulusLength ?? null,
    der: derBase64,
  };
}

/** As {@link parseCertificate}, but `null` when the bytes are no certificate. */
export function tryParseCertificate(derBase64: string): Certificate | null {
  try {
    return parseCertificate(derBase64);
  } catch {
    return null;
  }
}

/** `SHA256:` and 64 hex digits, from the hex alone. */
export function fingerprintOf(sha256: string): string {
  return `SHA256:${sha256}`;
}

/** The hex digits of a `SHA256:` fingerprint. */
export function sha256OfFingerprint(fingerprint: string): string {
  return fingerprint.replace(/^SHA256:/, '');
}

/** True when the certificate may be used for `purpose`; without the extension everything is allowed (RFC 5280, 4.2.1.12). */
export function allowsPurpose(certificate: Certificate, purpose: typeof SERVER_AUTH | typeof CLIENT_AUTH): boolean {
  const usage = certificate.extendedKeyUsage;
  return usage === null || usage.includes(purpose) || usage.includes(ANY_EXTENDED_KEY_USAGE);
}

/** Of pairs that are still about: a signature costs more than all else that is done with a chain, and chains share their authorities. */
const SIGNED = new WeakMap<Certificate, WeakMap<Certificate, boolean>>();

/** True when the certificate's signature was made by the issuer's key. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const byIssuer = SIGNED.get(certificate) ?? new WeakMap<Certificate, boolean>();
  SIGNED.set(certificate, byIssuer);
  const known = byIssuer.get(issuer);
  if (known !== undefined) return known;
  const signed = verifies(certificate, issuer);
  byIssuer.set(issuer, signed);
  return signed;
}

function verifies(certificate: Certificate, issuer: Certificate): boolean {
  try {
    const key = new X509Certificate(Buffer.from(issuer.der, 'base64')).publicKey;
    return new X509Certificate(Buffer.from(certificate.der, 'base64')).verify(key);
  } catch {
    return false;
  }
}

function oneLine(name: string): string {
  return name.split('\n').join(', ');
}
