/**
 * One path, judged certificate by certificate as RFC 5280, 6.1 says; `path[0]` is the anchor, the last the leaf. A path of one is a
 * leaf that is trusted itself.
 */
import type { CertificateBody } from './certificate-body.ts';
import { DerError } from './der-reader.ts';
import { basicConstraints, keyUsage, type NameConstraints, nameConstraints, unknownCritical } from './extensions.ts';
import { type ChainCode, type ChainFinding, chainFinding, isoTime } from './finding.ts';
import { sameName } from './name.ts';
import { brokenConstraint } from './name-constraints.ts';
import { type PolicyInputs, policyProblem } from './policies.ts';
import { isSignedWith, withInheritedParameters } from './signature.ts';

/** Issuer and subject are the same name; such a certificate does not count against a path length (RFC 5280, 6.1). */
export const isSelfIssued = ({ issuer, subject }: CertificateBody): boolean => sameName(issuer, subject);

/** What path validation finds wrong at the moment `at` (ms); empty when the path is valid. */
export function validatePath(path: readonly CertificateBody[], at: number, policies: PolicyInputs): ChainFinding[] {
  const [anchor, ...below] = path;
  if (!anchor) return [];
  if (below.length === 0) return pinnedProblems(anchor, at);
  const findings: ChainFinding[] = [...anchorProblems(anchor, at)];
  const constraints: NameConstraints[] = [];
  guarded(findings, anchor, () => constraints.push(...[nameConstraints(anchor)].filter((own) => own !== null)));
  let issuer = anchor;
  let key = anchor.spki;
  let mayFollow = pathLengthOf(anchor, findings);
  for (const [index, body] of below.entries()) {
    const isLeaf = index === below.length - 1;
    const told = tellOf(findings, body);
    if (!isSignedWith(body, key))
      told('CHAIN_SIGNATURE_WRONG', `signed with the key of ${issuer.subject.text}`, 'it is not', 'RFC 5280, 6.1.3 (a)(1)');
    validity(body, isLeaf, at, told);
    understood(body, told);
    guarded(findings, body, () => {
      if (!isLeaf && isSelfIssued(body)) return;
      const broken = brokenConstraint(body, constraints);
      if (broken) told('CHAIN_NAME_CONSTRAINT_BROKEN', 'names that the authorities above allow', broken, 'RFC 5280, 6.1.3 (b), (c)');
    });
    if (!isLeaf) {
      guarded(findings, body, () => {
        const basic = basicConstraints(body);
        if (!basic?.authority || body.version !== 3)
          told('CHAIN_NOT_AN_AUTHORITY', 'basic constraints with CA true', basic ? 'CA false' : 'none', 'RFC 5280, 6.1.4 (k)');
        if (!isSelfIssued(body)) {
          if (mayFollow <= 0) told('CHAIN_PATH_TOO_LONG', 'no further authority', `${body.subject.text}`, 'RFC 5280, 6.1.4 (l)');
          mayFollow -= 1;
        }
        if (basic?.pathLength !== null && basic?.pathLength !== undefined) mayFollow = Math.min(mayFollow, basic.pathLength);
        const usage = keyUsage(body);
        if (usage && !usage.includes('keyCertSign'))
          told('CHAIN_KEY_USAGE_FORBIDS_SIGNING', 'key usage with keyCertSign', usage.join(', '), 'RFC 5280, 6.1.4 (n)');
        const own = nameConstraints(body);
        if (own) constraints.push(own);
      });
    }
    key = withInheritedParameters(body.spki, key);
    issuer = body;
  }
  guarded(findings, below.at(-1) ?? anchor, () => {
    const problem = policyProblem(below, isSelfIssued, policies);
    if (problem)
      findings.push(chainFinding('CHAIN_POLICY_NOT_ACCEPTABLE', below.at(-1) ?? null, 'a valid policy', problem, 'RFC 5280, 6.1.5 (g)'));
  });
  return findings;
}

