/** The four checks of performance and the clients of before: each green, red, and open without evidence. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Baseline, emptyBaseline } from '../../../core/baseline/baseline.ts';
import { learn } from '../../../core/baseline/learn.ts';
import type { BaselineOverride } from '../../../core/baseline/override.ts';
import { loadChecks, type SoakLoad, withLoads, withSamples } from '../../../core/load/gather-load.ts';
import { judgeLoad, type LoadEvidence } from '../../../core/load/judge-load.ts';
import { type ConnectedClient, type LoadSample, loadBetween, loadSinceStart } from '../../../core/load/load-sample.ts';
import type { NodeObservation } from '../../../core/node/facts.ts';

const LIMITS = { connectionMs: 100, throughputLoss: 0.05, cpuIncrease: 0.1 };
const MIB = 1_048_576;
const START = Date.UTC(2026, 10, 24, 10);
const app: ConnectedClient = { address: '10.0.9.1', driver: 'java', version: '4.17', tls: true, connections: 2 };

/** A process that has run for a day at 200 requests a second and 20 % of two processors. */
function sample(atS: number, bent: Partial<LoadSample> = {}): LoadSample {
  const uptimeMs = 86_400_000 + atS * 1000;
  return {
    at: START + atS * 1000,
    uptimeMs,
    cpuMs: 0.2 * 2 * uptimeMs,
    processors: 2,
    heapMax: 1000 * MIB,
    heapAfterCollection: (300 + (atS % 3)) * MIB,
    collectedAtMs: uptimeMs - 100,
    requests: Math.round(200 * (uptimeMs / 1000)),
    errors: 0,
    hints: 0,
    dropped: 0,
    clients: [app],
    ...bent,
  };
}
const times = (count: number): number[] => Array.from({ length: count }, (_, i) => i * 2);
const evidence = (bent: Partial<LoadEvidence> = {}): LoadEvidence => ({
  node: 'n',
  before: [sample(-60), sample(-1)],
  during: times(12).map((at) => sample(at)),
  connections: [5, 6, 7, 30],
  at: 0,
  ...bent,
});
const outcome = (name: string, given: LoadEvidence) => judgeLoad(given, LIMITS).find(({ check }) => check === name);

test('a healthy soak: all four pass, and all advise only', () => {
  expect(judgeLoad(evidence(), LIMITS).map(({ check, outcome: found, advisory }) => [check, found, advisory])).toEqual([
    ['connection-latency', 'passed', true],
    ['throughput', 'passed', true],
    ['memory', 'passed', true],
    ['cpu', 'passed', true],
  ]);
});

describe('each gone bad', () => {
  test('slow connections', () => {
    expect(outcome('connection-latency', evidence({ connections: [90, 120, 130] }))).toMatchObject({
      outcome: 'failed',
      findings: [{ code: 'CONNECTION_SLOW' }],
    });
  });

  test('a tenth of the requests lost; four in a hundred are within the limit', () => {
    const at = (share: number) => times(12).map((s) => sample(s, { requests: Math.round(200 * 86_400 + 200 * share * s) }));
    expect(outcome('throughput', evidence({ during: at(0.9) }))).toMatchObject({
      outcome: 'failed',
      findings: [{ code: 'THROUGHPUT_LOST' }],
    });
    expect(outcome('throughput', evidence({ during: at(0.96) }))?.outcome).toBe('passed');
  });

  test('a burner of a fifth of the host; a twentieth is within the limit', () => {
    const at = (more: number) => times(12).map((s) => sample(s, { cpuMs: 0.4 * 86_400_000 + (0.2 + more) * 2 * s * 1000 }));
    expect(outcome('cpu', evidence({ during: at(0.2) }))).toMatchObject({ outcome: 'failed', findings: [{ code: 'CPU_INCREASED' }] });
    expect(outcome('cpu', evidence({ during: at(0.05) }))?.outcome).toBe('passed');
  });

  test('a heap that only grows after collections; one that goes up and down, or grows by a trifle, does not', () => {
    const at = (heap: (i: number) => number) => times(12).map((s, i) => sample(s, { heapAfterCollection: heap(i) * MIB }));
    expect(outcome('memory', evidence({ during: at((i) => 300 + 5 * i) }))).toMatchObject({
      outcome: 'failed',
      findings: [{ code: 'HEAP_GROWS' }],
    });
    expect(outcome('memory', evidence({ during: at((i) => 300 + 40 * (i % 3)) }))?.outcome).toBe('passed');
    expect(outcome('memory', evidence({ during: at((i) => 300 + 0.001 * i) }))?.outcome).toBe('passed');
    // Memtables fill between two flushes.
    expect(outcome('memory', evidence({ during: at((i) => 300 + 0.8 * i) }))?.outcome).toBe('passed');
  });
});

