/** NIST PKITS with its expected outcomes, revocation lists included: no false accept, and every false refusal with its reason. */
import { beforeAll, expect, test } from 'vitest';
import type { CertificateBody } from '../../core/certificate/path/certificate-body.ts';
import { checkChain } from '../../core/certificate/path/check-chain.ts';
import { ANY_POLICIES, type PolicyInputs } from '../../core/certificate/path/policies.ts';
import { isValidByDefault, POLICY_CASES } from '../fixtures/pkits/cases.ts';
import { loadPkits, type Pkits } from '../fixtures/pkits/vectors.ts';

/** Valid paths that RFC 5280 alone would have us refuse, and why: none. */
const REFUSED: Readonly<Record<string, string>> = {};

/** Valid paths that `check chain` refuses, since it asks for the strength of today. Aim: at most 5 % of the valid ones. */
const REFUSED_TODAY: Readonly<Record<string, string>> = {
  ValidDSASignaturesTest4EE: 'DSA with SHA-1',
  ValidDSAParameterInheritanceTest5EE: 'DSA with SHA-1, parameters inherited',
};

let pkits: Pkits;
let endEntities: (readonly [string, CertificateBody | null])[];
beforeAll(() => {
  pkits = loadPkits();
  endEntities = [...pkits.certificates].filter(([name]) => name.endsWith('EE'));
}, 300_000);

/** Every authority of the suite is at hand, as a directory would give them: the path is ours to find. */
function accepts(leaf: CertificateBody | null, policies: PolicyInputs, strength: 'rfc' | 'ours' = 'rfc'): boolean {
  if (!leaf) return false;
  const authorities = [...pkits.certificates].filter(([name]) => !name.endsWith('EE') && !name.startsWith('TrustAnchor'));
  const root = pkits.certificates.get('TrustAnchorRootCertificate');
  if (!root) throw new Error('the trust anchor cannot be read');
  const { verdict } = checkChain({
    leaf,
    intermediates: authorities.flatMap(([, body]) => body ?? []),
    roots: [root],
    at: Date.UTC(2026, 10, 24),
    lists: pkits.lists,
    policies,
    // The suite has SHA-1 DSA, a negative serial number, and leaves that are no TLS leaves.
    strength,
  });
  return verdict === 'accept';
}

test('the suite is whole: 223 end entities, 173 lists but the one that cannot be read', () => {
  expect([endEntities.length, pkits.lists.length]).toEqual([223, 172]);
});

test('default settings: 0 false accepts, and no false refusal but those named', () => {
  const wrong = endEntities.filter(([name, leaf]) => accepts(leaf, ANY_POLICIES) !== isValidByDefault(name)).map(([name]) => name);
  expect(wrong.filter((name) => !isValidByDefault(name))).toEqual([]);
  expect(wrong).toEqual(Object.keys(REFUSED));
  expect(Object.keys(REFUSED).length).toBeLessThanOrEqual(0.05 * endEntities.length);
});

test('as `check chain` judges: 0 false accepts, and no false refusal but those named', () => {
  const wrong = endEntities.filter(([name, leaf]) => accepts(leaf, ANY_POLICIES, 'ours') !== isValidByDefault(name)).map(([name]) => name);
  expect(wrong.filter((name) => !isValidByDefault(name))).toEqual([]);
  expect(wrong.toSorted()).toEqual(Object.keys(REFUSED_TODAY).toSorted());
  const valid = endEntities.filter(([name]) => isValidByDefault(name)).length;
  expect(Object.keys(REFUSED_TODAY).length).toBeLessThanOrEqual(0.05 * valid);
});

test.each(POLICY_CASES)('$section $endEntity: valid is $valid', ({ endEntity, inputs, valid }) => {
  expect(accepts(pkits.certificates.get(endEntity) ?? null, inputs)).toBe(valid);
});
