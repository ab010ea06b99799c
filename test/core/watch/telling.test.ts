/** What a watch tells by an event: nothing where all is well, and never nothing where it saw nothing. */
import { expect, test } from 'vitest';
import type { HealthResult } from '../../../core/health/judge-health.ts';
import { toTell, type WatchAnswer } from '../../../core/watch/telling.ts';

const health = (outcome: HealthResult['outcome']): HealthResult => ({
  check: 'app',
  kind: 'http',
  outcome,
  before: 'unknown',
  weight: 1,
  observed: outcome,
  since: 1,
  runs: 1,
  failures: 0,
});
const well: WatchAnswer = {
  cluster: 'payments',
  outcome: 'passed',
  causes: [],
  health: [health('passed')],
  healthIsWell: true,
  drift: [],
  expiring: [],
  open: [],
  evidence: 'evidence/key',
};

test('all is well: nothing is told', () => {
  expect(toTell(well)).toBeNull();
});

test('a watch that nobody answers tells what it could not see, although nothing was found', () => {
  const open = Array.from({ length: 30 }, (_, i) => `i-${i} served-leaf: the node did not answer`);
  expect(toTell({ ...well, outcome: 'unknown', open })).toMatchObject({
    cluster: 'payments',
    outcome: 'unknown',
    causes: [],
    open: open.slice(0, 20),
  });
  expect(toTell({ ...well, outcome: 'unknown' })).toMatchObject({ outcome: 'unknown' });
});

test('a health check that is not well, and what differs or expires, is told', () => {
  expect(toTell({ ...well, outcome: 'failed', health: [health('passed'), health('failed')], healthIsWell: false })).toMatchObject({
    health: [{ check: 'app', observed: 'failed' }],
  });
  const drift = [{ node: 'i-1', what: 'file', where: '/etc/node.pem', was: 'a', is: 'b' }] as const;
  expect(toTell({ ...well, drift })).toMatchObject({ drift });
  expect(
    toTell({ ...well, expiring: [{ subject: 'CN=x', fingerprint: 'SHA256:0', authority: false, notAfter: 1, places: ['i-1 /x'] }] }),
  ).toMatchObject({
    expiring: [{ subject: 'CN=x' }],
  });
});
