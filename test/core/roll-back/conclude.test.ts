import { expect, test } from 'vitest';
import { concludeRollBack, LOOKS_AT_MOST } from '../../../core/roll-back/conclude.ts';
import { NOTHING_TO_DO, type NodePlan, type RollbackPlan } from '../../../core/roll-back/plan.ts';
import type { NodeVerification } from '../../../core/verify/findings.ts';
import { NOW } from '../../fixtures/pki.ts';
import { NODES } from '../../fixtures/ring.ts';

const planOf = (nodes: readonly string[], refused: RollbackPlan['refused'] = []): RollbackPlan => ({
  cluster: 'payments',
  deployment: 'd-1',
  epoch: 2,
  scope: 'node',
  safety: 'safe',
  safetyReason: 'The old leaves are valid.',
  hot: nodes.map(
    (node): NodePlan => ({
      node,
      address: '10.0.0.1',
      way: 'hot',
      why: 'a reload',
      backup: { backupId: 'b', manifestSha256: 'a'.repeat(64) },
      certificates: [],
      configuration: [],
      expect: {},
    }),
  ),
  restart: [],
  mode: 'automated',
  waves: [],
  impact: null,
  refused,
  hash: 'a'.repeat(64),
});
const went = (node: string, ok = true) => ({ node, ms: 900, finishedAt: NOW, ok, ...(ok ? {} : { error: 'RELOAD_FAILED' }) });
const verified = (node: string, outcome: NodeVerification['outcome'] = 'passed') =>
  ({
    node,
    outcome,
    checks: outcome === 'passed' ? [] : [{ check: 'served-leaf', outcome, summary: 'the new leaf' }],
  }) as unknown as NodeVerification;
const [first, second] = NODES;

test('rolled back when every planned node went and passed verification again (I2)', () => {
  const conclusion = concludeRollBack(
    planOf([first, second]),
    [went(first), went(second)],
    [verified(first), verified(second)],
    LOOKS_AT_MOST,
  );
  expect(conclusion).toMatchObject({ outcome: 'rolled-back', handedOver: [] });
});

test.each([
  ['that went but failed verification again', [went(first), went(second)], [verified(first), verified(second, 'failed')], 'served-leaf'],
  ['of which nothing is known afterwards (I8)', [went(first), went(second)], [verified(first), verified(second, 'unknown')], 'served-leaf'],
  ['that was not looked at again', [went(first), went(second)], [verified(first)], 'no answer'],
  ['whose way back failed, though it passes', [went(first), went(second, false)], [verified(first), verified(second)], 'RELOAD_FAILED'],
  ['whose way back gave no answer', [went(first)], [verified(first), verified(second)], 'no answer'],
])('a node %s is handed over, and said why', (_, rollbacks, verifications, why) => {
  const conclusion = concludeRollBack(planOf([first, second]), rollbacks, verifications, LOOKS_AT_MOST);
  expect(conclusion).toMatchObject({ outcome: 'handed-over', handedOver: [second] });
  expect(conclusion.sentence).toContain(why);
});

test('a refused node needs a person, unless there was nothing to do for it', () => {
  const refused = (wayForward: string) => planOf([first], [{ node: second, why: 'the old leaf expired', wayForward }]);
  expect(concludeRollBack(refused('Repair forward.'), [went(first)], [verified(first)], LOOKS_AT_MOST)).toMatchObject({
    outcome: 'handed-over',
    handedOver: [second],
  });
  const all = [verified(first), verified(second)];
  expect(concludeRollBack(refused(NOTHING_TO_DO), [went(first)], all, LOOKS_AT_MOST).outcome).toBe('rolled-back');
});

test('a node that was found as before is proven like one that went back (I2, I6)', () => {
  const found = planOf([], [{ node: second, why: 'nothing differs', wayForward: NOTHING_TO_DO }]);
  expect(concludeRollBack(found, [], [verified(second)], LOOKS_AT_MOST)).toMatchObject({
    outcome: 'rolled-back',
    sentence:
      '1 node(s) serve the certificate of before (1 of them did when the rollback was planned), proven by fresh handshakes from every vantage point.',
  });
  const failing = concludeRollBack(found, [], [verified(second, 'failed')], LOOKS_AT_MOST);
  expect(failing).toMatchObject({ outcome: 'handed-over', handedOver: [second] });
  expect(failing.sentence).toContain('served-leaf is failed');
  expect(concludeRollBack(found, [], [verified(second, 'failed')], 1).lookAgain).toBe(true);
});

test.each([
  [
    'a node that went back and does not pass yet is looked at again',
    [went(first), went(second)],
    [verified(first), verified(second, 'unknown')],
    1,
    true,
  ],
  ['also when a check failed: gossip settles', [went(first), went(second)], [verified(first), verified(second, 'failed')], 2, true],
  ['not for ever (I12)', [went(first), went(second)], [verified(first), verified(second, 'unknown')], LOOKS_AT_MOST, false],
  [
    'not for a node whose way back failed: no look can mend that',
    [went(first), went(second, false)],
    [verified(first), verified(second)],
    1,
    false,
  ],
  ['not when every node passed', [went(first), went(second)], [verified(first), verified(second)], 1, false],
])('another look: %s', (_, rollbacks, verifications, looks, again) => {
  expect(concludeRollBack(planOf([first, second]), rollbacks, verifications, looks).lookAgain).toBe(again);
});
