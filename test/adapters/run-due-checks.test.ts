/** The checks that run in the pause before a look end with it, whatever they ask. */
import { expect, test, vi } from 'vitest';
import { runCheck } from '../../adapters/health/run-check.ts';
import { runDueChecks } from '../../adapters/health/run-due-checks.ts';
import { Health } from '../../core/health/health-check.ts';
import { HealthSamples } from '../../core/health/health-sample.ts';
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
  expect([ran, stored.get(healthKey(look, 'endpoints'))]).toEqual([{ ran: 0 }, undefined]);
});
