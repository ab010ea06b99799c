/**
 * Builds the path from a leaf to a trusted authority and says what is wrong with it (RFC 5280, 6.1: names,
 * signatures, validity, basic constraints, path length, key usage). A second opinion beside the node's own
 * JDK, made by other code and judged by another clock; revocation is not its business.
 */
import { type Certificate, isSignedBy } from './parse.ts';

/** What can be wrong; each is a code of `core/verify/codes.ts` too. */
export type ChainProblemCode =
  | 'CHAIN_EMPTY'
  | 'CHAIN_LEAF_NOT_FIRST'
  | 'CHAIN_WRONG_ORDER'
  | 'CHAIN_INTERMEDIATE_MISSING'
  | 'CHAIN_ISSUER_UNKNOWN'
  | 'CHAIN_SAME_NAME_OTHER_KEY'
  | 'CHAIN_NOT_AN_AUTHORITY'
  | 'CHAIN_PATH_TOO_LONG'
  | 'CHAIN_INTERMEDIATE_EXPIRED'
  | 'CHAIN_INTERMEDIATE_NOT_YET_VALID'
  | 'CHAIN_ROOT_EXPIRED'
  | 'LEAF_EXPIRED'
  | 'LEAF_NOT_YET_VALID';

export interface ChainProblem {
  readonly code: ChainProblemCode;
  readonly expected: string;
  readonly observed: string;
}

export interface ChainJudgement {
  /** True when a path exists and nothing that every TLS implementation refuses is wrong with it. */
  readonly trusted: boolean;
  /** Leaf to anchor; empty when no path could be built. */
  readonly path: readonly Certificate[];
  readonly problems: readonly ChainProblem[];
}

/** Problems that some implementations accept: told, but no proof of failure. JSSE takes an expired root as an anchor and sorts intermediates. */
const TOLERATED: ReadonlySet<ChainProblemCode> = new Set(['CHAIN_ROOT_EXPIRED', 'CHAIN_WRONG_ORDER']);

/** Deeper than any real hierarchy; ends the search in a pool of cross-signed authorities. */
const DEEPEST = 8;

/**
 * Judges `presented` (leaf first, as sent or as stored) against `anchors` at the moment `at` (ms).
 * `known` are certificates seen elsewhere (a backup, other nodes): they never help the chain, but they tell
 * a missing intermediate from a foreign authority.
 */
export function judgeChain(
  presented: readonly Certificate[],
  anchors: readonly Certificate[],
  at: number,
  known: readonly Certificate[] = [],
): ChainJudgement {
  const [first] = presented;
  if (!first)
    return { trusted: false, path: [], problems: [{ code: 'CHAIN_EMPTY', expected: 'a leaf and its chain', observed: 'no certificate' }] };
  const leaf = presented.find((certificate) => !certificate.authority) ?? first;
  const problems: ChainProblem[] = leafValidity(leaf, at);
  if (leaf.sha256 !== first.sha256) {
    problems.push({ code: 'CHAIN_LEAF_NOT_FIRST', expected: `the leaf first: ${leaf.subject}`, observed: `${first.subject} first` });
  }
  const path = buildPath(leaf, presented, anchors, at);
  if (path) {
    problems.push(...pathProblems(path, at));
    if (!inOrder(path, presented)) {
      problems.push({
        code: 'CHAIN_WRONG_ORDER',
        expected: 'each certificate followed by its issuer',
        observed: presented.map((c) => c.subject).join(' → '),
      });
    }
  } else problems.push(explainMissingPath(leaf, presented, anchors, known, at));
  return { trusted: path !== null && problems.every(({ code }) => TOLERATED.has(code)), path: path ?? [], problems };
}

function leafValidity(leaf: Certificate, at: number): ChainProblem[] {
  if (at > leaf.notAfter) return [{ code: 'LEAF_EXPIRED', expected: `valid at ${iso(at)}`, observed: `expired at ${iso(leaf.notAfter)}` }];
  if (at < leaf.notBefore)
    return [{ code: 'LEAF_NOT_YET_VALID', expected: `valid at ${iso(at)}`, observed: `valid only from ${iso(leaf.notBefore)}` }];
  return [];
}

