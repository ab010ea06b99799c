/** A policy that contradicts itself is refused with field, value and fix. */
import { expect, test } from 'vitest';
import { Environment } from '../../../../core/cluster/environment.ts';
import { learnBaseline } from '../../../../core/decide/measured/baseline.ts';
import { conclude } from '../../../../core/decide/measured/conclude.ts';
import { PRODUCTION, readMeasuredPolicy, watchOf } from '../../../../core/decide/measured/policy.ts';
import { start } from '../../../../core/decide/measured/state.ts';
import { BUILT_IN_POLICIES } from '../../../../core/profile/built-in-policies.ts';
import { profileOf } from '../../../../core/profile/effective.ts';

test('defaults are the user story’s', () => {
  expect(PRODUCTION).toMatchObject({
    thresholds: { tlsFailures: 0.1, cqlErrorsAboveBaseline: 0.2, responseTimeRatio: 1.5 },
    alpha: 0.001,
    soakS: 180,
    horizonS: 900,
    staleAfterS: 300,
  });
  expect(readMeasuredPolicy({})).toEqual(PRODUCTION);
});

test.each([
  ['an unknown key', { tresholds: {} }, /tresholds.*Did you mean "thresholds"/],
  ['an unknown threshold', { thresholds: { tlsFailure: 0.2 } }, /thresholds\.tlsFailure.*Did you mean "tlsFailures"/],
  ['weights that sum to 0', { weights: { tlsFailures: 0, cqlErrors: 0, tlsTime: 0, cqlTime: 0 } }, /weights.*at least one weight above 0/],
  ['a negative weight', { weights: { tlsTime: -1 } }, /weights\.tlsTime/],
  ['a ratio below 1', { thresholds: { responseTimeRatio: 0.9 } }, /responseTimeRatio/],
  ['a share above 1', { thresholds: { tlsFailures: 10 } }, /tlsFailures.*10/],
  ['a grace beyond the horizon', { graceS: 900 }, /graceS.*nothing could ever be judged/],
  ['a soak that does not fit', { soakS: 800, graceS: 200 }, /soakS.*nothing could ever be kept/],
  ['a watch shorter than its soak', { watchS: 100 }, /watchS.*at least soakS/],
  ['a watch beyond the horizon', { watchS: 2000 }, /watchS.*at most horizonS/],
  ['a burst below the calm rate', { probing: { calmPerNode: 5, burstPerNode: 1 } }, /burstPerNode.*at least calmPerNode/],
  ['no number', { alpha: Number.NaN }, /alpha/],
  ['no object', 'strict', /measured policy/],
])('%s is refused', (_, policy, message) => {
  expect(() => readMeasuredPolicy(policy)).toThrow(message);
  expect(() => readMeasuredPolicy(policy)).toThrow(/^FIELD_INVALID/);
});

test('a short horizon alone is a whole policy: the watch fits itself in', () => {
  expect(watchOf(readMeasuredPolicy({ horizonS: 300 }))).toBe(300);
  expect(watchOf(PRODUCTION)).toBe(600);
});

test('each built-in policy is valid by its own schema, and they get stricter towards production', () => {
  const { development, staging, production } = BUILT_IN_POLICIES;
  for (const policy of Object.values(BUILT_IN_POLICIES)) expect(readMeasuredPolicy(policy)).toEqual(policy);
  expect(development.thresholds.tlsFailures).toBeGreaterThan(staging.thresholds.tlsFailures);
  expect(development.alpha).toBeGreaterThan(production.alpha);
  // What passes staging is judged again by the same in production.
  expect(staging).toEqual(production);
  expect(production).toEqual(PRODUCTION);
  expect(BUILT_IN_POLICIES['disaster-recovery'].safeOdds).toBeGreaterThan(production.safeOdds);
});

test('a built-in policy is what the profile of that name says under measured, and nothing besides', () => {
  for (const environment of Environment.options) {
    const { measured } = profileOf({ environment, profile: {}, limits: {} });
    const { healthFailingSeconds, probes, beforeSeconds } = measured;
    expect({ ...BUILT_IN_POLICIES[environment], healthFailingSeconds, probes, beforeSeconds }).toEqual(measured);
  }
});

test('with the horizon the watch is over, however late the grace let it begin', () => {
  const policy = readMeasuredPolicy({ graceS: 400 });
  expect(400 + watchOf(policy)).toBeGreaterThan(policy.horizonS);
  const state = start(
    policy,
    { deployed: ['n1'] },
    learnBaseline([], () => true),
  );
  expect(conclude(state, policy.horizonS - 1)).toMatchObject({ decision: 'watch' });
  expect(conclude(state, policy.horizonS)).toMatchObject({ decision: 'decided', verdict: { verdict: 'hold' } });
});
