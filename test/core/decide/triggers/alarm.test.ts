/** An alarm starts a look, and is no evidence itself: what fresh evidence does not confirm is held, whatever the alarm says. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideDeployment } from '../../../../core/decide/decide-deployment.ts';
import type { DeploymentEvidence } from '../../../../core/decide/deployment-evidence.ts';
import {
  allGood,
  atDeadline,
  evidence,
  failing,
  found,
  good,
  LIMITS,
  verdictOf,
  verification,
} from '../../../fixtures/deployment-evidence.ts';
import { NOW } from '../../../fixtures/pki.ts';
import { NODES } from '../../../fixtures/ring.ts';

const SOAKED = { completedAt: NOW - 300_000, earlier: [good(NOW - LIMITS.soakSeconds * 1000)] };
const asked = (verifications: DeploymentEvidence['verifications'], bent: Partial<DeploymentEvidence> = {}) =>
  evidence(verifications, { ...SOAKED, startedByAlarm: true, ...bent });
const accused = (deployedNodes: readonly string[]) =>
  asked([verification(NODES[0], [failing(found('LEAF_EXPIRED', 'node'), found('LEAF_EXPIRED', 'client'))]), ...allGood.slice(1)], {
    deployedNodes,
  });

describe('an alarm', () => {
  test('that nothing confirms is watched for the soak, then held and told, not kept', () => {
    expect(verdictOf(asked(allGood, { earlier: [] }))).toBeNull();
    expect(verdictOf(asked(allGood))).toMatchObject({
      verdict: 'hold',
      nodes: [],
      reason: expect.stringMatching(/fresh evidence does not confirm it: Every check passed .* not blamed on the deployment/),
      nextStep: expect.stringContaining('elsewhere'),
    });
    expect(verdictOf(evidence(allGood, SOAKED))?.verdict).toBe('keep');
  });

  test('that fresh evidence confirms goes back, that node alone', () => {
    expect(verdictOf(accused(NODES))).toMatchObject({ verdict: 'roll-back', nodes: [NODES[0]] });
  });

  test('of another cause, a node that was not deployed to, is not blamed on the deployment', () => {
    expect(verdictOf(accused([NODES[1]]))).toMatchObject({
      verdict: 'hold',
      reason: expect.stringContaining('not part of this deployment'),
    });
  });

  test('where evidence is missing is held at the deadline', () => {
    expect(verdictOf(asked([verification(NODES[0], [{ outcome: 'unknown' }]), ...allGood.slice(1)], { now: atDeadline }))?.verdict).toBe(
      'hold',
    );
  });

  test('property: it makes no verdict "roll-back" that was not one without it, and keeps nothing', () => {
    const outcome = fc.constantFrom('passed' as const, 'failed' as const, 'unknown' as const);
    const kinds = fc.array(fc.constantFrom('node' as const, 'peer' as const, 'client' as const), { maxLength: 2 });
    fc.assert(
      fc.property(fc.array(fc.tuple(outcome, kinds), { minLength: 3, maxLength: 3 }), fc.nat(1_000_000), (drawn, later) => {
        const looks = drawn.map(([result, by], i) =>
          verification(NODES[i] as string, [
            { outcome: result, findings: result === 'failed' ? by.map((kind) => found('LEAF_EXPIRED', kind, NODES[i])) : [] },
          ]),
        );
        const at = { ...SOAKED, now: NOW + later };
        const [without, withIt] = [evidence(looks, at), evidence(looks, { ...at, startedByAlarm: true })].map(decideDeployment);
        const kept = without?.decision === 'decided' && without.verdict.verdict === 'keep';
        if (kept) expect(withIt).toMatchObject({ decision: 'decided', verdict: { verdict: 'hold', nodes: [] } });
        else expect(withIt).toEqual(without);
      }),
    );
  });
});
