/**
 * Searches bytes for private keys in every form in which one leaks by accident: raw, hex, base64 and base64url at their
 * three offsets, lines of a PEM body, across line ends and JSON escapes, and inside gzip, zlib, zip and base64 in any nesting.
 */
import { createHash, type KeyObject } from 'node:crypto';
import { constants, inflateRawSync, inflateSync } from 'node:zlib';

/** What must not be found. `needles` are byte strings, any one of which gives it away. */
export interface Secret {
  readonly name: string;
  readonly needles: readonly Needle[];
}

export interface Needle {
  readonly form: string;
  readonly bytes: Buffer;
}

export interface Found {
  readonly secret: string;
  readonly form: string;
  /** Containers around it, outermost first, such as `base64 > gzip`; empty when it lay open. */
  readonly inside: string;
}

/** Shorter ones would be found by chance. */
const SHORTEST = 12;
const DEEPEST = 5;
const LARGEST_UNPACKED = 64 * 1024 * 1024;

/** Every way to write some bytes down. At offsets 1 and 2 of base64 only the characters that these bytes alone decide count. */
export function formsOf(bytes: Buffer): Needle[] {
  const hex = bytes.toString('hex');
  const colons = (hex.match(/../g) ?? []).join(':');
  const forms: [string, Buffer | string][] = [
    ['raw', bytes],
    ['hex', hex],
    ['HEX', hex.toUpperCase()],
    ['hex with colons', colons],
    ['HEX with colons', colons.toUpperCase()],
  ];
  for (const offset of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const sure = text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    forms.push([`base64 at offset ${offset}`, sure], [`base64url at offset ${offset}`, sure.replaceAll('+', '-').replaceAll('/', '_')]);
  }
  return forms.map(([form, needle]) => ({ form, bytes: Buffer.from(needle as string) }));
}

/** The numbers of a private key that are secret (an EC scalar; an RSA exponent and its primes), and the lines of its PEM. */
export function secretOfKey(name: string, key: KeyObject): Secret {
  const { d, p, q } = key.export({ format: 'jwk' });
  const numbers = [d, p, q].flatMap((number) => (number === undefined ? [] : formsOf(Buffer.from(number, 'base64url'))));
  const pems = [
    key.export({ format: 'pem', type: 'pkcs8' }),
    ...(key.asymmetricKeyType === 'ec' ? [key.export({ format: 'pem', type: 'sec1' })] : []),
  ];
  return { name, needles: [...numbers, ...pems.flatMap((pem) => linesOfPem(String(pem)))] };
}

/** Whole lines of a PEM body; of the last one too, when it is long enough to be nobody else's. The first holds little but the algorithm. */
export function linesOfPem(pem: string): Needle[] {
  const body = pem.split('\n').filter((line) => line !== '' && !line.startsWith('-'));
  return body
    .slice(1)
    .filter((line) => line.length >= 40)
    .map((line) => ({ form: 'line of a PEM', bytes: Buffer.from(line) }));
}

/** A text such as a password, as it is and in the forms of its bytes. */
export const secretOfText = (name: string, text: string): Secret => ({ name, needles: formsOf(Buffer.from(text)) });

/** Secrets made ready to be looked for together: one pass over the bytes, however many there are. */
export class Scanner {
  readonly #starts = new Map<number, { readonly secret: string; readonly needle: Needle }[]>();
  readonly #known = new Uint8Array(65_536);
  readonly #seen = new Set<string>();
  /** Bytes looked at, unpacked ones included. */
  bytes = 0;

  constructor(secrets: readonly Secret[]) {
    for (const { name, needles } of secrets) {
      for (const needle of needles) {
        if (needle.bytes.length < SHORTEST)
          throw new RangeError(`a needle of ${name} (${needle.form}) has ${needle.bytes.length} bytes, fewer than ${SHORTEST}`);
        const start = needle.bytes.readUInt32BE(0);
        this.#known[start & 0xffff] = 1;
        this.#starts.set(start, [...(this.#starts.get(start) ?? []), { secret: name, needle }]);
      }
    }
  }

