/** The failures a deployment brings, from observations to verdict: each through every check and the decision. */
import { describe, expect, test } from 'vitest';
import { decideDeployment } from '../../../core/decide/decide-deployment.ts';
import { evidenceOf, FAILURES, node } from '../../fixtures/deployment-failures.ts';
import { type Made, NOW } from '../../fixtures/pki.ts';
import { address, COMPLETED, good, healthyState, makeRing, NODES, oldLeaves, verifyRing as verify } from '../../fixtures/ring.ts';

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
