import { describe, expect, test } from 'vitest';
import { decideDeployment } from '../../../core/decide/decide-deployment.ts';
import type { DeploymentEvidence } from '../../../core/decide/deployment-evidence.ts';
import type { HealthStanding } from '../../../core/health/judge-health.ts';
import { allGood, evidence, failing, found, good, LIMITS, verification } from '../../fixtures/deployment-evidence.ts';
import { NOW } from '../../fixtures/pki.ts';
import { NODES } from '../../fixtures/ring.ts';

describe('how closely the next window looks', () => {
  const next = (bent: Partial<DeploymentEvidence>, verifications = allGood) => {
    const decision = decideDeployment(evidence(verifications, { completedAt: LONG_AGO, ...bent }));
    return decision.decision === 'watch' ? { depth: decision.depth, inMs: decision.lookAgainAt - (bent.now ?? NOW) } : decision.verdict;
  };
  const LONG_AGO = NOW - 400_000;
  const windowMs = LIMITS.windowSeconds * 1000;

  test('while all is well, the client alone; the nodes again when their reports grow old', () => {
    expect(next({})).toEqual({ depth: 'client', inMs: windowMs });
    expect(next({ depth: 'client', observedAt: NOW - 10_000 })).toEqual({ depth: 'client', inMs: windowMs });
    expect(next({ depth: 'client', observedAt: NOW - LIMITS.nodeLookSeconds * 1000 + windowMs })).toEqual({
      depth: 'soak',
      inMs: windowMs,
    });
  });

  test('whatever the client alone sees is looked at by everybody, at once', () => {
    const seen = [verification(NODES[0], [failing(found('LEAF_EXPIRED', 'client'))]), ...allGood.slice(1)];
    expect(next({ depth: 'client', observedAt: NOW - 10_000 }, seen)).toEqual({ depth: 'full', inMs: 0 });
    expect(next({}, seen)).toEqual({ depth: 'full', inMs: windowMs });
  });

  test('a health check that is made from elsewhere is no reason to ask the nodes; one judged by what they tell is', () => {
    const standing = (kind: string): HealthStanding => ({
      results: [
        { check: 'one', kind, outcome: 'failed', before: 'passed', weight: 1, observed: 'status 500', since: NOW, runs: 1, failures: 1 },
      ],
      score: 0,
      leastScore: 1,
      well: false,
    });
    expect(next({ health: standing('http') })).toEqual({ depth: 'client', inMs: windowMs });
    expect(next({ health: standing('http'), depth: 'client', observedAt: NOW - 10_000 })).toEqual({ depth: 'client', inMs: windowMs });
    expect(next({ health: standing('ring') })).toEqual({ depth: 'full', inMs: windowMs });
    const seen = [verification(NODES[0], [failing(found('LEAF_EXPIRED', 'client'))]), ...allGood.slice(1)];
    expect(next({ health: standing('http') }, seen)).toEqual({ depth: 'full', inMs: windowMs });
  });

  test('nothing is kept on reports of a while ago: the end of the soak asks everybody', () => {
    const soaked = { earlier: [good(NOW - LIMITS.soakSeconds * 1000)], observedAt: NOW - 10_000 };
    expect(next({ ...soaked, depth: 'client' })).toEqual({ depth: 'soak', inMs: 0 });
    expect(next({ ...soaked, depth: 'soak' })).toMatchObject({ verdict: 'keep' });
    expect(next({ earlier: [good(NOW - LIMITS.soakSeconds * 1000 + 1000)] })).toEqual({ depth: 'soak', inMs: windowMs });
  });

  test('reports of before the activation was due say nothing of after it', () => {
    expect(next({ depth: 'client', observedAt: LONG_AGO - 1 })).toMatchObject({ depth: 'full' });
  });
});
