/** Learning as it is deployed: the state machine, its own functions and the table; only nodes and client are played. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WHOLE_CLUSTER } from '../../core/baseline/metric.ts';
import type { LoadSample } from '../../core/load/load-sample.ts';
import { clientObservationKey, type OfLook, observationKey } from '../../core/observe/evidence-keys.ts';
import { NODES, registration } from '../cli/world.ts';
import { MONDAY, weeksOf } from '../core/baseline/weeks.ts';
import { createTables } from '../fixtures/create-tables.ts';
import { BUCKET, SecondLocalAws } from './second-local-aws.ts';

const HOUR = 3_600_000;
const OF = { environment: 'production', cluster: 'payments' } as const;
let aws: SecondLocalAws;
let baselines: typeof import('../../adapters/dynamodb/baselines.ts');
let table: typeof import('../../adapters/dynamodb/table.ts');

beforeAll(async () => {
  aws = await SecondLocalAws.start();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    EVIDENCE_BUCKET: BUCKET,
  });
  await createTables({}, { BASELINES_TABLE: ['of', 'entry'], CLUSTERS_TABLE: ['cluster'] });
  // The adapters take the endpoint when they are loaded.
  baselines = await import('../../adapters/dynamodb/baselines.ts');
  table = await import('../../adapters/dynamodb/table.ts');
  const { saveRegistration } = await import('../../adapters/dynamodb/clusters.ts');
  const { writeEvidence } = await import('../../adapters/s3/evidence.ts');
  const [{ handler: admit }, { handler: learn }] = await Promise.all([
    import('../../functions/intake/admit-check.ts'),
    import('../../functions/baseline/learn-samples.ts'),
  ]);
  for (const cluster of ['payments', 'orders']) await saveRegistration({ ...registration, cluster }, 0);
  aws.functions = {
    AdmitCheck: (payload) => admit(payload as never),
    LearnSamples: (payload) => learn(payload as never),
    ObserveNode: async (payload) => {
      const { node, ...look } = payload as unknown as OfLook & { node: string };
      await writeEvidence(observationKey(look, node), observation());
      return payload;
    },
    ObserveFromClient: async (payload) => ({
      client: await writeEvidence(clientObservationKey(payload as unknown as OfLook), seenByClient()),
    }),
  };
  await aws.deploy(1);
});
afterAll(() => aws.stop());

/** A node at 100 requests a second by its own counters. */
function observation(): object {
  const uptimeMs = Date.now() - MONDAY;
  const load: LoadSample = {
    at: Date.now(),
    uptimeMs,
    cpuMs: uptimeMs / 5,
    processors: 2,
    requests: uptimeMs / 10,
    errors: 0,
    dropped: 0,
    networkBytes: uptimeMs,
  };
  const nothing = { files: [], stores: [], listeners: [], peers: [], ring: null, configuration: [], certificates: {} };
  return { at: Date.now(), ...nothing, service: { state: 'active', pid: 1, startedAt: 0 }, java: '17', load };
}

function seenByClient(): object {
  const wire = NODES.map((node) => ({
    node,
    listener: 'client',
    address: node,
    port: 9042,
    handshake: 'complete',
    read: 'answered',
    chain: [],
    ms: 6,
  }));
  const canary = NODES.map((node) => ({ node, connected: true, rows: 1, ms: 40, readMs: 1.5 }));
  return { at: Date.now(), wire, canary, authorities: [], certificates: {} };
}

const called = (name: string) => aws.calls.filter((call) => call.name === name).map(({ payload }) => payload);

test('a run before a deployment looks once, as closely as a soak does, and learns every metric of every node from two such looks', async () => {
  const first = await aws.run('learn-baseline', { cluster: 'payments', look: true, reason: 'd-1 is starting' });
  expect(first).toMatchObject({ status: 'SUCCEEDED', output: { learnt: [...NODES, WHOLE_CLUSTER], drifts: [], unreadable: [] } });
  expect(called('ObserveNode').map(({ node, depth }) => [node, depth])).toEqual(
    expect.arrayContaining(NODES.map((node) => [node, 'soak'])),
  );
  // Counters that lie less than half a second apart make no rate.
  await pause(700);
  expect(await aws.run('learn-baseline', { cluster: 'payments', look: true })).toMatchObject({ status: 'SUCCEEDED' });
  const { versions } = await baselines.loadBaselines(OF);
  expect(versions.map(({ node, version }) => [node, version])).toEqual(
    expect.arrayContaining([...NODES, WHOLE_CLUSTER].map((node) => [node, 2])),
  );
  for (const { metrics } of versions)
    expect(Object.keys(metrics).toSorted()).toEqual(['connection-time', 'cpu', 'error-rate', 'network', 'query-time', 'throughput']);
});

