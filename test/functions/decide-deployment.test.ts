/** The shipped function with its own adapters: which checks it runs, what it keeps of a kept artifact, and what it asks of staging. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Environment } from '../../core/cluster/environment.ts';
import type { Registration } from '../../core/cluster/registration.ts';
import { clientObservationKey, observationKey } from '../../core/observe/evidence-keys.ts';
import { evidenceHash } from '../../core/quorum/vote.ts';
import { voteOfClient, votesOfNode } from '../../core/quorum/votes-of-view.ts';
import { registered } from '../core/profile/environments.ts';
import { decidingTables } from '../fixtures/deciding-tables.ts';
import { NOW } from '../fixtures/pki.ts';
import { address, good, hash, healthyState, KEYSTORE, makeRing, NODES, type Ring } from '../fixtures/ring.ts';
import type { TablesAndObjects } from '../fixtures/tables-and-objects.ts';

type Handler = (input: object) => Promise<Record<string, unknown>>;

let aws: TablesAndObjects;
let decide: Handler;
let cast: typeof import('../../adapters/dynamodb/decisions.ts').cast;
let put: (table: string, item: Record<string, unknown>) => Promise<void>;

beforeAll(async () => {
  // Certificates of the fixtures are valid around this moment.
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  aws = await decidingTables();
  decide = (await import('../../functions/decide/decide-deployment.ts')).handler as unknown as Handler;
  cast = (await import('../../adapters/dynamodb/decisions.ts')).cast;
  put = (await import('../../adapters/dynamodb/table.ts')).putItem;
});
afterAll(async () => {
  vi.useRealTimers();
  await aws.end();
});
beforeEach(() => {
  aws.items.clear();
  aws.objects.clear();
  aws.calls.length = 0;
});

/** One window at the end of a long good streak, of a deployment of fresh leaves. */
async function window(registration: Registration, seconds: number, deployed: Ring, startedBy: 'completed' | 'alarm' = 'completed') {
  const now = Date.now();
  const of = { cluster: registration.cluster, deployment: `d-${registration.environment}`, epoch: 1 };
  const look = { purpose: 'deployed' as const, window: 5, occasion: 'abc' };
  const since = now - (seconds + 10) * 1000;
  await put('Clusters', { cluster: registration.cluster, registration });
  await put('Deployments', {
    ...of,
    state: 'verifying',
    completedAt: since,
    executions: [{ execution: 'arn:x', kind: startedBy, epoch: of.epoch, startedAt: since }],
    version: 1,
    detail: {
      schema: 1,
      deploymentId: of.deployment,
      cluster: of.cluster,
      change: 'leaf-renewal',
      activation: 'reload',
      requestedBy: 'pipeline',
      nodes: NODES.map((node) => ({ node, artifacts: [{ path: KEYSTORE, sha256: hash('d'), kind: 'keystore' }] })),
    },
  });
  const nodes = NODES.map((node) => ({ node, artifacts: [{ path: KEYSTORE, sha256: hash('d'), kind: 'keystore' as const }] }));
  const known = { registration, nodes, activation: 'reload' as const, completedAt: since };
  for (const [node, observed] of deployed.observations) {
    const observation = { ...observed, at: now };
    aws.objects.set(`/evidence/${observationKey({ ...of, ...look }, node)}`, JSON.stringify(observation));
    await cast(votesOfNode({ ...of, ...look }, node, observation, evidenceHash(observation), known, now), registration);
  }
  const client = { ...deployed.client, at: now };
  aws.objects.set(`/evidence/${clientObservationKey({ ...of, ...look })}`, JSON.stringify(client));
  await cast([voteOfClient({ ...of, ...look }, client, evidenceHash(client), known, now)], registration);
  const earlier = [{ window: 0, at: now - seconds * 1000, outcome: 'good' }];
  return decide({ ...of, ...look, since, earlier, depth: 'full', observedAt: now });
}

const fresh = (nameOf = address): Ring =>
  makeRing(
    NODES.map((_, i) => {
      const own = good.leaf(address(i), { addresses: [nameOf(i)] });
      return { ...healthyState(i, own), disk: [own, good.intermediate], served: [own, good.intermediate] };
    }),
  );