  /** What of the secrets is in `content`. Content that was looked at before in the same nesting is not looked at again. */
  scan(content: Buffer | string, inside: readonly string[] = []): Found[] {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const key = `${inside.join('>')} ${createHash('sha256').update(bytes).digest('base64')}`;
    if (this.#seen.has(key)) return [];
    this.#seen.add(key);
    const found = this.#search(bytes, inside);
    if (inside.length < DEEPEST) {
      for (const [container, unpacked] of contained(bytes)) found.push(...this.scan(unpacked, [...inside, container]));
    }
    return found;
  }

  #search(bytes: Buffer, inside: readonly string[]): Found[] {
    this.bytes += bytes.length;
    const found: Found[] = [];
    let last = 0;
    for (let index = 0; index < bytes.length; index += 1) {
      last = ((last << 8) | (bytes[index] as number)) >>> 0;
      if (this.#known[last & 0xffff] === 0) continue;
      for (const { secret, needle } of this.#starts.get(last) ?? []) {
        const from = index - 3;
        if (bytes.subarray(from, from + needle.bytes.length).equals(needle.bytes))
          found.push({ secret, form: needle.form, inside: inside.join(' > ') });
      }
    }
    return found;
  }
}

/** Everything packed in some bytes, with the name of its container. */
function* contained(bytes: Buffer): Generator<[string, Buffer]> {
  const text = bytes.toString('latin1');
  // Line ends, and the backslashes of JSON in JSON, tear base64 apart.
  const joined = text.replaceAll(/\\+[nrt]|[\s\\]/g, '');
  if (joined.length !== text.length) yield ['joined lines', Buffer.from(joined, 'latin1')];
  for (const [field] of text.matchAll(/[A-Za-z0-9+/]{24,}|[A-Za-z0-9_-]{24,}/g)) yield ['base64', Buffer.from(field, 'base64')];
  yield* unpackedAt(bytes, Buffer.from([0x1f, 0x8b, 0x08]), 'gzip', gunzipMember);
  yield* unpackedAt(bytes, Buffer.from('PK\x03\x04'), 'zip', unzipMember);
  for (const level of [0x01, 0x5e, 0x9c, 0xda])
    yield* unpackedAt(bytes, Buffer.from([0x78, level]), 'zlib', (packed) => inflateSync(packed, UNPACK));
}

/** A stream that was cut off gives what it had. */
const UNPACK = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: LARGEST_UNPACKED } as const;

function* unpackedAt(bytes: Buffer, magic: Buffer, name: string, unpack: (packed: Buffer) => Buffer): Generator<[string, Buffer]> {
  for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    try {
      const unpacked = unpack(bytes.subarray(at));
      if (unpacked.length > 0) yield [name, unpacked];
    } catch {
      // Bytes that only looked like it.
    }
  }
}

/** One gzip member by its header (RFC 1952); `gunzipSync` would refuse what follows it. */
function gunzipMember(bytes: Buffer): Buffer {
  const flags = bytes.readUInt8(3);
  let at = 10;
  if (flags & 0x04) at += 2 + bytes.readUInt16LE(at);
  for (const textFlag of [0x08, 0x10]) if (flags & textFlag) at = bytes.indexOf(0, at) + 1;
  if (flags & 0x02) at += 2;
  return inflateRawSync(bytes.subarray(at), UNPACK);
}

/** One member of a zip by its local header; stored ones lie open and are found anyhow. */
function unzipMember(bytes: Buffer): Buffer {
  const [method, nameLength, extraLength] = [bytes.readUInt16LE(8), bytes.readUInt16LE(26), bytes.readUInt16LE(28)];
  return method === 8 ? inflateRawSync(bytes.subarray(30 + nameLength + extraLength), UNPACK) : Buffer.alloc(0);
}
