import { describe, expect, test } from 'vitest';
import { type Baseline, emptyBaseline } from '../../core/baseline/baseline.ts';
import { learn } from '../../core/baseline/learn.ts';
import type { BaselineSample } from '../../core/baseline/sample.ts';
import { NODES, START, World } from './world.ts';

const HOUR = 3_600_000;
const [NODE] = NODES;

/** Five days of one metric, an hour apart, until now. */
const samples: BaselineSample[] = Array.from({ length: 120 }, (_, i) => ({
  at: START - (119 - i) * HOUR,
  node: NODE,
  values: { throughput: 200 + (i % 2) },
}));
const known: Baseline = learn(emptyBaseline('production', 'payments', NODE), samples, START);
const ARGUMENTS = ['--metric', 'throughput', '--value', '900', '--reason', 'sale until Friday', '--approver', 'M. Berg', '--expires', '3d'];

function world(): World {
  const made = new World();
  made.baselines = [known];
  return made;
}

describe('show', () => {
  test('tells what is expected, its range and where it comes from', async () => {
    const w = world();
    expect(await w.run('baseline', 'show', '--cluster', 'payments', '--node', '10.0.1.1', '--metric', 'throughput', '--json')).toBe(0);
    const { expected, environment } = JSON.parse(w.out);
    expect(environment).toBe('production');
    expect(expected).toMatchObject([{ node: NODE, metric: 'throughput', source: 'seasonal', stale: false, unit: 'requests/s' }]);
    expect(expected[0].value).toBeCloseTo(200.5, 0);
  });

  test('what is not learnt yet, stale, or cannot be read needs attention, in words', async () => {
    const w = world();
    expect(await w.run('baseline', 'show', '--cluster', 'payments')).toBe(2);
    expect(w.out).toContain('no baseline, no sample from before');
    const later = world();
    later.now += 9 * 24 * HOUR;
    expect(await later.run('baseline', 'show', '--cluster', 'payments', '--node', NODE, '--metric', 'throughput')).toBe(2);
    expect(later.out).toMatch(/stale.*its newest value is 9 days old/);
    const broken = world();
    broken.unreadable = [{ kind: 'baseline', node: '*', version: 3, why: 'BASELINE_UNREADABLE (operator): it cannot be read' }];
    expect(await broken.run('baseline', 'show', '--cluster', 'payments', '--node', NODE, '--metric', 'throughput')).toBe(2);
    expect(broken.out).toContain('BASELINE_UNREADABLE');
  });

  test('--at asks for another moment, and a time that is none is refused', async () => {
    const w = world();
    const args = ['baseline', 'show', '--cluster', 'payments', '--node', NODE, '--metric', 'throughput', '--json', '--at'];
    expect(await w.run(...args, '2026-11-26T09:00:00Z')).toBe(0);
    expect(JSON.parse(w.out).expected[0].words).toContain('Thursday 09:00 UTC');
    expect(await w.run(...args, 'noon')).toBe(1);
  });
});

