import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRegistration } from '../../../core/cluster/read-registration.ts';
import type { RingwardError } from '../../../core/errors/catalogue.ts';
import { registered, yamlOf } from './environments.ts';

describe('a profile in cluster.yaml', () => {
  const circle = { a: { extends: 'b' }, b: { extends: 'c' }, c: { extends: 'a' } };
  test.each([
    [
      'a soak longer than the deadline',
      'production',
      { profile: { limits: { soakSeconds: 900 } } },
      'profile.limits.soakSeconds',
      '900',
      /Below performanceSeconds \(600\)/,
    ],
    [
      'a soak that a profile of one’s own makes too long',
      'staging',
      { profile: { extends: 'slow' }, profiles: { slow: { limits: { soakSeconds: 700 } } } },
      'profiles.slow.limits.soakSeconds',
      '700',
      /600/,
    ],
    [
      'weights that sum to 0',
      'production',
      { profile: { measured: { weights: { tlsFailures: 0, cqlErrors: 0, tlsTime: 0, cqlTime: 0 } } } },
      'profile.measured.weights.tlsFailures',
      '0',
      /above 0/,
    ],
    [
      'a grace period beyond the horizon',
      'production',
      { profile: { measured: { graceS: 1000 } } },
      'profile.measured.graceS',
      '1000',
      /horizonS \(900\)/,
    ],
    [
      'grace and soak that do not fit into the horizon',
      'production',
      { profile: { measured: { graceS: 30, soakS: 880 } } },
      'profile.measured.soakS',
      '880',
      /910\) at most horizonS \(900\)/,
    ],
    [
      'health that may fail beyond the horizon',
      'production',
      { profile: { measured: { healthFailingSeconds: 900 } } },
      'profile.measured.healthFailingSeconds',
      '900',
      /horizonS/,
    ],
    [
      'a check that must be required, as advice',
      'development',
      { profile: { checks: { node: { 'served-leaf': 'advisory' } } } },
      'profile.checks.node.served-leaf',
      'advisory',
      /required/,
    ],
    [
      'a required check switched off',
      'production',
      { profile: { checks: { node: { names: 'off' } } } },
      'profile.checks.node.names',
      'off',
      /advisory/,
    ],
    [
      'a site for disasters without replication registered',
      'disaster-recovery',
      { health: { checks: [{ kind: 'network', name: 'n' }] } },
      'health.checks',
      '1 checks',
      /kind: replication/,
    ],
    [
      'a site for disasters whose replication is weighed',
      'disaster-recovery',
      { profile: { checks: { health: { replication: 'weighed' } } } },
      'profile.checks.health.replication',
      'weighed',
      /required/,
    ],
    [
      'a required kind of health check that is not there',
      'production',
      { profile: { checks: { health: { prometheus: 'required' } } } },
      'health.checks',
      '2 checks',
      /kind: prometheus/,
    ],
    [
      'staging required and not asked for',
      'production',
      { profile: { consistency: { requireStaging: true, expectStaging: false } } },
      'profile.consistency.requireStaging',
      'true',
      /expectStaging/,
    ],
    [
      'staging that waits for itself',
      'staging',
      { profile: { consistency: { expectStaging: true } } },
      'profile.consistency.expectStaging',
      'true',
      /staging/,
    ],
    [
      'a rollback that nobody answered about, where a person is asked before a node goes back',
      'production',
      { profile: { rollBack: { node: 'hold' }, decisionPoint: { seconds: 600, default: 'roll-back' } } },
      'profile.decisionPoint.default',
      'roll-back',
      /default: hold/,
    ],
    [
      'the same on a site for disasters, which asks a person by itself, even while nobody is waited for',
      'disaster-recovery',
      { profile: { decisionPoint: { default: 'roll-back' } } },
      'profile.decisionPoint.default',
      'roll-back',
      /automatic/,
    ],
    [
      'a person who is waited for beyond the end of the execution',
      'production',
      { profile: { decisionPoint: { seconds: 2701 } } },
      'profile.decisionPoint.seconds',
      '2701',
      /At most 2700: verificationSeconds \(900\)/,
    ],
    ['profiles in a circle', 'production', { profile: { extends: 'a' }, profiles: circle }, 'profiles.c.extends', 'a', /built-in/],
    [
      'a profile that extends itself',
      'production',
      { profile: { extends: 'a' }, profiles: { a: { extends: 'a' } } },
      'profiles.a.extends',
      'a',
      /built-in/,
    ],
    ['a built-in name', 'production', { profiles: { staging: {} } }, 'profiles.staging', 'staging', /another name/],
    [
      'production on development’s ground',
      'production',
      { profile: { extends: 'development' } },
      'profile.extends',
      'development',
      /Extend production/,
    ],
    [
      'production on development’s ground by a detour',
      'production',
      { profile: { extends: 'x' }, profiles: { x: { extends: 'development' } } },
      'profile.extends',
      'x',
      /Extend production/,
    ],
  ] as const)('refuses %s', (_, environment, more, field, value, fix) => {
    expect(errorOf(() => registered(environment, more))).toMatchObject({
      code: 'PROFILE_CONTRADICTORY',
      field,
      value,
      fix: expect.stringMatching(fix),
    });
  });

  test.each([
    ['a profile that does not exist', { profile: { extends: 'prodution' } }, 'PROFILE_UNKNOWN', 'profile.extends', /"production"/],
    [
      'one that a profile of one’s own names',
      { profile: { extends: 'a' }, profiles: { a: { extends: 'gone' } } },
      'PROFILE_UNKNOWN',
      'profiles.a.extends',
      /Known profiles/,
    ],
    [
      'a share of 0',
      { profile: { measured: { thresholds: { tlsFailures: 0 } } } },
      'FIELD_INVALID',
      'profile.measured.thresholds.tlsFailures',
      /above 0/,
    ],
    [
      'a share above 1',
      { profile: { measured: { thresholds: { cqlErrorsAboveBaseline: 1.2 } } } },
      'FIELD_INVALID',
      'profile.measured.thresholds.cqlErrorsAboveBaseline',
      /at most 0\.9/,
    ],
    [
      'a share that is no number',
      { profile: { measured: { thresholds: { tlsFailures: Number.NaN } } } },
      'FIELD_INVALID',
      'profile.measured.thresholds.tlsFailures',
      /./,
    ],
    [
      'a ratio of 1',
      { profile: { measured: { thresholds: { responseTimeRatio: 1 } } } },
      'FIELD_INVALID',
      'profile.measured.thresholds.responseTimeRatio',
      /above 1/,
    ],
    [
      'a negative weight',
      { profile: { measured: { weights: { tlsTime: -1 } } } },
      'FIELD_INVALID',
      'profile.measured.weights.tlsTime',
      /./,
    ],
    ['an unknown key', { profile: { limit: {} } }, 'FIELD_INVALID', 'profile.limit', /"limits"/],
    [
      'an unknown check',
      { profile: { checks: { node: { 'served-leafs': 'off' } } } },
      'FIELD_INVALID',
      'profile.checks.node.served-leafs',
      /"served-leaf"/,
    ],
    [
      'an unknown key in a profile of one’s own',
      { profiles: { a: { measured: { alfa: 0.1 } } } },
      'FIELD_INVALID',
      'profiles.a.measured.alfa',
      /"alpha"/,
    ],
    [
      'a mode that only health checks have',
      { profile: { checks: { node: { names: 'weighed' } } } },
      'FIELD_INVALID',
      'profile.checks.node.names',
      /advisory/,
    ],
  ])('refuses %s', (_, more, code, field, fix) => {
    expect(errorOf(() => registered('production', more))).toMatchObject({ code, field, fix: expect.stringMatching(fix) });
  });

  test('anything at all under profile: a profile, or one of our own errors', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (profile, profiles) => {
        try {
          readRegistration(yamlOf('production', { profile, profiles }));
        } catch (error) {
          expect((error as RingwardError).code).toMatch(/^(FIELD_INVALID|PROFILE_)/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function errorOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return 'it was accepted';
}

test('a wait for a person ends an hour before the execution does, which is what a rollback may take', () => {
  const machine = JSON.parse(readFileSync(new URL('../../../statemachines/verify-deployment.asl.json', import.meta.url), 'utf8')) as {
    TimeoutSeconds: number;
    States: Record<string, { TimeoutSeconds?: number }>;
  };
  const longest = machine.TimeoutSeconds - (machine.States['Roll back']?.TimeoutSeconds ?? Number.NaN);
  const asks = (seconds: number) => () => registered('production', { profile: { decisionPoint: { seconds } } });
  expect(asks(longest - 900)).not.toThrow();
  expect(asks(longest - 899)).toThrow(/PROFILE_CONTRADICTORY/);
  // Nor does a watch by which nobody is asked outlive its execution.
  const watches = (verificationSeconds: number) => () => registered('production', { limits: { verificationSeconds } });
  expect(watches(longest)).not.toThrow();
  expect(watches(longest + 1)).toThrow(/PROFILE_CONTRADICTORY/);
});
