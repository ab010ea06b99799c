/** A revocation list (RFC 5280, 5), read strictly. */
import type { Extension } from './certificate-body.ts';
import { readExtensionList, readExtensions } from './certificate-body.ts';
import {
  context,
  type Der,
  DerError,
  hex,
  membersOf,
  readAll,
  readBitBytes,
  readBits,
  readBoolean,
  readInteger,
  readOne,
  readTime,
  TAG,
} from './der-reader.ts';
import { OID } from './extensions.ts';
import { type Name, readName, readRdn } from './name.ts';

export const REASONS = [
  'unused',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'privilegeWithdrawn',
  'aACompromise',
] as const;
export type Reason = (typeof REASONS)[number];
const REASON_CODES: Readonly<Record<number, string>> = {
  0: 'unspecified',
  1: 'keyCompromise',
  2: 'cACompromise',
  3: 'affiliationChanged',
  4: 'superseded',
  5: 'cessationOfOperation',
  6: 'certificateHold',
  8: 'removeFromCRL',
  9: 'privilegeWithdrawn',
  10: 'aACompromise',
};

/** Names of a distribution point, as texts that are equal for equal names. */
export type PointNames = ReadonlySet<string>;

export interface Entry {
  readonly serial: bigint;
  readonly at: number;
  readonly reason: string;
  /** Whose certificate it is: the list's issuer, or in an indirect list the one last named. */
  readonly issuer: Name;
}

export interface RevocationList {
  readonly issuer: Name;
  readonly thisUpdate: number;
  readonly nextUpdate: number | null;
  readonly entries: readonly Entry[];
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  /** A critical extension, of the list or of an entry, that is not understood: then the list proves nothing. */
  readonly notUnderstood: string | null;
  readonly number: bigint | null;
  /** Number of the complete list that this one adds to; null for a complete list. */
  readonly baseNumber: bigint | null;
  readonly authorityKey: string | null;
  readonly scope: Scope;
}

/** The issuing distribution point (RFC 5280, 5.2.5). */
export interface Scope {
  /** Null: every point of its issuer. */
  readonly points: PointNames | null;
  readonly users: boolean;
  readonly authorities: boolean;
  readonly attributes: boolean;
  readonly indirect: boolean;
  /** Null: all reasons. */
  readonly reasons: ReadonlySet<Reason> | null;
  /** As encoded, for comparing a delta with its base. */
  readonly encoded: string;
}

const LIST_UNDERSTOOD: ReadonlySet<string> = new Set([
  OID.crlNumber,
  OID.deltaCrlIndicator,
  OID.issuingDistributionPoint,
  OID.authorityKeyIdentifier,
]);
const ENTRY_UNDERSTOOD: ReadonlySet<string> = new Set([OID.reasonCode, OID.certificateIssuer]);

/** Reads one list. Throws {@link DerError}. */
export function readRevocationList(der: Uint8Array): RevocationList {
  const [tbs, algorithm, signature, more] = membersOf(readOne(der, TAG.sequence, 'a revocation list'), TAG.sequence, 'a revocation list');
  if (!tbs || !algorithm || more) throw new DerError('a revocation list with other than three parts');
  const parts = membersOf(tbs, TAG.sequence, 'a list’s body');
  const rest = parts[0]?.tag === TAG.integer ? parts.slice(1) : parts;
  const [inner, issuerName, thisUpdate, ...later] = rest;
  if (!inner || hex(inner.whole) !== hex(algorithm.whole)) throw new DerError('a list whose signature algorithms differ');
  const issuer = readName(issuerName);
  const hasNext = later[0]?.tag === TAG.utcTime || later[0]?.tag === TAG.generalizedTime;
  const listed = later.find(({ tag }) => tag === TAG.sequence);
  const { extensions } = readExtensions(later.find(({ tag }) => tag === context(0)));
  const { entries, unknown } = readEntries(listed, issuer);
  const critical = [...extensions].find(([id, extension]) => extension.critical && !LIST_UNDERSTOOD.has(id))?.[0];
  const integer = (id: string): bigint | null => {
    const found = extensions.get(id);
    return found ? readInteger(readOne(found.value, TAG.integer, 'a number of a list').content) : null;
  };
  return {
    issuer,
    thisUpdate: readTime(thisUpdate),
    nextUpdate: hasNext ? readTime(later[0]) : null,
    entries,
    tbs: tbs.whole,
    signature: readBitBytes(signature),
    signatureAlgorithm: algorithm.whole,
    notUnderstood: critical ?? unknown,
    number: integer(OID.crlNumber),
    baseNumber: integer(OID.deltaCrlIndicator),
    authorityKey: authorityKey(extensions.get(OID.authorityKeyIdentifier)),
    scope: readScope(extensions.get(OID.issuingDistributionPoint), issuer),
  };
}

