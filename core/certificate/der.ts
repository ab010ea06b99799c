/** Reads the few parts of a certificate's DER that `node:crypto` does not give: names as bytes, key usage, path length (X.690, RFC 5280). */
import { KEY_USAGES } from './key-usages.ts';

/** One DER value: its tag, its content, and its bytes including tag and length. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

/** The values that lie one after the other in `bytes`. Throws `RangeError` when a length does not fit. */
export function derValues(bytes: Uint8Array): DerValue[] {
  const values: DerValue[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const tag = byteAt(bytes, at++);
    let length = byteAt(bytes, at++);
    if (length === 0x80 || length > 0x84) throw new RangeError('DER length is not definite or too long');
    if (length > 0x80) {
      const digits = length - 0x80;
      length = 0;
      for (let i = 0; i < digits; i++) length = length * 256 + byteAt(bytes, at++);
    }
    if (at + length > bytes.length) throw new RangeError('DER value is longer than its container');
    values.push({ tag, content: bytes.subarray(at, at + length), whole: bytes.subarray(start, at + length) });
    at += length;
  }
  return values;
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError('DER ends in the middle of a value');
  return byte;
}

/** Dotted text of an OBJECT IDENTIFIER's content. */
export function oidText(content: Uint8Array): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (numbers.length === 0) {
      const first = Math.min(Math.floor(number / 40), 2);
      numbers.push(first, number - first * 40);
    } else numbers.push(number);
    number = 0;
  }
  return numbers.join('.');
}

/** What the certificate's body says beyond `node:crypto`'s own fields. */
export interface CertificateBody {
  /** DER of issuer and subject, hex: names are compared as bytes. */
  readonly issuerDer: string;
  readonly subjectDer: string;
  readonly spki: Uint8Array;
  readonly signatureOid: string;
  /** Key-usage names, `null` when the extension is absent. */
  readonly keyUsage: readonly string[] | null;
  /** Extended key usage OIDs, `null` when the extension is absent. */
  readonly extendedKeyUsage: readonly string[] | null;
  readonly pathLength: number | null;
}

const SEQUENCE = 0x30;
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const EXPLICIT_VERSION = 0xa0;
const EXPLICIT_EXTENSIONS = 0xa3;

/** Reads a certificate's DER. Throws `RangeError` when it is no certificate. */
export function readCertificateBody(der: Uint8Array): CertificateBody {
  const certificate = only(derValues(der), SEQUENCE);
  const [tbs] = derValues(certificate.content);
  if (tbs?.tag !== SEQUENCE) throw new RangeError('not a certificate: no body');
  const parts = derValues(tbs.content);
  const rest = parts[0]?.tag === EXPLICIT_VERSION ? parts.slice(1) : parts;
  const [, signature, issuer, , subject, spki] = rest;
  if (!signature || !issuer || !subject || !spki) throw new RangeError('not a certificate: parts are missing');
  const extensions = readExtensions(rest.find((part) => part.tag === EXPLICIT_EXTENSIONS));
  const constraints = extensions.get('2.5.29.19');
  const usage = extensions.get('2.5.29.15');
  const extended = extensions.get('2.5.29.37');
  return {
    issuerDer: hex(issuer.whole),
    subjectDer: hex(subject.whole),
    spki: spki.whole,
    signatureOid: oidText(derValues(signature.content)[0]?.content ?? new Uint8Array()),
    keyUsage: usage ? readKeyUsage(usage) : null,
    extendedKeyUsage: extended ? derValues(only(derValues(extended), SEQUENCE).content).map((value) => oidText(value.content)) : null,
    pathLength: constraints ? readPathLength(constraints) : null,
  };
}

function readExtensions(part: DerValue | undefined): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  if (!part) return found;
  for (const extension of derValues(only(derValues(part.content), SEQUENCE).content)) {
    const fields = derValues(extension.content);
    const id = fields[0];
    // The optional `critical` flag stands between the id and the value.
    const value = fields[1]?.tag === BOOLEAN ? fields[2] : fields[1];
    if (id && value) found.set(oidText(id.content), value.content);
  }
  return found;
}

function readKeyUsage(extension: Uint8Array): string[] {
  const bits = derValues(extension)[0]?.content.subarray(1) ?? new Uint8Array();
  return KEY_USAGES.filter((_, i) => ((bits[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0);
}

function readPathLength(extension: Uint8Array): number | null {
  const length = derValues(only(derValues(extension), SEQUENCE).content).find((value) => value.tag === INTEGER);
  return length ? length.content.reduce((sum, byte) => sum * 256 + byte, 0) : null;
}

function only(values: readonly DerValue[], tag: number): DerValue {
  const [value] = values;
  if (values.length !== 1 || value?.tag !== tag) throw new RangeError('DER is not what a certificate has here');
  return value;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