describe('override', () => {
  test('is stored with reason, approver, requester and expiry, and shown from then on until it expires', async () => {
    const w = world();
    expect(await w.run('baseline', 'override', '--cluster', 'payments', ...ARGUMENTS)).toBe(0);
    expect(w.baselineOverrides).toMatchObject([
      {
        environment: 'production',
        cluster: 'payments',
        node: '*',
        metric: 'throughput',
        value: 900,
        approver: 'M. Berg',
        from: START,
        expiresAt: START + 72 * HOUR,
      },
    ]);
    expect(w.baselineOverrides[0]?.requestedBy).toContain('@');
    w.out = '';
    expect(await w.run('baseline', 'show', '--cluster', 'payments', '--node', NODE, '--metric', 'throughput')).toBe(2);
    expect(w.out).toMatch(/900\.0 requests\/s.*override/);
    expect(w.out).toContain('approved by M. Berg');
    w.out = '';
    w.now += 72 * HOUR;
    expect(await w.run('baseline', 'show', '--cluster', 'payments', '--node', NODE, '--metric', 'throughput')).toBe(0);
    expect(w.out).not.toContain('M. Berg');
  });

  test.each([
    ['--reason', /required option '--reason/],
    ['--approver', /required option '--approver/],
    ['--expires', /required option '--expires/],
  ])('without %s nothing is set', async (option, said) => {
    const w = world();
    const at = ARGUMENTS.indexOf(option);
    expect(await w.run('baseline', 'override', '--cluster', 'payments', ...ARGUMENTS.toSpliced(at, 2))).toBe(1);
    expect(w.err).toMatch(said);
    expect([w.baselineOverrides, w.opened]).toEqual([[], 0]);
  });

  test.each([
    ['a value that is no number', ['--value', 'much'], 'ARGUMENT_INVALID'],
    ['per cent of something that is no share', ['--value', '40%'], 'ARGUMENT_INVALID'],
    ['an expiry that is no time', ['--expires', 'soon'], 'ARGUMENT_INVALID'],
    ['one that lasts for two months', ['--expires', '60d'], 'FIELD_INVALID'],
    ['one that is over already', ['--expires', '2026-01-01T00:00:00Z'], 'FIELD_INVALID'],
    ['a node that is not registered', ['--node', '10.9.9.9'], 'NODE_UNKNOWN'],
  ])('%s is refused, and nothing is set', async (_, bent, code) => {
    const w = world();
    expect(await w.run('baseline', 'override', '--cluster', 'payments', ...ARGUMENTS, ...bent)).toBe(1);
    expect(w.err).toContain(code);
    expect(w.baselineOverrides).toEqual([]);
  });

  test('shares are given as such or in per cent', async () => {
    const w = world();
    const args = ['--metric', 'cpu', '--reason', 'reindexing', '--approver', 'M. Berg', '--expires', '12h', '--node', '10.0.1.2'];
    expect(await w.run('baseline', 'override', '--cluster', 'payments', ...args, '--value', '40%')).toBe(0);
    expect(w.baselineOverrides).toMatchObject([{ node: NODES[1], metric: 'cpu', value: 0.4 }]);
    expect(await w.run('baseline', 'override', '--cluster', 'payments', ...args, '--value', '1.4')).toBe(1);
  });
});

describe('learn', () => {
  const ended = (output: object) => ({
    execution: 'arn:x',
    status: 'SUCCEEDED' as const,
    startedAt: 0,
    stoppedAt: 0,
    output,
    error: null,
    cause: null,
  });
  const nothing = { learnt: [NODE], samples: 24, drifts: [], stale: [], unreadable: [], overrides: [] };

  test('starts the machine, and asks the nodes only when told to', async () => {
    const w = world();
    w.executions = [ended(nothing), ended(nothing)];
    expect(await w.run('baseline', 'learn', '--cluster', 'payments')).toBe(0);
    expect(await w.run('baseline', 'learn', '--cluster', 'payments', '--look')).toBe(0);
    expect(w.started.map(({ machine, input }) => [machine, (input as { look?: boolean }).look])).toEqual([
      ['learn-baseline', undefined],
      ['learn-baseline', true],
    ]);
    expect(w.out).toContain('24 new samples; a new version of 1 baselines.');
  });

  test('a level that moved needs attention; a failure is told with its reason', async () => {
    const w = world();
    w.executions = [ended({ ...nothing, drifts: [{ node: NODE, metric: 'throughput', since: START, factor: 1.5, at: START }] })];
    expect(await w.run('baseline', 'learn', '--cluster', 'payments')).toBe(2);
    expect(w.out).toContain('× 1.50 since 2026-11-24');
    w.executions = [{ ...ended({}), status: 'FAILED', error: 'CLUSTER_UNKNOWN', cause: 'no such cluster' }];
    expect(await w.run('baseline', 'learn', '--cluster', 'payments')).toBe(1);
    expect(w.out).toContain('CLUSTER_UNKNOWN: no such cluster');
  });
});

describe('drift', () => {
  test('nothing has moved: 0; something has in the last 14 days: 2; longer ago: told, 0', async () => {
    const w = world();
    expect(await w.run('baseline', 'drift', '--cluster', 'payments')).toBe(0);
    expect(w.out).toContain('No level has moved.');
    const moved = { metric: 'throughput' as const, at: START - 24 * HOUR, since: START - 96 * HOUR, factor: 1.4 };
    w.baselines = [{ ...known, drifts: [moved] }];
    w.out = '';
    expect(await w.run('baseline', 'drift', '--cluster', 'payments', '--json')).toBe(2);
    expect(JSON.parse(w.out).drifts).toEqual([{ node: NODE, ...moved }]);
    w.now += 20 * 24 * HOUR;
    expect(await w.run('baseline', 'drift', '--cluster', 'payments')).toBe(0);
  });
});

test('each verb has help with an example and its exit codes', async () => {
  for (const verb of ['show', 'learn', 'override', 'drift']) {
    const w = world();
    expect(await w.run('baseline', verb, '--help')).toBe(0);
    expect(w.out).toMatch(new RegExp(`Examples:\\n  ringward baseline ${verb} --cluster payments`));
    expect(w.out).toContain('Exit codes: 0');
  }
});
