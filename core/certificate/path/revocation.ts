/** Is a certificate revoked, by the lists at hand (RFC 5280, 6.3)? "Not known" is an answer, and never "good". */
import type { CertificateBody } from './certificate-body.ts';
import { context, type Der, membersOf, readAll, readOne, TAG } from './der-reader.ts';
import { basicConstraints, keyUsage, OID, subjectKeyIdentifier } from './extensions.ts';
import { type Name, sameName } from './name.ts';
import {
  directoryName,
  nameKey,
  type PointNames,
  REASONS,
  type Reason,
  type RevocationList,
  readPoint,
  readReasons,
} from './revocation-list.ts';
import { isSignedWith } from './signature.ts';

export type RevocationStatus =
  | { readonly status: 'good' }
  | { readonly status: 'revoked'; readonly at: number; readonly reason: string }
  /** Reasons that no usable list covers. */
  | { readonly status: 'unknown'; readonly why: string };

/** Has a certificate signed it that may, and that is trusted for it? */
export type TrustsList = (list: RevocationList) => boolean;

interface Point {
  readonly names: PointNames | null;
  readonly reasons: ReadonlySet<Reason> | null;
  /** Who issues the list, where that is not the certificate's issuer. */
  readonly listIssuer: Name | null;
  readonly listIssuerKeys: ReadonlySet<string>;
}

const ALL_REASONS: ReadonlySet<Reason> = new Set(REASONS.slice(1));

export function revocationStatus(
  body: CertificateBody,
  lists: readonly RevocationList[],
  at: number,
  isTrusted: TrustsList,
): RevocationStatus {
  const covered = new Set<Reason>();
  const why: string[] = [];
  const fallback: Point = { names: null, reasons: null, listIssuer: null, listIssuerKeys: new Set() };
  // The newest first, so that nobody asks who signed what is superseded.
  const complete = lists.filter(({ baseNumber }) => baseNumber === null).toSorted(byAge);
  for (const point of [...pointsOf(body), fallback]) {
    const usable: RevocationList[] = [];
    // Reasons that are covered already end nothing: another list may still say "revoked".
    for (const list of complete) {
      const unfit = unfitness(body, point, list, point === fallback);
      if (unfit === 'other' || usable.some((newer) => supersedes(newer, list))) continue;
      const problem = unfit ?? usability(list, at, isTrusted);
      if (problem) {
        why.push(`the list of ${list.issuer.text} ${problem}`);
        continue;
      }
      usable.push(list);
      const found = statusIn(body, list, deltaOf(list, lists, at, isTrusted));
      if (found) return found;
      for (const reason of intersect(point.reasons ?? ALL_REASONS, list.scope.reasons ?? ALL_REASONS)) covered.add(reason);
    }
  }
  if (isCovered(covered)) return { status: 'good' };
  const open =
    covered.size === 0
      ? `no usable revocation list of ${body.issuer.text}`
      : `no list for ${[...ALL_REASONS].filter((reason) => !covered.has(reason)).join(', ')}`;
  return { status: 'unknown', why: [open, ...new Set(why)].join('; ') };
}

/**
 * Is `newer` a later edition of the same list (RFC 5280, 5.2.3)? Where time and number contradict each other, as after a change of
 * keys, it is not: then both count.
 */
function supersedes(newer: RevocationList, list: RevocationList): boolean {
  if (!sameName(newer.issuer, list.issuer) || newer.scope.encoded !== list.scope.encoded || newer.authorityKey !== list.authorityKey)
    return false;
  const byTime = newer.thisUpdate - list.thisUpdate;
  const byNumber = newer.number === null || list.number === null ? 0 : Number(newer.number - list.number);
  return byTime >= 0 && byNumber >= 0 && byTime + byNumber > 0;
}

const byAge = (a: RevocationList, b: RevocationList): number => b.thisUpdate - a.thisUpdate || Number((b.number ?? 0n) - (a.number ?? 0n));

const isCovered = (covered: ReadonlySet<Reason>): boolean => [...ALL_REASONS].every((reason) => covered.has(reason));

function intersect(a: ReadonlySet<Reason>, b: ReadonlySet<Reason>): Set<Reason> {
  return new Set([...a].filter((reason) => b.has(reason)));
}

