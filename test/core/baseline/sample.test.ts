/** Samples for baselines from the looks that are made anyway; reports of older nodes still parse. */
import { expect, test } from 'vitest';
import { type SeenForBaseline, samplesOf } from '../../../core/baseline/sample.ts';
import { LoadSample, loadBetween, loadSinceStart } from '../../../core/load/load-sample.ts';
import type { NodeObservation } from '../../../core/node/facts.ts';
import { CanaryFact, type ClientObservation } from '../../../core/verify/client-observation.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 24, 10);
const NODES = ['i-0', 'i-1'];

/** Since an hour ago: 360,000 requests, 36 errors, 20 % of two processors, 360 MB. */
const counters = (hours: number, bent: Partial<LoadSample> = {}): LoadSample => ({
  at: NOW + hours * HOUR,
  uptimeMs: (100 + hours) * HOUR,
  cpuMs: (100 + hours) * HOUR * 0.4,
  processors: 2,
  heapMax: 1000,
  heapAfterCollection: 300,
  collectedAtMs: 5,
  requests: (100 + hours) * 360_000,
  errors: (100 + hours) * 36,
  dropped: 0,
  networkBytes: (100 + hours) * 360_000_000,
  ...bent,
});
const client = {
  at: NOW,
  wire: NODES.map((node) => ({
    node,
    listener: 'client',
    address: node,
    port: 9042,
    handshake: 'complete',
    read: 'answered',
    chain: [],
    ms: 6,
  })),
  canary: NODES.map((node) => ({ node, connected: true, rows: 1, ms: 40, readMs: 1.5 })),
  authorities: [],
  certificates: {},
} as unknown as ClientObservation;
const seen = (bent: Partial<SeenForBaseline> = {}): SeenForBaseline => ({
  observations: new Map(NODES.map((node) => [node, { load: counters(0) } as unknown as NodeObservation])),
  client,
  before: new Map(NODES.map((node) => [node, counters(-1)])),
  ill: new Set(),
  nodes: NODES,
  ...bent,
});

test('all five metrics of the user story, each from its source; rates are of the middle of the time between two looks', () => {
  const samples = samplesOf(seen(), NOW);
  expect(samples.filter(({ node }) => node === 'i-0')).toEqual([
    {
      at: NOW - HOUR / 2,
      node: 'i-0',
      values: { memory: 0.3, throughput: 100, 'error-rate': 0.0001, cpu: 0.2, network: 100_000 },
    },
    { at: NOW, node: 'i-0', values: { 'connection-time': 6, 'query-time': 1.5 } },
  ]);
});

test('of the whole cluster requests and bytes add up, the rest is averaged; without one node nothing is summed', () => {
  const ofCluster = (bent: Partial<SeenForBaseline>) =>
    Object.assign(
      {},
      ...samplesOf(seen(bent), NOW)
        .filter(({ node }) => node === '*')
        .map(({ values }) => values),
    ) as Record<string, number>;
  expect(ofCluster({})).toEqual({
    memory: 0.3,
    throughput: 200,
    'error-rate': 0.0001,
    cpu: 0.2,
    network: 200_000,
    'connection-time': 6,
    'query-time': 1.5,
  });
  expect(ofCluster({ before: new Map([['i-0', counters(-1)]]) })).toEqual({ memory: 0.3, 'connection-time': 6, 'query-time': 1.5 });
});

test('a node that something is proven against teaches nothing', () => {
  const samples = samplesOf(seen({ ill: new Set(['i-1']) }), NOW);
  expect(new Set(samples.map(({ node }) => node))).toEqual(new Set(['i-0']));
});

test('looks too far apart, a restart between them, or too few requests: no rate rather than a wrong one', () => {
  const valuesAfter = (before: LoadSample) =>
    samplesOf(seen({ client: null, before: new Map([['i-0', before]]) }), NOW).find(({ node }) => node === 'i-0')?.values;
  expect(valuesAfter(counters(-3))).toEqual({ memory: 0.3 });
  expect(valuesAfter(counters(-1, { uptimeMs: 200 * HOUR }))).toEqual({ memory: 0.3 });
  const quiet = valuesAfter(counters(-1, { requests: 100 * 360_000 - 5, errors: 3600 - 2 }));
  expect(quiet).not.toHaveProperty('error-rate');
  expect(quiet?.throughput).toBeCloseTo(5 / 3600);
});

test('a handshake that failed and a read that did not come are no times', () => {
  const failed = {
    ...client,
    wire: client.wire.map((one) => ({ ...one, handshake: 'refused' as const })),
    canary: client.canary.map((one) => ({ ...one, connected: false })),
  };
  expect(samplesOf(seen({ client: failed, observations: new Map() }), NOW)).toEqual([]);
});

test('samples and canary facts of older nodes, without network and read time, still parse and give the rest', () => {
  const { networkBytes: _, ...old } = counters(0);
  expect(LoadSample.parse(old)).toEqual(old);
  expect(loadBetween(LoadSample.parse(old), counters(1))).toMatchObject({ throughput: 100, networkBytes: null });
  expect(CanaryFact.parse({ node: 'i-0', connected: true, rows: 1, ms: 40 })).not.toHaveProperty('readMs');
  const samples = samplesOf(seen({ observations: new Map([['i-0', { load: old } as unknown as NodeObservation]]) }), NOW);
  expect(samples.find(({ node }) => node === 'i-0')?.values).toEqual({ memory: 0.3, throughput: 100, 'error-rate': 0.0001, cpu: 0.2 });
});

test('interfaces that began to count anew give no rate, and since a process’s start nothing is known of them', () => {
  expect(loadBetween(counters(0), counters(1, { networkBytes: 7 }))?.networkBytes).toBeNull();
  expect(loadSinceStart(counters(0))?.networkBytes).toBeNull();
  expect(loadBetween(counters(0), counters(1))?.networkBytes).toBeCloseTo(100_000);
});
