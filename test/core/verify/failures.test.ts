/** The failures a deployment brings, from observations to verdict: each through every check and the decision. */
import { describe, expect, test } from 'vitest';
import { type DeploymentEvidence, decideDeployment } from '../../../core/decide/decide-deployment.ts';
import { DAY, type Made, NOW } from '../../fixtures/pki.ts';
import {
  address,
  COMPLETED,
  evil,
  good,
  hash,
  healthyState,
  makeRing,
  NODES,
  type NodeState,
  oldLeaves,
  type Ring,
  registration,
  verifyRing as verify,
} from '../../fixtures/ring.ts';

const BAD = 1;
const node = NODES[BAD];

function ringWith(bad: Partial<NodeState>, leaf?: Made, yaml?: string): Ring {
  const states = NODES.map((_, i) => healthyState(i));
  states[BAD] = { ...healthyState(BAD), keystoreHash: hash('d'), ...bad };
  return makeRing(states, [{ node, ...(leaf && { leaf: leaf.sha256 }), ...(yaml && { yaml }) }]);
}

function evidenceOf(ring: Ring, bent: Partial<DeploymentEvidence> = {}): DeploymentEvidence {
  return {
    deployedNodes: [node],
    change: 'leaf-renewal',
    activation: 'reload',
    completedAt: COMPLETED,
    window: 1,
    depth: 'full',
    observedAt: NOW,
    verifications: verify(ring),
    earlier: [],
    backups: [{ node, standing: 'verified' }],
    limits: registration.limits,
    epoch: 1,
    now: NOW,
    ...bent,
  };
}

const expired = good.leaf(address(BAD), { notAfter: NOW - DAY });
const notYet = good.leaf(address(BAD), { notBefore: NOW + DAY });
const foreign = evil.leaf(address(BAD));
const fresh = good.leaf(address(BAD));
const served = (leaf: Made, intermediate: readonly Made[]): Partial<NodeState> => ({
  disk: [leaf, ...intermediate],
  served: [leaf, ...intermediate],
  accepted: false,
});

const FAILURES: Record<string, { ring: Ring; root: string }> = {
  'expired-leaf': { ring: ringWith(served(expired, [good.intermediate]), expired), root: 'LEAF_EXPIRED' },
  'other-ca': { ring: ringWith(served(foreign, [evil.intermediate]), foreign), root: 'CHAIN_ISSUER_UNKNOWN' },
  'mismatched-key': {
    ring: ringWith({ disk: [fresh, good.intermediate], served: [fresh, good.intermediate], keyMatches: false, accepted: false }, fresh),
    root: 'KEY_MISMATCH',
  },
  'mismatched-key, no certificate seen': {
    ring: ringWith({ disk: [fresh, good.intermediate], served: [], keyMatches: false, accepted: false }, fresh),
    root: 'KEY_MISMATCH',
  },
  'broken-pem': { ring: ringWith({ disk: [], loads: false, keyMatches: null }), root: 'STORE_HOLDS_NO_CERTIFICATE' },
  'missing-intermediate': { ring: ringWith(served(fresh, []), fresh), root: 'CHAIN_INTERMEDIATE_MISSING' },
  'not-yet-valid': { ring: ringWith(served(notYet, [good.intermediate]), notYet), root: 'LEAF_NOT_YET_VALID' },
  'locked-keystore': {
    ring: ringWith({ disk: [fresh, good.intermediate], yamlHash: hash('e') }, fresh, hash('e')),
    root: 'CONFIGURATION_NOT_ACTIVE',
  },
};

describe.each(Object.entries(FAILURES))('%s', (_, { ring, root }) => {
  test(`names the root cause ${root}, and only on the node that has it`, () => {
    const [first, bad, last] = verify(ring);
    expect(bad?.outcome).toBe('failed');
    expect(bad?.rootCause?.code).toBe(root);
    for (const other of [first, last])
      expect(other?.checks.flatMap(({ findings }) => findings).filter(({ severity }) => severity === 'proof')).toEqual([]);
  });

  test('is rolled back, that node alone, with two kinds of vantage point', () => {
    const decision = decideDeployment(evidenceOf(ring));
    if (decision.decision !== 'decided') throw new Error(decision.why);
    expect(decision.verdict).toMatchObject({ verdict: 'roll-back', nodes: [node], epoch: 1 });
    expect(decision.verdict.vantagePoints.length).toBeGreaterThanOrEqual(2);
    expect(decision.verdict.reason).toContain(node);
    expect(decision.verdict.reason.length).toBeLessThan(600);
  });

  test('is watched, not decided, before the activation is due', () => {
    expect(decideDeployment(evidenceOf(ring, { completedAt: NOW - 1_000 }))).toMatchObject({ decision: 'watch' });
    expect(decideDeployment(evidenceOf(ring, { activation: 'poll' }))).toMatchObject({
      decision: 'watch',
      lookAgainAt: COMPLETED + 600_000,
    });
  });

  test('is held, not rolled back, without a verified backup of before (I1)', () => {
    for (const standing of ['missing', 'not-before', 'not-verified'] as const) {
      const decision = decideDeployment(evidenceOf(ring, { backups: [{ node, standing }] }));
      expect(decision).toMatchObject({ decision: 'decided', verdict: { verdict: 'hold', nodes: [] } });
    }
    expect(decideDeployment(evidenceOf(ring, { backups: [] }))).toMatchObject({ verdict: { verdict: 'hold' } });
  });
});

test('a good renewal is watched through the soak and then kept', () => {
  const states = NODES.map((_, i) => healthyState(i, good.leaf(address(i))));
  const ring = makeRing(
    states,
    states.map((state, i) => ({ node: NODES[i] as string, leaf: (state.disk[0] as Made).sha256 })),
  );
  expect(verify(ring).map(({ outcome, checks }) => [outcome, checks.filter((check) => check.outcome !== 'passed')])).toEqual(
    NODES.map(() => ['passed', []]),
  );
  const evidence = evidenceOf(ring, { deployedNodes: NODES });
  expect(decideDeployment(evidence)).toMatchObject({ decision: 'watch', lookAgainAt: NOW + 5_000 });
  const soaked = { ...evidence, now: NOW + 180_000, earlier: [{ window: 1, at: NOW, outcome: 'good' as const }] };
  expect(decideDeployment(soaked)).toMatchObject({ decision: 'decided', verdict: { verdict: 'keep', nodes: [] } });
  expect(decideDeployment({ ...soaked, now: NOW + 179_999 })).toMatchObject({ decision: 'watch' });
});

test('after a rollback the old leaf everywhere passes for the purpose "old"', () => {
  const ring = makeRing(NODES.map((_, i) => healthyState(i)));
  expect(verify(ring, { purpose: 'old' }).map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed']);
  expect(verify(ring, { purpose: 'old' })[0]?.served.client).toBe(`SHA256:${oldLeaves[0]?.sha256}`);
});
