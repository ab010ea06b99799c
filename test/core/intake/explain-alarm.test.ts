import { describe, expect, test } from 'vitest';
import type { DeploymentRecord } from '../../../core/intake/deployment-record.ts';
import { explainAlarm } from '../../../core/intake/explain-alarm.ts';
import { NOW } from '../../fixtures/pki.ts';
import { registration } from '../../fixtures/ring.ts';

describe('explain-alarm', () => {
  const alarm = { alarm: 'payments-errors', arn: null, state: 'ALARM' };
  const recent = (bent: Partial<DeploymentRecord> = {}) => [
    { cluster: 'payments', deployment: 'd-1', state: 'kept' as const, startingAt: NOW - 60_000, completedAt: NOW - 30_000, ...bent },
  ];

  test('a deployment inside its watch window explains it; the latest one', () => {
    expect(
      explainAlarm(alarm, NOW, [registration], [...recent(), ...recent({ deployment: 'd-2', completedAt: NOW - 10_000 })]),
    ).toMatchObject({ explained: true, deployment: 'd-2' });
  });

  test('by its ARN, too', () => {
    const byArn = { ...registration, alarms: ['arn:aws:cloudwatch:x'] };
    expect(explainAlarm({ ...alarm, arn: 'arn:aws:cloudwatch:x' }, NOW, [byArn], recent()).explained).toBe(true);
  });

  test.each([
    ['of another name', { ...alarm, alarm: 'orders-errors' }, recent(), /no registered cluster names/],
    ['that ended', { ...alarm, state: 'OK' }, recent(), /state OK/],
    ['with no deployment near', alarm, [], /none is recorded/],
    ['long after', alarm, recent({ startingAt: NOW - 8e6, completedAt: NOW - 7_200_000 }), /120 min before/],
    [
      'before completion',
      alarm,
      [{ cluster: 'payments', deployment: 'd-1', state: 'backing-up' as const, startingAt: NOW - 60_000 }],
      /not completed/,
    ],
    ['before it started', alarm, recent({ startingAt: NOW + 1000, completedAt: NOW + 2000 }), /none is recorded/],
    ['after its rollback', alarm, recent({ state: 'rolled-back' }), /rolled back already/],
    ['of another cluster', alarm, recent({ cluster: 'orders' }), /none is recorded/],
  ])('an alarm %s is unrelated, and said why', (_, change, deployments, reason) => {
    const explanation = explainAlarm(change, NOW, [registration], deployments);
    expect(explanation.explained === false && explanation.reason).toMatch(reason);
  });
});
