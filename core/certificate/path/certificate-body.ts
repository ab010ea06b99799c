/** A certificate (RFC 5280, 4.1) read by our own strict reader; nothing of it is taken from a TLS library. */
import { createHash } from 'node:crypto';
import {
  context,
  type Der,
  DerError,
  hex,
  membersOf,
  readAll,
  readBitBytes,
  readBoolean,
  readInteger,
  readOid,
  readOne,
  readSmallInteger,
  readTime,
  TAG,
} from './der-reader.ts';
import { type Name, readName } from './name.ts';

export interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

export interface CertificateBody {
  readonly der: Uint8Array;
  /** `SHA256:hex` of the DER. */
  readonly fingerprint: string;
  readonly version: 1 | 2 | 3;
  readonly serial: bigint;
  /** Octets of the serial number as encoded. */
  readonly serialOctets: number;
  readonly issuer: Name;
  readonly subject: Name;
  readonly notBefore: number;
  readonly notAfter: number;
  /** SubjectPublicKeyInfo, whole. */
  readonly spki: Uint8Array;
  /** AlgorithmIdentifier of the signature, whole. */
  readonly signatureAlgorithm: Uint8Array;
  /** Is it the same inside and outside of what is signed (RFC 5280, 4.1.1.2)? */
  readonly algorithmsAgree: boolean;
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
  readonly extensions: ReadonlyMap<string, Extension>;
  /** Extensions that stand there twice. */
  readonly repeated: readonly string[];
}

/** Reads one certificate. Throws {@link DerError}, also for bytes after its end. */
export function readCertificate(der: Uint8Array): CertificateBody {
  const [tbs, algorithm, signature, more] = membersOf(readOne(der, TAG.sequence, 'a certificate'), TAG.sequence, 'a certificate');
  if (!tbs || !algorithm || !signature || more) throw new DerError('a certificate with other than three parts');
  const parts = membersOf(tbs, TAG.sequence, 'a certificate’s body');
  const hasVersion = parts[0]?.tag === context(0);
  const version = hasVersion ? readVersion(parts[0] as Der) : 1;
  const [serial, inner, issuer, validity, subject, spki, ...optional] = hasVersion ? parts.slice(1) : parts;
  if (!serial || !inner || !spki || serial.tag !== TAG.integer || spki.tag !== TAG.sequence)
    throw new DerError('a certificate’s body without all its parts');
  const [notBefore, notAfter, later] = membersOf(validity, TAG.sequence, 'a validity');
  if (later) throw new DerError('a validity with more than two times');
  const { extensions, repeated } = readExtensions(lastOf(optional));
  return {
    der,
    fingerprint: `SHA256:${createHash('sha256').update(der).digest('hex')}`,
    version,
    serial: readInteger(serial.content),
    serialOctets: serial.content.length,
    issuer: readName(issuer),
    subject: readName(subject),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    spki: spki.whole,
    signatureAlgorithm: algorithm.whole,
    algorithmsAgree: hex(algorithm.whole) === hex(inner.whole),
    tbs: tbs.whole,
    signature: readBitBytes(signature),
    extensions,
    repeated,
  };
}

function readVersion(value: Der): 1 | 2 | 3 {
  const number = readSmallInteger(readOne(value.content, TAG.integer, 'a version').content);
  if (number !== 1 && number !== 2) throw new DerError(`version ${number + 1}, which does not exist or is the default`);
  return number === 1 ? 2 : 3;
}

/** Unique identifiers ([1], [2]) may stand before the extensions ([3]). */
function lastOf(optional: readonly Der[]): Der | undefined {
  const tags = optional.map(({ tag }) => tag);
  const order = [context(1, false), context(2, false), context(3)];
  const positions = tags.map((tag) => order.indexOf(tag));
  if (positions.some((position, i) => position < 0 || (i > 0 && position <= (positions[i - 1] ?? -1))))
    throw new DerError('unknown parts after the public key');
  return optional.find(({ tag }) => tag === context(3));
}

/** Extensions of a certificate or a revocation list: `[n] EXPLICIT SEQUENCE OF Extension`. */
export function readExtensions(explicit: Der | undefined): { readonly extensions: Map<string, Extension>; readonly repeated: string[] } {
  if (!explicit) return { extensions: new Map(), repeated: [] };
  return readExtensionList(readOne(explicit.content, TAG.sequence, 'extensions'));
}

export function readExtensionList(list: Der): { readonly extensions: Map<string, Extension>; readonly repeated: string[] } {
  const extensions = new Map<string, Extension>();
  const repeated: string[] = [];
  for (const one of readAll(list.content)) {
    const fields = membersOf(one, TAG.sequence, 'an extension');
    const id = readOid(fields[0]);
    const hasCritical = fields[1]?.tag === TAG.boolean;
    const value = fields[hasCritical ? 2 : 1];
    if (value?.tag !== TAG.octetString || fields.length !== (hasCritical ? 3 : 2)) throw new DerError(`extension ${id} is malformed`);
    if (extensions.has(id)) repeated.push(id);
    extensions.set(id, { critical: hasCritical && readBoolean(fields[1] as Der), value: value.content });
  }
  return { extensions, repeated };
}