test('a leak after a restart is seen by the points of the new process alone; those of before do not hide it', () => {
  const leaking = (at: number, i: number): LoadSample => ({
    ...sample(at, { heapAfterCollection: (300 + 20 * i) * MIB }),
    ...{ uptimeMs: 60_000 + at * 1000, collectedAtMs: 60_000 + at * 1000 - 100 },
  });
  const before = times(12).map((at) => sample(at, { heapAfterCollection: 600 * MIB }));
  const after = times(8).map((at, i) => leaking(100 + at, i));
  expect(outcome('memory', evidence({ during: after }))?.outcome).toBe('failed');
  expect(outcome('memory', evidence({ during: [...before, ...after] }))).toMatchObject({
    outcome: 'failed',
    findings: [{ observed: expect.stringMatching(/^8 collections/) }],
  });
  // Few points of the new process are too few, however many the old one had.
  expect(outcome('memory', evidence({ during: [...before, ...after.slice(0, 3)] }))?.outcome).toBe('unknown');
});

test('without evidence each is open, never passed', () => {
  const nothing = judgeLoad(evidence({ before: [], during: [sample(0)], connections: [] }), LIMITS);
  expect(nothing.map(({ outcome: found }) => found)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
});

test('samples of another process, or of one moment, give no rate', () => {
  expect(loadBetween(sample(0), sample(10, { uptimeMs: 5000, requests: 10 }))).toBeNull();
  expect(loadBetween(sample(0), sample(0.1))).toBeNull();
  expect(loadSinceStart(sample(0))?.throughput).toBeCloseTo(200);
  expect(loadSinceStart(sample(0, { uptimeMs: 2000 }))).toBeNull();
});

test('property: noise without a trend is no leak in 99 of 100', () => {
  let alarms = 0;
  const runs = 300;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 280, max: 340 }), { minLength: 20, maxLength: 40 }), (heaps) => {
      const during = heaps.map((heap, i) => sample(i * 2, { heapAfterCollection: heap * MIB }));
      if (outcome('memory', evidence({ during }))?.outcome === 'failed') alarms += 1;
    }),
    { numRuns: runs, seed: 5 },
  );
  expect(alarms / runs).toBeLessThan(0.01);
});

const observed = (load: LoadSample) => new Map([['n', { load } as unknown as NodeObservation]]);

test('samples of watches and windows come together; a restart leaves the process of before as the baseline', () => {
  const history = withSamples(withSamples({}, observed(sample(-60))), observed(sample(-2)));
  let soak: SoakLoad = {};
  for (const at of times(8))
    soak = withLoads(soak, observed(sample(at, { uptimeMs: 20_000 + at * 1000, cpuMs: at * 400, requests: 200 * at })), null, true);
  const checks = loadChecks('n', history, soak, LIMITS, 0);
  expect(checks.map(({ check, outcome: found }) => [check, found])).toEqual([
    ['connection-latency', 'unknown'],
    ['throughput', 'passed'],
    ['memory', 'passed'],
    ['cpu', 'passed'],
    ['clients-back', 'passed'],
  ]);
  expect(checks[1]?.summary).toContain('58 s before the deployment');
});