/** Distribution points of the certificate (RFC 5280, 4.2.1.13). */
function pointsOf(body: CertificateBody): Point[] {
  const found = body.extensions.get(OID.crlDistributionPoints);
  if (!found) return [];
  return membersOf(readOne(found.value, TAG.sequence, 'distribution points'), TAG.sequence, 'distribution points').map((one) => {
    const parts = membersOf(one, TAG.sequence, 'a distribution point');
    const part = (n: number, constructed = true): Der | undefined => parts.find(({ tag }) => tag === context(n, constructed));
    const issuers = part(2) ? readAll((part(2) as Der).content) : [];
    const listIssuer = directoryName(issuers);
    const [name, reasons] = [part(0), part(1, false)];
    return {
      names: name ? readPoint(name, listIssuer ?? body.issuer) : null,
      reasons: reasons ? readReasons(reasons) : null,
      listIssuer,
      listIssuerKeys: new Set(issuers.map(nameKey)),
    };
  });
}

/** `other`: the list is about something else. A text: it is about this, and cannot be used. Null: it fits (6.3.3 b). */
function unfitness(body: CertificateBody, point: Point, list: RevocationList, isFallback: boolean): string | 'other' | null {
  const { scope } = list;
  if (!sameName(list.issuer, point.listIssuer ?? body.issuer)) return 'other';
  if (point.listIssuer && !sameName(point.listIssuer, body.issuer) && !scope.indirect) return 'other';
  if (scope.points) {
    const wanted = isFallback ? new Set([`directory:${body.issuer.rdns.join('/')}`]) : (point.names ?? point.listIssuerKeys);
    if (![...wanted].some((name) => scope.points?.has(name))) return 'other';
  }
  const isAuthority = basicConstraints(body)?.authority ?? false;
  if (scope.users && isAuthority) return 'other';
  if (scope.authorities && !isAuthority) return 'other';
  return scope.attributes ? 'other' : null;
}

/** Time, extensions and signature of a list. */
function usability(list: RevocationList, at: number, isTrusted: TrustsList): string | null {
  if (list.notUnderstood !== null) return `has a critical extension that is not understood (${list.notUnderstood})`;
  if (list.thisUpdate > at) return 'is of the future';
  if (list.nextUpdate === null) return 'does not say when it ends';
  if (list.nextUpdate < at) return `ended at ${new Date(list.nextUpdate).toISOString()}`;
  return isTrusted(list) ? null : 'is signed by nobody who may sign it';
}

/** May this certificate sign lists, and has it signed this one? Whether it is trusted is another question. */
export function maySign(list: RevocationList, signer: CertificateBody): boolean {
  const usage = keyUsage(signer);
  return (usage === null || usage.includes('cRLSign')) && fitsKey(list, signer) && isSignedWith(list, signer.spki);
}

function fitsKey({ authorityKey }: RevocationList, signer: CertificateBody): boolean {
  const own = subjectKeyIdentifier(signer);
  return authorityKey === null || own === null || own === authorityKey;
}

/** The newest usable delta of a complete list (6.3.3 c), or null. */
function deltaOf(base: RevocationList, lists: readonly RevocationList[], at: number, isTrusted: TrustsList): RevocationList | null {
  const fitting = lists.filter(
    ({ baseNumber, number, issuer, scope, authorityKey }) =>
      baseNumber !== null &&
      number !== null &&
      base.number !== null &&
      sameName(issuer, base.issuer) &&
      scope.encoded === base.scope.encoded &&
      authorityKey === base.authorityKey &&
      baseNumber <= base.number &&
      base.number < number,
  );
  return (
    fitting
      .filter((delta) => usability(delta, at, isTrusted) === null)
      .toSorted((a, b) => Number((b.number ?? 0n) - (a.number ?? 0n)))[0] ?? null
  );
}

/** Revoked, or null for not listed. A delta speaks last. */
function statusIn(body: CertificateBody, list: RevocationList, delta: RevocationList | null): RevocationStatus | null {
  const find = (from: RevocationList) =>
    from.entries.findLast(({ serial, issuer }) => serial === body.serial && sameName(issuer, body.issuer));
  const entry = (delta && find(delta)) ?? find(list);
  if (!entry || entry.reason === 'removeFromCRL') return null;
  return { status: 'revoked', at: entry.at, reason: entry.reason };
}
