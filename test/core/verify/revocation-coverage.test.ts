import { expect, test } from 'vitest';
import { Registration } from '../../../core/cluster/registration.ts';
import type { RevocationFact } from '../../../core/node/facts.ts';
import { policyOf } from '../../../core/verify/policy.ts';
import { verifyNode } from '../../../core/verify/verify-node.ts';
import { NOW } from '../../fixtures/pki.ts';
import { healthyState, makeRing, NODES, oldLeaves, registration, snapshotOf } from '../../fixtures/ring.ts';

const LIST = '/etc/pki/revoked.crl';
const ring = makeRing(NODES.map((_, i) => healthyState(i)));
const leaf = oldLeaves[0]?.sha256 ?? '';

function judged(fact: Partial<RevocationFact>) {
  const own = ring.observations.get(NODES[0]);
  if (!own) throw new Error('fixture');
  const observations = new Map([...ring.observations, [NODES[0], { ...own, revocations: [{ path: LIST, revoked: [], ...fact }] }]]);
  const withList = Registration.parse({ ...registration, revocation: { lists: [LIST] } });
  const snapshot = { ...snapshotOf({ ...ring, observations }, 0), registration: withList };
  return verifyNode(snapshot, policyOf(registration.limits), NOW, ['revocation']).checks[0];
}

test('a list of the leaf’s issuer: nothing is said', () => {
  expect(judged({ covered: [leaf] })).toMatchObject({
    outcome: 'passed',
    findings: [],
    summary: 'Nothing in use is on 1 revocation lists.',
  });
});

test('only lists of other authorities: told as a notice, and not passed off as "not revoked"', () => {
  const result = judged({ covered: [] });
  expect(result).toMatchObject({ outcome: 'passed', findings: [{ code: 'REVOCATION_NOT_COVERED', severity: 'notice' }] });
  expect(result?.summary).toBe('None of 1 revocation lists is of the leaf’s issuer; revocation was not judged.');
});

test('a list that cannot be used is unknown, and a program that does not say what it covers is believed as before', () => {
  expect(judged({ covered: [], error: 'it holds no list' })).toMatchObject({
    outcome: 'unknown',
    findings: [{ code: 'REVOCATION_LIST_UNUSABLE' }],
  });
  expect(judged({})).toMatchObject({ outcome: 'passed', findings: [] });
});