type Told = (code: ChainCode, expected: string, observed: string, rule: string) => void;

function tellOf(findings: ChainFinding[], body: CertificateBody): Told {
  return (code, expected, observed, rule) => {
    findings.push(chainFinding(code, body, expected, observed, rule));
  };
}

/** Whoever trusts a leaf itself trusts its key, and no moment or extension beyond what it says. */
function pinnedProblems(leaf: CertificateBody, at: number): ChainFinding[] {
  const findings: ChainFinding[] = [];
  const told = tellOf(findings, leaf);
  validity(leaf, true, at, told);
  understood(leaf, told);
  return findings;
}

function understood(body: CertificateBody, told: Told): void {
  for (const id of unknownCritical(body))
    told('CHAIN_CRITICAL_EXTENSION_UNKNOWN', 'critical extensions that are understood', id, 'RFC 5280, 4.2');
}

function validity(body: CertificateBody, isLeaf: boolean, at: number, told: Told): void {
  const expected = `valid at ${isoTime(at)}`;
  if (at > body.notAfter)
    told(isLeaf ? 'LEAF_EXPIRED' : 'CHAIN_INTERMEDIATE_EXPIRED', expected, `until ${isoTime(body.notAfter)}`, 'RFC 5280, 6.1.3 (a)(2)');
  if (at < body.notBefore)
    told(
      isLeaf ? 'LEAF_NOT_YET_VALID' : 'CHAIN_INTERMEDIATE_NOT_YET_VALID',
      expected,
      `from ${isoTime(body.notBefore)}`,
      'RFC 5280, 6.1.3 (a)(2)',
    );
}

/** RFC 5280 takes an anchor as it is; OpenSSL and Node look at it too, the JDK does not. What one of them refuses, we refuse. */
function anchorProblems(anchor: CertificateBody, at: number): ChainFinding[] {
  const findings: ChainFinding[] = [];
  const rule = 'our policy: OpenSSL and Node judge anchors too';
  understood(anchor, tellOf(findings, anchor));
  const expected = `an anchor valid at ${isoTime(at)}`;
  if (at > anchor.notAfter) findings.push(chainFinding('CHAIN_ROOT_EXPIRED', anchor, expected, `until ${isoTime(anchor.notAfter)}`, rule));
  if (at < anchor.notBefore)
    findings.push(chainFinding('CHAIN_ROOT_NOT_YET_VALID', anchor, expected, `from ${isoTime(anchor.notBefore)}`, rule));
  guarded(findings, anchor, () => {
    const basic = basicConstraints(anchor);
    if (anchor.version === 3 && !basic?.authority)
      findings.push(
        chainFinding('CHAIN_NOT_AN_AUTHORITY', anchor, 'an anchor with CA true', basic ? 'CA false' : 'no basic constraints', rule),
      );
    const usage = keyUsage(anchor);
    if (usage && !usage.includes('keyCertSign'))
      findings.push(chainFinding('CHAIN_KEY_USAGE_FORBIDS_SIGNING', anchor, 'key usage with keyCertSign', usage.join(', '), rule));
  });
  return findings;
}

/** An anchor's own path length binds, as OpenSSL and the JDK have it; so do its name constraints, as OpenSSL has it (RFC 5937, 3.2). */
function pathLengthOf(anchor: CertificateBody, findings: ChainFinding[]): number {
  let length = Number.POSITIVE_INFINITY;
  guarded(findings, anchor, () => {
    length = basicConstraints(anchor)?.pathLength ?? Number.POSITIVE_INFINITY;
  });
  return length;
}

/** An extension that cannot be read refuses the certificate; it is never taken for absent. */
export function guarded(findings: ChainFinding[], body: CertificateBody, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    findings.push(
      chainFinding('CHAIN_EXTENSION_MALFORMED', body, 'extensions as RFC 5280, 4.2 defines them', error.message, 'RFC 5280, 4.2'),
    );
  }
}