/** Depth first; a path without problems wins over one that has some, as validators try other issuers too. */
function buildPath(leaf: Certificate, pool: readonly Certificate[], anchors: readonly Certificate[], at: number): Certificate[] | null {
  const trusted = new Set(anchors.map(({ sha256 }) => sha256));
  const paths: Certificate[][] = [];
  const extend = (path: Certificate[]): void => {
    const last = path[path.length - 1];
    if (!last || path.length > DEEPEST) return;
    if (trusted.has(last.sha256)) {
      paths.push(path);
      return;
    }
    for (const issuer of distinct([...anchors, ...pool])) {
      const used = path.some(({ sha256 }) => sha256 === issuer.sha256);
      if (!used && issuer.subjectDer === last.issuerDer && isSignedBy(last, issuer)) extend([...path, issuer]);
    }
  };
  extend([leaf]);
  return paths.find((path) => pathProblems(path, at).length === 0) ?? paths[0] ?? null;
}

function pathProblems(path: readonly Certificate[], at: number): ChainProblem[] {
  const problems: ChainProblem[] = [];
  path.slice(1).forEach((authority, below) => {
    const isAnchor = below === path.length - 2;
    const named = `authority ${authority.subject}`;
    if (!authority.authority || (authority.keyUsage !== null && !authority.keyUsage.includes('keyCertSign'))) {
      problems.push({
        code: 'CHAIN_NOT_AN_AUTHORITY',
        expected: `${named} may sign certificates`,
        observed: 'its basic constraints or key usage forbid it',
      });
    }
    if (authority.pathLength !== null && below > authority.pathLength) {
      problems.push({
        code: 'CHAIN_PATH_TOO_LONG',
        expected: `at most ${authority.pathLength} authorities below ${authority.subject}`,
        observed: `${below}`,
      });
    }
    if (at > authority.notAfter) {
      const code = isAnchor ? 'CHAIN_ROOT_EXPIRED' : 'CHAIN_INTERMEDIATE_EXPIRED';
      problems.push({ code, expected: `${named} valid at ${iso(at)}`, observed: `expired at ${iso(authority.notAfter)}` });
    } else if (at < authority.notBefore) {
      problems.push({
        code: 'CHAIN_INTERMEDIATE_NOT_YET_VALID',
        expected: `${named} valid at ${iso(at)}`,
        observed: `valid only from ${iso(authority.notBefore)}`,
      });
    }
  });
  return problems;
}

function explainMissingPath(
  leaf: Certificate,
  presented: readonly Certificate[],
  anchors: readonly Certificate[],
  known: readonly Certificate[],
  at: number,
): ChainProblem {
  const withKnown = known.length > 0 ? buildPath(leaf, [...presented, ...known], anchors, at) : null;
  const offered = new Set([...presented, ...anchors].map(({ sha256 }) => sha256));
  const missing = withKnown?.find(({ sha256 }) => !offered.has(sha256));
  if (missing) {
    return {
      code: 'CHAIN_INTERMEDIATE_MISSING',
      expected: `the chain holds ${missing.subject}`,
      observed: 'it does not, and no truststore does',
    };
  }
  const last = lastReachable(leaf, presented);
  const namesake = distinct([...anchors, ...presented, ...known]).find(
    (c) => c.subjectDer === last.issuerDer && c.sha256 !== last.sha256 && !isSignedBy(last, c),
  );
  if (namesake) {
    return {
      code: 'CHAIN_SAME_NAME_OTHER_KEY',
      expected: `${last.subject} signed by ${namesake.subject} with key ${namesake.spkiSha256.slice(0, 16)}…`,
      observed: 'signed by another key of the same name',
    };
  }
  const selfIssued = last.issuerDer === last.subjectDer;
  return {
    code: 'CHAIN_ISSUER_UNKNOWN',
    expected: `a path to ${anchors.length === 0 ? 'an authority (the truststore is empty)' : anchors.map(({ subject }) => subject).join(' or ')}`,
    observed: selfIssued ? `ends at ${last.subject}, which is not trusted` : `issuer ${last.issuer} is neither in the chain nor trusted`,
  };
}

/** How far the presented certificates alone lead upwards. */
function lastReachable(leaf: Certificate, presented: readonly Certificate[]): Certificate {
  let last = leaf;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const next = presented.find((c) => c.sha256 !== last.sha256 && c.subjectDer === last.issuerDer && isSignedBy(last, c));
    if (!next) break;
    last = next;
  }
  return last;
}

/** Those of the path that were presented stand in the same order there. */
function inOrder(path: readonly Certificate[], presented: readonly Certificate[]): boolean {
  const positions = path.map(({ sha256 }) => presented.findIndex((c) => c.sha256 === sha256)).filter((position) => position >= 0);
  return positions.every((position, i) => i === 0 || position > (positions[i - 1] ?? -1));
}

function distinct(certificates: readonly Certificate[]): Certificate[] {
  return [...new Map(certificates.map((c) => [c.sha256, c])).values()];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
