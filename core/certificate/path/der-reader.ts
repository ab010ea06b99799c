/** Strict DER (X.690, 10 and 11): definite and shortest lengths, one-byte tags, nothing after the end. What is not exactly so is refused. */

/** Bytes that are no DER, or no structure of RFC 5280. The message says what and where. */
export class DerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DerError';
  }
}

/** One value: tag, content, and its bytes including tag and length. */
export interface Der {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8: 0x0c,
  printable: 0x13,
  teletex: 0x14,
  ia5: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universal: 0x1c,
  bmp: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A context tag: `[n]` of primitive or constructed form. */
export const context = (n: number, constructed = true): number => 0x80 | (constructed ? 0x20 : 0) | n;

/** The values that lie one after the other in `bytes`. Throws {@link DerError}. */
export function readAll(bytes: Uint8Array): Der[] {
  const values: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    const value = readAt(bytes, at);
    values.push(value);
    at += value.whole.length;
  }
  return values;
}

function readAt(bytes: Uint8Array, start: number): Der {
  const tag = byte(bytes, start);
  if ((tag & 0x1f) === 0x1f) throw new DerError('a tag of more than one byte');
  const first = byte(bytes, start + 1);
  let at = start + 2;
  let length = first;
  if (first >= 0x80) {
    const digits = first - 0x80;
    if (digits === 0 || digits > 4) throw new DerError('a length that is indefinite or too long');
    length = 0;
    for (let i = 0; i < digits; i++) length = length * 256 + byte(bytes, at++);
    if (length < 0x80 || length < 256 ** (digits - 1)) throw new DerError('a length that is not the shortest');
  }
  if (at + length > bytes.length) throw new DerError('a value that is longer than its container');
  return { tag, content: bytes.subarray(at, at + length), whole: bytes.subarray(start, at + length) };
}

function byte(bytes: Uint8Array, at: number): number {
  const found = bytes[at];
  if (found === undefined) throw new DerError('an end in the middle of a value');
  return found;
}

/** The one value that `bytes` are; bytes after it are refused. */
export function readOne(bytes: Uint8Array, tag: number, what: string): Der {
  const value = bytes.length > 0 ? readAt(bytes, 0) : undefined;
  if (value?.tag !== tag) throw new DerError(`${what}: tag ${value?.tag ?? 'none'} instead of ${tag}`);
  if (value.whole.length !== bytes.length) throw new DerError(`${what}: ${bytes.length - value.whole.length} bytes after its end`);
  return value;
}

/** The members of a SEQUENCE or SET. */
export function membersOf(value: Der | undefined, tag: number, what: string): Der[] {
  if (value?.tag !== tag) throw new DerError(`${what}: tag ${value?.tag ?? 'none'} instead of ${tag}`);
  return readAll(value.content);
}

export function readBoolean(value: Der): boolean {
  const [content, more] = value.content;
  if (value.tag !== TAG.boolean || more !== undefined || (content !== 0 && content !== 0xff))
    throw new DerError('a BOOLEAN that is neither 00 nor FF');
  return content === 0xff;
}

/** A non-negative INTEGER below 2^31. */
export function readSmallInteger(content: Uint8Array): number {
  const value = readInteger(content);
  if (value < 0n || value > 0x7fffffffn) throw new DerError('an INTEGER out of range');
  return Number(value);
}

/** An INTEGER of any size, with its sign; the encoding must be the shortest (X.690, 8.3.2). */
export function readInteger(content: Uint8Array): bigint {
  const [first, second] = content;
  if (first === undefined) throw new DerError('an INTEGER without content');
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)))
    throw new DerError('an INTEGER that is not the shortest');
  const unsigned = BigInt(`0x${hex(content)}`);
  return first >= 0x80 ? unsigned - (1n << BigInt(8 * content.length)) : unsigned;
}

/** Bits of a BIT STRING, the first bit first. */
export function readBits(value: Der): boolean[] {
  const [unused = 8, ...bytes] = value.content;
  if (value.tag !== TAG.bitString && value.tag < 0x80) throw new DerError('not a BIT STRING');
  if (unused > 7 || (bytes.length === 0 && unused > 0)) throw new DerError('a BIT STRING with a wrong number of unused bits');
  return bytes.flatMap((one) => Array.from({ length: 8 }, (_, i) => (one & (0x80 >> i)) !== 0)).slice(0, bytes.length * 8 - unused);
}

/** Bytes of a BIT STRING that holds whole ones. */
export function readBitBytes(value: Der | undefined): Uint8Array {
  if (value?.tag !== TAG.bitString || value.content[0] !== 0) throw new DerError('not a BIT STRING of whole bytes');
  return value.content.subarray(1);
}

/** Dotted text of an OBJECT IDENTIFIER. */
export function readOid(value: Der | undefined): string {
  if (value?.tag !== TAG.oid || value.content.length === 0) throw new DerError('not an OBJECT IDENTIFIER');
  const numbers: bigint[] = [];
  let number = 0n;
  let started = false;
  for (const one of value.content) {
    if (!started && one === 0x80) throw new DerError('an OBJECT IDENTIFIER that is not the shortest');
    number = number * 128n + BigInt(one & 0x7f);
    started = (one & 0x80) !== 0;
    if (started) continue;
    if (numbers.length === 0) {
      const first = number < 80n ? number / 40n : 2n;
      numbers.push(first, number - first * 40n);
    } else numbers.push(number);
    number = 0n;
  }
  if (started) throw new DerError('an OBJECT IDENTIFIER that has no end');
  return numbers.join('.');
}

/** UTCTime or GeneralizedTime as RFC 5280, 4.1.2.5 allows them: to the second, in Zulu time. Gives ms since the epoch. */
export function readTime(value: Der | undefined): number {
  const text = latin(value?.content ?? new Uint8Array());
  const isUtc = value?.tag === TAG.utcTime;
  const found = (isUtc ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(text);
  if (!found || (!isUtc && value?.tag !== TAG.generalizedTime))
    throw new DerError(`a time that is not to the second in Zulu time: ${JSON.stringify(text.slice(0, 20))}`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number);
  const whole = isUtc ? (year < 50 ? 2000 + year : 1900 + year) : year;
  const date = new Date(0);
  date.setUTCFullYear(whole, month - 1, day);
  date.setUTCHours(hour, minute, second);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    throw new DerError(`no date: ${text}`);
  return date.getTime();
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
