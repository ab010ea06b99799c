/** What the canary tells of a connection, and of a read over it: they are two facts. */
import { expect, test } from 'vitest';
import { askAsClient, type CanaryDriver } from '../../adapters/cassandra/canary.ts';
import { clientCanary } from '../../core/verify/checks/client-canary.ts';
import { policyOf } from '../../core/verify/policy.ts';
import { NOW } from '../fixtures/pki.ts';
import { healthyState, makeRing, NODES, registration, snapshotOf } from '../fixtures/ring.ts';

const identity = { certificate: '', privateKey: '', authorities: '' };
const target = { node: NODES[0], address: '10.0.0.1', port: 9042, localDatacenter: 'dc1', consistency: 'LOCAL_QUORUM' };
const refused = () => Promise.reject(Object.assign(new Error('Cannot achieve consistency level LOCAL_QUORUM'), { code: 0x1000 }));

/** Asks a driver whose steps end so, and holds the fact against the check. */
async function judged(bent: Partial<CanaryDriver>) {
  let closed = 0;
  const driver: CanaryDriver = {
    connect: async () => undefined,
    execute: async () => ({ rowLength: 1 }),
    shutdown: async () => {
      closed += 1;
    },
    ...bent,
  };
  const fact = await askAsClient(target, identity, () => driver);
  expect(closed).toBe(1);
  const ring = makeRing(NODES.map((_, i) => healthyState(i)));
  const snapshot = snapshotOf({ ...ring, client: { ...ring.client, canary: [fact] } }, 0);
  const { outcome, findings } = clientCanary(snapshot, policyOf(registration.limits), NOW);
  return { fact, outcome, codes: findings.map(({ code }) => code) };
}

test('connected, and read', async () => {
  expect(await judged({})).toMatchObject({ fact: { connected: true, rows: 1 }, outcome: 'passed', codes: [] });
});

test('connected, and the read fails: that is no port that nobody reaches', async () => {
  expect(await judged({ execute: refused })).toMatchObject({
    fact: { connected: true, error: expect.stringContaining('Cannot achieve') },
    outcome: 'failed',
    codes: ['CLIENT_READ_FAILED'],
  });
});

test('not connected: nobody there, or a handshake that fails', async () => {
  expect(await judged({ connect: () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1:9042')) })).toMatchObject({
    fact: { connected: false },
    outcome: 'unknown',
    codes: ['CLIENT_UNREACHABLE'],
  });
  expect(await judged({ connect: () => Promise.reject(new Error('certificate has expired')) })).toMatchObject({
    outcome: 'failed',
    codes: ['CLIENT_HANDSHAKE_FAILED'],
  });
});
