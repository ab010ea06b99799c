/**
 * Is a path free of revoked certificates, and who may say so? A list may be signed by a certificate of the path, or by another
 * that leads to the same anchor and is not revoked itself. Signers may speak of each other in circles, so the work is bounded:
 * what could not be looked through is unknown, and unknown refuses.
 */
import { buildPaths } from './build-paths.ts';
import type { CertificateBody } from './certificate-body.ts';
import { DerError } from './der-reader.ts';
import { type ChainFinding, chainFinding } from './finding.ts';
import { ANY_POLICIES } from './policies.ts';
import { maySign, type RevocationStatus, revocationStatus, type TrustsList } from './revocation.ts';
import type { RevocationList } from './revocation-list.ts';
import { withInheritedParameters } from './signature.ts';
import { validatePath } from './validate-path.ts';

export interface RevocationQuestion {
  readonly leaf: CertificateBody;
  readonly intermediates: readonly CertificateBody[];
  readonly roots: readonly CertificateBody[];
  /** Moment of the judgement, ms. */
  readonly at: number;
  readonly lists?: readonly RevocationList[] | null;
}

/** Signatures that are verified, and signers that are looked into, for one question; a real one needs some dozens. */
const MOST_STEPS = 2000;
/** Signers of the lists of signers of lists … */
const DEEPEST = 24;

type Bodies = readonly CertificateBody[];

/** What was found out in the course of one question, so that nothing is asked twice. */
interface Inquiry {
  readonly question: RevocationQuestion;
  readonly byName: ReadonlyMap<string, Bodies>;
  readonly signatures: Map<RevocationList, Map<string, boolean>>;
  /** From a signer to its anchors, and whether a path is valid. */
  readonly paths: Map<string, readonly Bodies[]>;
  readonly valid: Map<string, boolean>;
  /** By signer, anchors, and those whose own status is being looked up meanwhile. */
  readonly trusted: Map<string, boolean>;
  steps: number;
}

/** A judge of paths, which says what is wrong with the status of each; all paths of a question share the bound. */
export function revocationsOf(question: RevocationQuestion): (path: Bodies) => ChainFinding[] {
  const pool = new Map([...question.intermediates, ...question.roots].map((body) => [body.fingerprint, body]));
  const byName = Map.groupBy(pool.values(), ({ subject }) => subject.rdns.join('\n'));
  const inquiry: Inquiry = { question, byName, signatures: new Map(), paths: new Map(), valid: new Map(), trusted: new Map(), steps: 0 };
  return (path) => revocations(path, inquiry, []);
}

/** `signing` are signers whose own status is being looked up: a list may speak of its own signer (RFC 5280, 6.3.3 f). */
function revocations(path: Bodies, inquiry: Inquiry, signing: Bodies): ChainFinding[] {
  if (!inquiry.question.lists) return [];
  const findings: ChainFinding[] = [];
  for (const [index, body] of path.entries()) {
    const isPinned = path.length === 1 && body === inquiry.question.leaf;
    if (index === 0 && !isPinned) continue;
    const isLeaf = index === path.length - 1;
    const found = statusOf(body, path.slice(0, index), inquiry, signing);
    if (found.status === 'revoked') {
      const observed = `revoked at ${new Date(found.at).toISOString()}: ${found.reason}`;
      findings.push(
        chainFinding(isLeaf ? 'LEAF_REVOKED' : 'CHAIN_AUTHORITY_REVOKED', body, 'on no revocation list', observed, 'RFC 5280, 6.3'),
      );
    } else if (found.status === 'unknown')
      findings.push(chainFinding('REVOCATION_UNKNOWN', body, 'a current list for every reason', found.why, 'RFC 5280, 6.3'));
  }
  return findings;
}

function statusOf(body: CertificateBody, above: Bodies, inquiry: Inquiry, signing: Bodies): RevocationStatus {
  const { lists, at } = inquiry.question;
  const exhausted: RevocationStatus = {
    status: 'unknown',
    why: `given up after ${MOST_STEPS.toLocaleString('en')} steps: too many certificates may have signed its lists`,
  };
  if (!isWithinBounds(inquiry)) return exhausted;
  try {
    const found = revocationStatus(body, lists ?? [], at, signers(above, inquiry, signing));
    // What was cut short may have missed a signer, and with it a revocation.
    return isWithinBounds(inquiry) ? found : exhausted;
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return { status: 'unknown', why: error.message };
  }
}

const isWithinBounds = ({ steps }: Inquiry): boolean => steps <= MOST_STEPS;

/** To any root may lead who signs lists about a leaf that is its own anchor. */
function signers(above: Bodies, inquiry: Inquiry, signing: Bodies): TrustsList {
  const anchors = above[0] ? [above[0]] : inquiry.question.roots;
  const path = withKeys(above);
  const own = new Set(above.map(({ fingerprint }) => fingerprint));
  return (list) => {
    const name = list.issuer.rdns.join('\n');
    if (path.some((one) => one.subject.rdns.join('\n') === name && hasSigned(one, list, inquiry))) return true;
    const others = (inquiry.byName.get(name) ?? []).filter(({ fingerprint }) => !own.has(fingerprint));
    return others.some((one) => hasSigned(one, list, inquiry) && isTrusted(one, anchors, inquiry, signing));
  };
}

function hasSigned(signer: CertificateBody, list: RevocationList, inquiry: Inquiry): boolean {
  const known = inquiry.signatures.get(list) ?? new Map<string, boolean>();
  inquiry.signatures.set(list, known);
  // A DSA key may have its parameters from the path that it stands on.
  const key = `${signer.fingerprint} ${signer.spki.length}`;
  return remembered(known, key, inquiry, 1, () => maySign(list, signer), false);
}

function isTrusted(one: CertificateBody, anchors: Bodies, inquiry: Inquiry, signing: Bodies): boolean {
  if (signing.some(({ fingerprint }) => fingerprint === one.fingerprint)) return true;
  const key = [one, ...anchors].map(({ fingerprint }) => fingerprint).join(' ');
  const meanwhile = signing.map(({ fingerprint }) => fingerprint).toSorted();
  if (signing.length >= DEEPEST) inquiry.steps = MOST_STEPS + 1;
  const { intermediates, at } = inquiry.question;
  const paths = remembered(inquiry.paths, key, inquiry, 1, () => buildPaths(one, intermediates, anchors).paths, []);
  const isValid = (path: Bodies): boolean => {
    const names = path.map(({ fingerprint }) => fingerprint).join(' ');
    return remembered(inquiry.valid, names, inquiry, path.length, () => validatePath(path, at, ANY_POLICIES).length === 0, false);
  };
  const judge = (): boolean => paths.some((path) => isValid(path) && revocations(path, inquiry, [...signing, one]).length === 0);
  return remembered(inquiry.trusted, `${key} | ${meanwhile.join(' ')}`, inquiry, 1, judge, false);
}

/** Finds it out once, for as many steps; `otherwise` where none are left. */
function remembered<T>(known: Map<string, T>, key: string, inquiry: Inquiry, steps: number, find: () => T, otherwise: T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  inquiry.steps += steps;
  if (!isWithinBounds(inquiry)) return otherwise;
  const found = find();
  known.set(key, found);
  return found;
}

/** DSA keys without parameters have those of the certificate above. */
function withKeys(path: Bodies): CertificateBody[] {
  let key = path[0]?.spki ?? new Uint8Array();
  return path.map((body) => {
    key = withInheritedParameters(body.spki, key);
    return { ...body, spki: key };
  });
}
