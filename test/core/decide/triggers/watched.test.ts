/** Whole watches, look by look, under each profile: when the timer of health checks decides, and that no other deadline does before it. */
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../../core/cluster/environment.ts';
import { decideUnderProfile, underProfile } from '../../../../core/decide/decide-under-profile.ts';
import { summariseWindow } from '../../../../core/decide/this-window.ts';
import type { Verdict } from '../../../../core/decide/verdict.ts';
import { type WindowSummary, withWindow } from '../../../../core/decide/window-summary.ts';
import { Health } from '../../../../core/health/health-check.ts';
import type { HealthSample } from '../../../../core/health/health-sample.ts';
import { judgeHealth } from '../../../../core/health/judge-health.ts';
import { profileOf } from '../../../../core/profile/effective.ts';
import { allGood, evidence } from '../../../fixtures/deployment-evidence.ts';
import { NOW } from '../../../fixtures/pki.ts';

const CHECKS = Health.parse({
  checks: [
    { kind: 'http', name: 'orders', url: 'https://orders.internal/health' },
    { kind: 'cql', name: 'basket', query: 'SELECT id FROM shop.basket LIMIT 1' },
  ],
});
type Outcomes = Readonly<Record<string, (atS: number) => HealthSample['outcome']>>;
const always = () => 'passed' as const;
const sample = (check: string, outcome: HealthSample['outcome'], at: number): HealthSample => {
  return { check, place: 'endpoints', outcome, observed: outcome, at, ms: 5, attempts: 1 };
};

/** Looks at a deployment until a verdict: its health checks run each time, and end so. */
function watched(environment: Environment, outcomes: Outcomes): { readonly verdict: Verdict; readonly atS: number } {
  const rules = { cluster: 'payments', name: environment, profile: profileOf({ environment, profile: {}, limits: {} }), staging: null };
  const names = CHECKS.checks.map(({ name }) => name);
  const before = names.map((name) => sample(name, 'passed', NOW - 60_000));
  const during: HealthSample[] = [];
  let [now, window, depth, observedAt]: [number, number, 'full' | 'soak' | 'client', number] = [NOW + 2000, 0, 'full', NOW + 2000];
  let earlier: readonly WindowSummary[] = [];
  for (;;) {
    const looked = now;
    if (window > 0) during.push(...names.map((name) => sample(name, outcomes[name]?.((looked - NOW) / 1000) ?? 'unknown', looked)));
    if (depth !== 'client') observedAt = now;
    const seen = evidence(
      allGood.map((one) => ({ ...one, at: now })),
      { now, completedAt: NOW, window, depth, observedAt, earlier, health: judgeHealth(CHECKS, before, during) },
    );
    const decision = decideUnderProfile(seen, rules);
    if (decision.decision === 'decided') return { verdict: decision.verdict, atS: (now - NOW) / 1000 };
    earlier = withWindow(earlier, summariseWindow(underProfile(seen, rules)));
    [now, window, depth] = [decision.lookAgainAt, window + 1, decision.depth];
  }
}
const failsFrom = (fromS: number) => (atS: number) => (atS >= fromS ? ('failed' as const) : ('passed' as const));

describe.each<[Environment, number]>([
  ['development', 600],
  ['staging', 300],
  ['production', 300],
])('%s: %i s', (environment, timerS) => {
  test('two kinds that fail from the first look on go back when the timer ends', () => {
    const { verdict, atS } = watched(environment, { orders: failsFrom(0), basket: failsFrom(0) });
    expect(verdict).toMatchObject({ verdict: 'roll-back', reason: expect.stringContaining(`longer than ${timerS} s`) });
    expect(atS).toBeGreaterThan(timerS + 2);
    expect(atS).toBeLessThanOrEqual(timerS + 20);
  });

  test('one alone is held then, and a person is asked', () => {
    const { verdict, atS } = watched(environment, { orders: failsFrom(0), basket: always });
    expect(verdict).toMatchObject({ verdict: 'hold', reason: expect.stringContaining('no evidence of another kind agrees') });
    expect(atS).toBeLessThanOrEqual(timerS + 20);
  });

  test('well again just before its end, the timer starts anew and the deployment is kept', () => {
    const until = (atS: number) => (atS >= 10 && atS < 10 + timerS ? ('failed' as const) : ('passed' as const));
    const { verdict, atS } = watched(environment, { orders: until, basket: until });
    // In development the ten minutes of monitoring are over by then.
    expect(verdict.verdict).toBe(environment === 'development' ? 'hold' : 'keep');
    expect(verdict.reason).not.toContain('longer than');
    expect(atS).toBeGreaterThan(timerS);
  });

  test('what cannot be asked is held at the end, and never goes back', () => {
    const { verdict } = watched(environment, { orders: () => 'unknown', basket: () => 'unknown' });
    expect(verdict).toMatchObject({ verdict: 'hold', nodes: [], evidence: [] });
  });
});

test('a disaster-recovery site asks before a whole deployment goes back', () => {
  const { verdict } = watched('disaster-recovery', { orders: failsFrom(0), basket: failsFrom(0) });
  expect(verdict).toMatchObject({ verdict: 'hold', reason: expect.stringContaining('a person asked before whole deployments go back') });
});