function authorityKey(extension: Extension | undefined): string | null {
  if (!extension) return null;
  const key = membersOf(readOne(extension.value, TAG.sequence, 'an authority key identifier'), TAG.sequence, 'it').find(
    ({ tag }) => tag === context(0, false),
  );
  return key ? hex(key.content) : null;
}

function readEntries(listed: Der | undefined, issuer: Name): { readonly entries: Entry[]; readonly unknown: string | null } {
  const entries: Entry[] = [];
  let unknown: string | null = null;
  let of = issuer;
  for (const one of listed ? readAll(listed.content) : []) {
    const [serial, at, list] = membersOf(one, TAG.sequence, 'an entry');
    if (serial?.tag !== TAG.integer) throw new DerError('an entry without a serial number');
    const { extensions } = list ? readExtensionList(list) : { extensions: new Map<string, Extension>() };
    const critical = [...extensions].find(([id, extension]) => extension.critical && !ENTRY_UNDERSTOOD.has(id))?.[0];
    unknown ??= critical ?? null;
    const named = extensions.get(OID.certificateIssuer);
    // It holds for the entries after it too (RFC 5280, 5.3.3).
    if (named) of = directoryName(readAll(readOne(named.value, TAG.sequence, 'a certificate issuer').content)) ?? of;
    const reason = extensions.get(OID.reasonCode);
    const code = reason ? (readOne(reason.value, TAG.enumerated, 'a reason').content[0] ?? 0) : 0;
    entries.push({ serial: readInteger(serial.content), at: readTime(at), reason: REASON_CODES[code] ?? 'unspecified', issuer: of });
  }
  return { entries, unknown };
}

export function directoryName(names: readonly Der[]): Name | null {
  const found = names.find(({ tag }) => tag === context(4));
  return found ? readName(readOne(found.content, TAG.sequence, 'a directory name')) : null;
}

/** DistributionPointName: full names, or a name relative to the issuer. */
export function readPoint(point: Der, issuer: Name): PointNames {
  const [choice] = readAll(point.content);
  if (choice?.tag === context(0)) return new Set(readAll(choice.content).map(nameKey));
  if (choice?.tag !== context(1)) throw new DerError('a distribution point of an unknown form');
  const { key } = readRdn({ ...choice, tag: TAG.set });
  return new Set([`directory:${[...issuer.rdns, key].join('/')}`]);
}

/** Equal for equal general names. */
export function nameKey(name: Der): string {
  return name.tag === context(4)
    ? `directory:${readName(readOne(name.content, TAG.sequence, 'a directory name')).rdns.join('/')}`
    : hex(name.whole);
}

export function readReasons(value: Der): ReadonlySet<Reason> {
  const bits = readBits(value);
  return new Set(REASONS.filter((_, i) => i > 0 && bits[i]));
}

function readScope(extension: Extension | undefined, issuer: Name): Scope {
  const parts = extension ? membersOf(readOne(extension.value, TAG.sequence, 'an issuing distribution point'), TAG.sequence, 'it') : [];
  const part = (n: number, constructed = false): Der | undefined => parts.find(({ tag }) => tag === context(n, constructed));
  const flag = (n: number): boolean => {
    const found = part(n);
    return found !== undefined && readBoolean({ ...found, tag: TAG.boolean });
  };
  const point = part(0, true);
  const reasons = part(3);
  return {
    points: point ? readPoint(point, issuer) : null,
    users: flag(1),
    authorities: flag(2),
    indirect: flag(4),
    attributes: flag(5),
    reasons: reasons ? readReasons(reasons) : null,
    encoded: extension ? hex(extension.value) : '',
  };
}