/** Without probes: what they measure is tested where it is judged. */
const named = (environment: Environment, profile: object = {}): Registration => ({
  ...registered(environment, { health: { checks: [] }, profile: { measured: { probes: 'off' }, ...profile } }),
  cluster: `payments-${environment}`,
});
const stored = (name: string): string => [...aws.objects].find(([key]) => key.endsWith(`/${name}`))?.[1] ?? '';

test('production watches longer what staging never kept; once staging kept its like, it keeps it', async () => {
  expect(await window(named('production'), 200, fresh())).toMatchObject({
    decision: 'watch',
    why: expect.stringContaining('Staging never kept the artifact, so the soak is of 270 s'),
  });
  expect(aws.items.get('Kept')).toBeUndefined();
  expect(await window(named('staging'), 200, fresh())).toMatchObject({ verdict: 'keep' });
  expect(aws.items.get('Kept')).toMatchObject([
    {
      environment: { S: 'staging' },
      cluster: { S: 'payments-staging' },
      deployment: { S: 'd-staging' },
      of: { M: { issuer: { S: 'CN=Payments Intermediate' } } },
    },
  ]);
  expect(aws.items.get('Kept')?.[0]?.['leaves']).toMatchObject({ L: { length: 3 } });
  expect(await window(named('production'), 200, fresh())).toMatchObject({ verdict: 'keep' });
  expect(aws.items.get('Kept')).toHaveLength(2);
});

test('the verdict that is stored has the notice; a required staging holds and remembers nothing', async () => {
  await window(named('production'), 280, fresh());
  const notices = (): string => JSON.stringify(aws.items.get('Deployments'));
  expect(notices()).toContain('never seen in staging');
  aws.items.clear();
  const strict = named('production', { consistency: { requireStaging: true } });
  expect(await window(strict, 280, fresh())).toMatchObject({ verdict: 'hold', nextStep: expect.stringContaining('staging') });
  expect(aws.items.get('Kept')).toBeUndefined();
});

test('a memory of what was kept that cannot be read or written blocks no verdict (I9), and is told', async () => {
  process.env['KEPT_ARTIFACTS_TABLE'] = 'Gone';
  try {
    expect(await window(named('production'), 200, fresh())).toMatchObject({
      why: expect.stringContaining('Whether staging kept the artifact is not known'),
    });
    expect(await window(named('production'), 280, fresh())).toMatchObject({ verdict: 'keep' });
    expect(JSON.stringify(aws.items.get('Timeline'))).toContain('what was kept could not be remembered');
  } finally {
    process.env['KEPT_ARTIFACTS_TABLE'] = 'Kept';
  }
});

test('development asks nobody for staging, runs no check that is off, and is not held by one that advises', async () => {
  const nameless = fresh((i) => `node${i}.elsewhere.example`);
  const bare = named('development', { checks: { node: { revocation: 'off' } } });
  expect(await window(bare, 60, nameless)).toMatchObject({ verdict: 'keep' });
  expect(aws.calls.filter((call) => call === 'Query Kept')).toHaveLength(1);
  const [one] = JSON.parse(stored('verifications.json')) as { off: string[]; checks: { check: string; advisory?: boolean }[] }[];
  expect(one?.off).toEqual(['revocation', 'throughput', 'memory', 'cpu', 'clients-back']);
  expect(one?.checks.map(({ check }) => check)).not.toContain('revocation');
  expect(one?.checks.filter(({ check }) => ['names', 'connection-latency'].includes(check)).every(({ advisory }) => advisory)).toBe(true);
});

test('an alarm that fresh evidence does not confirm is held, told, and remembered as nothing kept; the same look without one is kept', async () => {
  const staging = named('staging');
  expect(await window(staging, 200, fresh(), 'alarm')).toMatchObject({
    verdict: 'hold',
    reason: expect.stringContaining('does not confirm it'),
  });
  expect(aws.items.get('Kept')).toBeUndefined();
  aws.items.clear();
  expect(await window(staging, 200, fresh())).toMatchObject({ verdict: 'keep' });
});
