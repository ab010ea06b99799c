/** The checks that run in the pause before a look end with it, whatever they ask. */
import { describe, expect, test, vi } from 'vitest';
import { CUT_SHORT, runCheck } from '../../adapters/health/run-check.ts';
import { nothingCouldBeAsked, runDueChecks } from '../../adapters/health/run-due-checks.ts';
import { Health } from '../../core/health/health-check.ts';
import { type HealthSample, HealthSamples } from '../../core/health/health-sample.ts';
import { healthKey } from '../../core/observe/evidence-keys.ts';
import { registration } from '../fixtures/ring.ts';

const stored = new Map<string, unknown>();
vi.mock('../../adapters/dynamodb/clusters.ts', () => ({ loadRegistration: async () => registered }));
vi.mock('../../adapters/s3/evidence.ts', () => ({
  readEvidence: async (key: string) => stored.get(key),
  writeEvidence: async (key: string, value: unknown) => stored.set(key, value),
}));
const registered = {
  ...registration,
  health: Health.parse({
    checks: ['a', 'b'].map((name) => ({ name, kind: 'http', url: 'http://10.0.9.1/', timeoutSeconds: 10, retries: 3 })),
  }),
};

test('endpoints that hang: the runner ends with the pause, and each check has an unknown sample', async () => {
  const look = { cluster: 'payments', deployment: 'd-1', epoch: 1, purpose: 'deployed', window: 1, occasion: '0a' } as const;
  const since = performance.now();
  const ran = await runDueChecks(
    { ...look, lookAgainAt: new Date(Date.now() + 400).toISOString() },
    'endpoints',
    async () => (check, endsAt) =>
      runCheck(
        check,
        (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
        'failed',
        endsAt,
      ),
  );
  expect(ran).toEqual({ ran: 2 });
  expect(performance.now() - since).toBeLessThan(2000);
  expect(HealthSamples.parse(stored.get(healthKey(look, 'endpoints'))).map(({ check, outcome }) => [check, outcome])).toEqual([
    ['a', 'unknown'],
    ['b', 'unknown'],
  ]);
});

test('a pause too short for any answer begins nothing, so that what is known stays known', async () => {
  const look = { cluster: 'payments', deployment: 'd-2', epoch: 1, purpose: 'deployed', window: 1, occasion: '0b' } as const;
  const soon = { ...look, lookAgainAt: new Date(Date.now() + 50).toISOString() };
  const ran = await runDueChecks(soon, 'endpoints', async () => () => Promise.reject(new Error('nothing was to be begun')));
  expect([ran, stored.get(healthKey(look, 'endpoints'))]).toEqual([{ ran: 0 }, []]);
});

describe('whether a place is broken', () => {
  const { checks } = registered.health;
  const sample = (check: string, outcome: HealthSample['outcome'], observed = 'not on the list of this cluster'): HealthSample => ({
    check,
    at: 0,
    outcome,
    observed,
    ms: 1,
    attempts: 1,
  });

  test('only where every check of it was asked, and none could be made', () => {
    expect(nothingCouldBeAsked([sample('a', 'unknown'), sample('b', 'unknown')], checks)).toBe('not on the list of this cluster');
    expect(nothingCouldBeAsked([sample('a', 'unknown'), sample('b', 'failed')], checks)).toBeNull();
  });

  test('a check that can never be made, due alone, is its own trouble and nobody else’s', () => {
    expect(nothingCouldBeAsked([sample('a', 'unknown')], checks)).toBeNull();
    expect(nothingCouldBeAsked([sample('a', 'unknown')], checks.slice(0, 1))).toBeNull();
    expect(nothingCouldBeAsked([], checks)).toBeNull();
  });

  test('what the pause cut short tells nothing of the place', () => {
    expect(nothingCouldBeAsked([sample('a', 'unknown', CUT_SHORT.observed), sample('b', 'unknown')], checks)).toBeNull();
  });
});
