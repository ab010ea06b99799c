/**
 * Accept or refuse a chain: RFC 5280 path validation, revocation by given lists, and a policy of our own on top, so that what an
 * engine wrongly accepts is still refused. One acceptable path suffices; without one, the findings are those of the best.
 */

import { buildPaths } from './build-paths.ts';
import type { CertificateBody } from './certificate-body.ts';
import { coversNames, type DialledName } from './dialled-name.ts';
import { type ChainFinding, chainFinding } from './finding.ts';
import { revocationsOf } from './list-signers.ts';
import { sameName } from './name.ts';
import { ownPolicy, type Purpose } from './own-policy.ts';
import { ANY_POLICIES, type PolicyInputs } from './policies.ts';
import type { RevocationList } from './revocation-list.ts';
import { isSelfIssued, validatePath } from './validate-path.ts';

export interface ChainQuestion {
  readonly leaf: CertificateBody;
  readonly intermediates: readonly CertificateBody[];
  readonly roots: readonly CertificateBody[];
  /** Moment of the judgement, ms. */
  readonly at: number;
  /** Names under which the leaf's holder is dialled; each must be covered. */
  readonly names?: readonly DialledName[];
  /** Roles that the leaf must be fit for. */
  readonly purpose?: Purpose;
  /** Given: every certificate below the anchor, and a leaf that is its own anchor, must be known not to be revoked. Null or left out: revocation is not judged. */
  readonly lists?: readonly RevocationList[] | null;
  readonly policies?: PolicyInputs;
  /** `rfc`: path validation alone, for vectors older than today's strengths. */
  readonly strength?: 'ours' | 'rfc';
}

export interface ChainVerdict {
  readonly verdict: 'accept' | 'refuse';
  readonly findings: readonly ChainFinding[];
  /** Subjects from the leaf to the anchor of the path that was judged; empty when there is none. */
  readonly path: readonly string[];
}

export function checkChain(question: ChainQuestion): ChainVerdict {
  const { leaf, intermediates, roots } = question;
  const { paths, exhausted, ends } = buildPaths(leaf, intermediates, roots);
  const own = (path: readonly CertificateBody[]): ChainFinding[] =>
    question.strength === 'rfc' ? [] : ownPolicy(path, question.purpose ?? 'both');
  const revocations = revocationsOf(question);
  const judged = paths.map((path) => {
    const findings = [...validatePath(path, question.at, question.policies ?? ANY_POLICIES), ...own(path), ...revocations(path)];
    return { path, findings, refusals: findings.filter(({ severity }) => severity === 'refuse').length };
  });
  const best = judged.toSorted((a, b) => a.refusals - b.refusals)[0];
  const findings = best ? [...best.findings] : [...noPath(question, ends, exhausted), ...own([leaf])];
  for (const name of question.names ?? []) {
    const problem = coversNames(leaf, name);
    if (problem) findings.push(problem);
  }
  const refused = !best || findings.some(({ severity }) => severity === 'refuse');
  const path = best ? best.path.toReversed().map(({ subject }) => subject.text) : [];
  return {
    verdict: refused ? 'refuse' : 'accept',
    findings: findings.toSorted((a, b) => Number(a.severity === 'notice') - Number(b.severity === 'notice')),
    path,
  };
}

function noPath({ leaf, roots, intermediates }: ChainQuestion, ends: readonly CertificateBody[], exhausted: boolean): ChainFinding[] {
  const rule = 'RFC 5280, 6.1';
  if (exhausted) return [chainFinding('CHAIN_TOO_COMPLEX', leaf, 'a path within the bounds of the search', 'none was found', 'our bound')];
  const end = ends[0] ?? leaf;
  const namesake = [...roots, ...intermediates].find((one) => one !== end && sameName(one.subject, end.issuer));
  const expected = roots.length === 0 ? 'at least one root' : `a path to ${roots.map(({ subject }) => subject.text).join(' or ')}`;
  const observed = isSelfIssued(end)
    ? `it ends at ${end.subject.text}, which is no root here`
    : `the issuer ${end.issuer.text} of ${end.subject.text} is not there`;
  return [chainFinding(namesake ? 'CHAIN_SAME_NAME_OTHER_KEY' : 'CHAIN_ISSUER_UNKNOWN', end, expected, observed, rule)];
}
