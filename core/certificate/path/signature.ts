/** Signatures of certificates and revocation lists, by algorithm identifier (RFC 3279, 4055, 5758, 8410). */
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { context, DerError, hex, membersOf, readAll, readOid, readOne, readSmallInteger, TAG } from './der-reader.ts';

/** Hashes by the signature's identifier; `null`: the algorithm has its own. */
const HASH: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.4': 'md5',
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.14': 'sha224',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.1': 'sha1',
  '1.2.840.10045.4.3.1': 'sha224',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.10040.4.3': 'sha1',
  '2.16.840.1.101.3.4.3.1': 'sha224',
  '2.16.840.1.101.3.4.3.2': 'sha256',
  '1.3.101.112': null,
  '1.3.101.113': null,
};
const KEY_TYPES: readonly [RegExp, string][] = [
  [/^1\.2\.840\.113549\.1\.1\./, 'rsa'],
  [/^1\.2\.840\.10045\.4\./, 'ec'],
  [/^(1\.2\.840\.10040\.4|2\.16\.840\.1\.101\.3\.4)\.3/, 'dsa'],
  [/^1\.3\.101\.112$/, 'ed25519'],
  [/^1\.3\.101\.113$/, 'ed448'],
];
const PSS = '1.2.840.113549.1.1.10';
const HASH_OIDS: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

export interface Signed {
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
}

/** The hash of a signature algorithm, such as `sha256`; its own name for EdDSA; null for one that is not known. */
export function hashOf(signatureAlgorithm: Uint8Array): string | null {
  const { oid, parameters } = readAlgorithm(signatureAlgorithm);
  if (oid === PSS) return pssParameters(parameters).hash;
  return oid in HASH ? (HASH[oid] ?? 'its own') : null;
}

/** Was it signed with the private half of `spki`? False for algorithms that we do not know. */
export function isSignedWith({ tbs, signatureAlgorithm, signature }: Signed, spki: Uint8Array): boolean {
  try {
    const { oid, parameters } = readAlgorithm(signatureAlgorithm);
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    if (oid === PSS) return verifyPss(tbs, signature, key, parameters);
    const type = KEY_TYPES.find(([pattern]) => pattern.test(oid))?.[1];
    const hash = HASH[oid];
    if (hash === undefined || type !== key.asymmetricKeyType) return false;
    return verify(hash, tbs, key, signature);
  } catch {
    return false;
  }
}

function verifyPss(tbs: Uint8Array, signature: Uint8Array, key: KeyObject, parameters: Uint8Array): boolean {
  if (key.asymmetricKeyType !== 'rsa' && key.asymmetricKeyType !== 'rsa-pss') return false;
  const { hash, saltLength } = pssParameters(parameters);
  return hash !== null && verify(hash, tbs, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature);
}

function readAlgorithm(whole: Uint8Array): { readonly oid: string; readonly parameters: Uint8Array } {
  const [id, parameters, more] = membersOf(readOne(whole, TAG.sequence, 'an algorithm'), TAG.sequence, 'an algorithm');
  if (more) throw new DerError('an algorithm with more than one set of parameters');
  return { oid: readOid(id), parameters: parameters?.whole ?? new Uint8Array() };
}

/** RFC 4055, 3.1: SHA-1 and 20 octets of salt are the defaults. */
function pssParameters(parameters: Uint8Array): { readonly hash: string | null; readonly saltLength: number } {
  const parts = parameters.length > 0 ? membersOf(readOne(parameters, TAG.sequence, 'PSS parameters'), TAG.sequence, 'PSS parameters') : [];
  const [hash] = parts.filter(({ tag }) => tag === context(0)).flatMap(({ content }) => readAll(content));
  const [salt] = parts.filter(({ tag }) => tag === context(2)).flatMap(({ content }) => readAll(content));
  return {
    hash: hash ? (HASH_OIDS[readAlgorithm(hash.whole).oid] ?? null) : 'sha1',
    saltLength: salt ? readSmallInteger(salt.content) : 20,
  };
}

/** Type and size of a public key: `rsa` bits, `ec` with its curve. Null for a key that cannot be read. */
export function describeKey(
  spki: Uint8Array,
): { readonly type: string; readonly bits: number | null; readonly curve: string | null } | null {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
    return { type: key.asymmetricKeyType ?? 'unknown', bits: modulusLength ?? null, curve: namedCurve ?? null };
  } catch {
    return null;
  }
}

/**
 * A DSA key without parameters takes those of its issuer (RFC 3279, 2.3.2): the SPKI with the issuer's put in; otherwise the
 * SPKI as it is.
 */
export function withInheritedParameters(spki: Uint8Array, issuerSpki: Uint8Array): Uint8Array {
  const [algorithm, key] = membersOf(readOne(spki, TAG.sequence, 'a public key'), TAG.sequence, 'a public key');
  const { oid, parameters } = readAlgorithm(algorithm?.whole ?? new Uint8Array());
  const [issuerAlgorithm] = membersOf(readOne(issuerSpki, TAG.sequence, 'a public key'), TAG.sequence, 'a public key');
  const missing = parameters.length === 0 || hex(parameters) === '0500';
  if (oid !== '1.2.840.10040.4.1' || !missing || !issuerAlgorithm || !key) return spki;
  return sequence(issuerAlgorithm.whole, key.whole);
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([TAG.sequence, ...length]), content]);
}
