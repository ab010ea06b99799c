/** Distinguished names as they are compared (RFC 5280, 7.1) and as people read them. */
import { type Der, DerError, hex, latin, membersOf, readOid, TAG } from './der-reader.ts';

/** One relative distinguished name after the other, each in a form in which equal names are equal texts. */
export interface Name {
  readonly rdns: readonly string[];
  /** As people read it, such as `CN=node1, O=Payments`. */
  readonly text: string;
  /** Values of emailAddress (PKCS #9), which name constraints also bind (RFC 5280, 4.2.1.10). */
  readonly emails: readonly string[];
}

const SHORT: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.25': 'DC',
};
const EMAIL = '1.2.840.113549.1.9.1';

export function readName(value: Der | undefined): Name {
  const rdns: string[] = [];
  const texts: string[] = [];
  const emails: string[] = [];
  for (const rdn of membersOf(value, TAG.sequence, 'a name')) {
    const { key, shown, email } = readRdn(rdn);
    rdns.push(key);
    texts.push(shown);
    emails.push(...email);
  }
  return { rdns, text: texts.toReversed().join(', '), emails };
}

/** A RelativeDistinguishedName: a set of attributes, in any order. */
export function readRdn(rdn: Der): { readonly key: string; readonly shown: string; readonly email: readonly string[] } {
  const attributes = membersOf(rdn, TAG.set, 'a relative name').map((attribute) => {
    const [type, value] = membersOf(attribute, TAG.sequence, 'an attribute of a name');
    if (!value) throw new DerError('an attribute of a name without a value');
    const oid = readOid(type);
    const text = textOf(value);
    const key = `${oid}=${text === null ? `#${hex(value.whole)}` : folded(text)}`;
    return { key, shown: `${SHORT[oid] ?? oid}=${text ?? `#${hex(value.content)}`}`, email: oid === EMAIL && text !== null ? [text] : [] };
  });
  if (attributes.length === 0) throw new DerError('a relative name without an attribute');
  return {
    key: attributes
      .map(({ key }) => key)
      .toSorted()
      .join('+'),
    shown: attributes.map(({ shown }) => shown).join('+'),
    email: attributes.flatMap(({ email }) => email),
  };
}

export const sameName = (a: Name, b: Name): boolean => a.rdns.length === b.rdns.length && a.rdns.every((rdn, i) => rdn === b.rdns[i]);

/** Is `name` at or below `root` in the directory? */
export const isWithin = (name: Name, root: Name): boolean =>
  root.rdns.length <= name.rdns.length && root.rdns.every((rdn, i) => rdn === name.rdns[i]);

/** Text of a directory string, or null for a type that is compared byte by byte. */
function textOf({ tag, content }: Der): string | null {
  if (tag === TAG.printable || tag === TAG.teletex || tag === TAG.ia5) return latin(content);
  if (tag === TAG.utf8) return Buffer.from(content).toString('utf8');
  if (tag === TAG.bmp)
    return Buffer.from(content.length % 2 === 0 ? content : [])
      .swap16()
      .toString('utf16le');
  return null;
}

/** Case and white space do not count (RFC 4518, as far as RFC 5280, 7.1 needs it). */
function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}