test('a watch in the middle of the soak is no baseline', () => {
  const during = withSamples({}, observed(sample(20, { requests: 1 })));
  const soak = withLoads({}, observed(sample(0)), null, true);
  const [, throughput] = loadChecks('n', during, soak, LIMITS, 0);
  expect(throughput?.summary).not.toContain('of the 20 s');
  expect(loadChecks('n', during, soak, LIMITS, 0)).toEqual(loadChecks('n', {}, soak, LIMITS, 0));
});

test('a window in which only the client looked adds no sample of the nodes', () => {
  const first = withLoads({}, observed(sample(0)), null, true);
  expect(withLoads(first, observed(sample(0)), null, false)['n']?.samples).toHaveLength(1);
});

test('a client that has not come back is named by host, driver and TLS', () => {
  const history = withSamples({}, observed(sample(-60, { clients: [app, { ...app, address: '10.0.9.2', driver: 'python' }] })));
  const soak = withLoads({}, observed(sample(0)), null, true);
  expect(loadChecks('n', history, soak, LIMITS, 0).at(-1)).toMatchObject({
    outcome: 'failed',
    advisory: true,
    findings: [{ code: 'CLIENTS_MISSING', observed: 'not back: 10.0.9.2 (python 4.17, TLS)' }],
  });
});

