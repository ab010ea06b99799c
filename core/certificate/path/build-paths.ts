/** Paths from a leaf up to anchors (RFC 4158), the likely ones first, with a bound on the work that a hostile pool can cause. */
import type { CertificateBody } from './certificate-body.ts';
import { authorityKeyIdentifier, subjectKeyIdentifier } from './extensions.ts';
import { sameName } from './name.ts';

/** Deeper than any real hierarchy; PKITS has seven. */
const DEEPEST = 12;
/** Steps of the search, and paths that are judged. */
const MOST_STEPS = 4000;
const MOST_PATHS = 64;

export interface Paths {
  /** Each from the anchor down to the leaf. */
  readonly paths: readonly (readonly CertificateBody[])[];
  /** The search was given up before everything was tried. */
  readonly exhausted: boolean;
  /** How far the names lead upwards where no anchor is reached: the last certificates. */
  readonly ends: readonly CertificateBody[];
}

/** By names alone: signatures are judged with each path, so that a wrong one is told and not merely missed. */
export function buildPaths(leaf: CertificateBody, pool: readonly CertificateBody[], anchors: readonly CertificateBody[]): Paths {
  const trusted = new Set(anchors.map(({ fingerprint }) => fingerprint));
  const candidates = [...new Map([...anchors, ...pool].map((body) => [body.fingerprint, body])).values()];
  const paths: CertificateBody[][] = [];
  const ends: CertificateBody[] = [];
  let steps = 0;
  const extend = (downwards: readonly CertificateBody[]): void => {
    const [top] = downwards;
    if (!top || paths.length >= MOST_PATHS || ++steps > MOST_STEPS) return;
    if (trusted.has(top.fingerprint)) {
      paths.push([...downwards]);
      return;
    }
    const issuers = downwards.length < DEEPEST ? issuersOf(top, candidates).filter((one) => !repeats(one, downwards)) : [];
    if (issuers.length === 0) ends.push(top);
    for (const issuer of issuers) extend([issuer, ...downwards]);
  };
  extend([leaf]);
  return { paths, exhausted: steps > MOST_STEPS || paths.length >= MOST_PATHS, ends };
}

/** The same certificate, or another of the same name and key, leads nowhere new. */
function repeats(body: CertificateBody, path: readonly CertificateBody[]): boolean {
  return path.some(
    (one) => one.fingerprint === body.fingerprint || (sameName(one.subject, body.subject) && Buffer.compare(one.spki, body.spki) === 0),
  );
}

/** Those of the issuer's name; one whose key identifier fits comes first. */
function issuersOf(body: CertificateBody, candidates: readonly CertificateBody[]): CertificateBody[] {
  const wanted = identifier(() => authorityKeyIdentifier(body));
  const fits = (one: CertificateBody): number => (wanted !== null && identifier(() => subjectKeyIdentifier(one)) === wanted ? 0 : 1);
  return candidates.filter((one) => sameName(one.subject, body.issuer)).toSorted((a, b) => fits(a) - fits(b));
}

/** A key identifier that cannot be read helps nobody; the certificate is refused elsewhere for it. */
function identifier(read: () => string | null): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}