test('without a look nobody is asked, and a run that finds nothing new makes no version', async () => {
  expect(await aws.run('learn-baseline', { cluster: 'payments' })).toMatchObject({
    status: 'SUCCEEDED',
    output: { learnt: [], samples: 0 },
  });
  expect([called('ObserveNode'), called('ObserveFromClient'), called('LearnSamples').length]).toEqual([[], [], 1]);
});

test('eight weeks in one run: the drift is told; a damaged item is told and learnt anew, and the version before is kept until its time', async () => {
  const of = { ...OF, cluster: 'orders' };
  const move = Date.now() - (168 * 8 + 1) * HOUR - MONDAY;
  const weeks = [NODES[0], WHOLE_CLUSTER].flatMap((node, i) =>
    weeksOf({ seed: 5 + i, hours: 168 * 8, node, ...(node === WHOLE_CLUSTER ? { shift: { from: 168 * 6 + 48, factor: 2 } } : {}) }),
  );
  const samples = weeks.map((one) => ({ ...one, at: one.at + move }));
  await baselines.saveSamples(of, samples, Date.now());
  expect(await aws.run('learn-baseline', { cluster: 'orders' })).toMatchObject({
    status: 'SUCCEEDED',
    output: { learnt: [NODES[0], '*'], samples: samples.length, drifts: [{ node: '*', metric: 'throughput' }] },
  });
  const good = await baselines.loadBaselines(of);
  const known = good.versions.find(({ node }) => node === NODES[0])!;
  // Who comes second with the same version changes nothing.
  expect(await baselines.saveBaseline({ ...known, learnedUntil: 0 }, undefined)).toBe(false);
  await table.putItem('BASELINES_TABLE', {
    of: 'production#orders',
    entry: `baseline#${NODES[0]}`,
    version: 1,
    packed: new Uint8Array([1, 2, 3]),
  });
  const again = await aws.run('learn-baseline', { cluster: 'orders' });
  expect(again).toMatchObject({
    status: 'SUCCEEDED',
    output: { learnt: [NODES[0]], unreadable: [expect.stringContaining('BASELINE_UNREADABLE')] },
  });
  const mended = (await baselines.loadBaselines(of)).versions.find(({ node }) => node === NODES[0]);
  expect(mended?.version).toBe(2);
  expect(mended?.metrics).toEqual(known.metrics);
  await baselines.saveSamples(of, [{ at: Date.now(), node: WHOLE_CLUSTER, values: { throughput: 400 } }], Date.now());
  expect(await aws.run('learn-baseline', { cluster: 'orders' })).toMatchObject({ output: { learnt: ['*'] } });
  const kept = await table.queryItems('BASELINES_TABLE', { name: 'of', value: 'production#orders#versions' });
  expect(kept.map(({ entry }) => entry)).toEqual(['*#00000001']);
  expect(Math.round((Number(kept[0]?.['forgetAt']) - Date.now() / 1000) / 86_400)).toBe(56);
  expect((await baselines.loadBaselines({ ...of, environment: 'staging' })).versions).toEqual([]);
});

test('an override is read back; one that is damaged is told, and keeps no baseline from serving', async () => {
  const now = Date.now();
  const override = {
    ...OF,
    node: WHOLE_CLUSTER,
    metric: 'cpu' as const,
    value: 0.4,
    reason: 'reindexing',
    approver: 'M. Berg',
    requestedBy: 'ops@desk',
    from: now,
    expiresAt: now + HOUR,
  };
  await baselines.saveOverride(override);
  await table.putItem('BASELINES_TABLE', { of: 'production#payments', entry: 'override#cpu#x#1', override: { value: 'much' } });
  const stored = await baselines.loadBaselines(OF);
  expect([stored.overrides, stored.versions.length]).toEqual([[override], NODES.length + 1]);
  expect(stored.unreadable).toMatchObject([{ kind: 'override', why: expect.stringMatching(/BASELINE_UNREADABLE.*Set it again/) }]);
});

test('a key that nobody knows is refused by its name, and nothing is learnt', async () => {
  const { handler } = await import('../../functions/intake/admit-check.ts');
  await expect(handler({ input: { cluster: 'payments', lok: true }, execution: 'x', depth: 'soak' })).rejects.toThrow(
    /FIELD_INVALID.*lok.*Did you mean "look"/,
  );
});