describe('with baselines', () => {
  const HOUR = 3_600_000;
  const NOW = sample(0).at;
  /** Five days before the soak, an hour apart. */
  const learnt = (throughput: number, node = 'n'): Baseline =>
    learn(
      emptyBaseline('production', 'payments', node),
      Array.from({ length: 121 }, (_, i) => ({
        at: NOW - (120 - i) * HOUR,
        node,
        values: { throughput: throughput * (i % 2 === 0 ? 0.98 : 1.02), cpu: i % 2 === 0 ? 0.19 : 0.21, 'connection-time': 6, memory: 0.3 },
      })),
      NOW,
    );
  const known = (versions: readonly Baseline[], overrides: readonly BaselineOverride[] = []) => ({
    environment: 'production' as const,
    cluster: 'payments',
    versions: versions as readonly Baseline<'production'>[],
    overrides,
  });
  /** A soak of a process that has just started, so that its own counters say nothing of before. */
  const soakAt = (rate: number, nodes = ['n']): SoakLoad =>
    Object.fromEntries(
      nodes.map((node) => [
        node,
        {
          samples: times(8).map((at) => sample(at, { uptimeMs: 2000 + at * 1000, cpuMs: at * 400, requests: rate * at })),
          connections: [5, 6],
        },
      ]),
    );
  const check = (name: string, ...given: Parameters<typeof loadChecks>) => loadChecks(...given).find((one) => one.check === name);

  test('without a sample of before the season serves, with its own spread, and the summary says where it comes from', () => {
    const judged = (rate: number) => check('throughput', 'n', {}, soakAt(rate), LIMITS, NOW + 20_000, known([learnt(200)]));
    expect(judged(200)).toMatchObject({
      outcome: 'passed',
      summary: expect.stringMatching(/before \(usual for Tuesday 10:00 UTC, learnt from 5 days/),
    });
    expect(judged(184)?.outcome).toBe('passed');
    expect(judged(120)).toMatchObject({ outcome: 'failed', findings: [{ code: 'THROUGHPUT_LOST' }] });
    expect(check('cpu', 'n', {}, soakAt(200), LIMITS, NOW + 20_000, known([learnt(200)]))).toMatchObject({
      outcome: 'passed',
      summary: expect.stringContaining('usual for'),
    });
    expect(check('throughput', 'n', {}, soakAt(120), LIMITS, NOW + 20_000)?.outcome).toBe('unknown');
  });

  test('a window of minutes before is better than the season, and is named', () => {
    const history = withSamples(withSamples({}, observed(sample(-600))), observed(sample(-2)));
    const soak = withLoads({}, observed(sample(0)), null, true);
    const full = times(8).reduce((all, at) => withLoads(all, observed(sample(at)), null, true), soak);
    expect(check('throughput', 'n', history, full, LIMITS, NOW + 20_000, known([learnt(900)]))).toMatchObject({
      outcome: 'passed',
      summary: expect.stringContaining('mean of the 600 s before the deployment'),
    });
  });

  test('without both, other nodes of before serve; a stale season judges nothing', () => {
    const history = withSamples({}, new Map([['m', { load: sample(-600) } as unknown as NodeObservation]]));
    const withOther = { ...withSamples(history, new Map([['m', { load: sample(-2) } as unknown as NodeObservation]])) };
    expect(check('throughput', 'n', withOther, soakAt(120), LIMITS, NOW + 20_000, known([]))).toMatchObject({
      outcome: 'failed',
      summary: expect.stringContaining('median of m before the deployment'),
    });
    const late = NOW + 9 * 24 * HOUR;
    expect(check('throughput', 'n', {}, soakAt(120), LIMITS, late, known([learnt(200)]))).toMatchObject({
      outcome: 'unknown',
      summary: expect.stringContaining('stale'),
    });
  });

  test('an override judges until it expires, and is told with its approver', () => {
    const override: BaselineOverride = {
      environment: 'production',
      cluster: 'payments',
      node: '*',
      metric: 'throughput',
      value: 100,
      reason: 'half of the clients are away',
      approver: 'M. Berg',
      requestedBy: 'ops@desk',
      from: NOW - HOUR,
      expiresAt: NOW + HOUR,
    };
    const judged = (at: number) => check('throughput', 'n', {}, soakAt(120), LIMITS, at, known([learnt(200)], [override]));
    expect(judged(NOW + 20_000)).toMatchObject({ outcome: 'passed', summary: expect.stringContaining('approved by M. Berg') });
    expect(judged(NOW + 2 * HOUR)?.outcome).toBe('failed');
  });

  test('what is judged by a limit of its own tells what is usual beside it', () => {
    expect(check('connection-latency', 'n', {}, soakAt(200), LIMITS, NOW + 20_000, known([learnt(200)]))?.summary).toMatch(
      /usual are 6\.0 ms \(usual for/,
    );
    const soak = { n: { samples: times(12).map((at) => sample(at)), connections: [] } };
    expect(check('memory', 'n', {}, soak, LIMITS, NOW + 20_000, known([learnt(200)]))?.summary).toContain('usual are 30.0 %');
  });
});

describe('more clients than a node tells', () => {
  const host = (i: number): ConnectedClient => ({ ...app, address: `10.0.8.${i}` });
  const hosts = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => host(from + i));
  const judged = (before: Partial<LoadSample>, now: Partial<LoadSample>) =>
    loadChecks(
      'n',
      {},
      withLoads(withLoads({}, observed(sample(0, before)), null, true), observed(sample(9, now)), null, true),
      LIMITS,
      0,
    ).at(-1);

  test('60 steady hosts of which each look tells another 40: nobody is called missing', () => {
    expect(judged({ clients: hosts(0, 40), clientsLeftOut: 20 }, { clients: hosts(20, 60), clientsLeftOut: 20 })).toMatchObject({
      outcome: 'unknown',
      summary: expect.stringContaining('20 more are connected'),
      findings: [],
    });
  });

  test('what was told before and is not told now is missing only where all are told now', () => {
    expect(judged({ clients: hosts(0, 40), clientsLeftOut: 20 }, { clients: hosts(1, 40) })).toMatchObject({
      outcome: 'failed',
      findings: [{ observed: 'not back: 10.0.8.0 (java 4.17, TLS)' }],
    });
    expect(judged({ clients: hosts(0, 40) }, { clients: hosts(0, 40), clientsLeftOut: 20 })?.outcome).toBe('passed');
    expect(judged({ clients: hosts(0, 40), clientsLeftOut: 1 }, { clients: hosts(0, 41) })?.outcome).toBe('unknown');
  });
});
