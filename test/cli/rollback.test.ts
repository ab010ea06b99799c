import { describe, expect, test } from 'vitest';
import type { ExecutionState } from '../../adapters/step-functions/starts.ts';
import { record, World } from './world.ts';

const rollback = ['rollback', '--cluster', 'payments'];
const state = (status: ExecutionState['status'], output: unknown = null): ExecutionState => ({
  execution: 'arn:x',
  status,
  startedAt: 0,
  stoppedAt: null,
  output,
  error: status === 'FAILED' ? 'DRAIN_FAILED' : null,
  cause: status === 'FAILED' ? 'not DRAINED in time' : null,
});

function decided(): World {
  const world = new World();
  world.records = [record('held'), record('kept', { deployment: 'd-0' })];
  return world;
}

test('starts the state machine with the small human JSON, the deployment fixed', async () => {
  const world = decided();
  expect(
    await world.run(...rollback, '--node', '10.0.1.2', '--way', 'hot', '--reason', 'clients fail', '--confirm', 'payments', '-o', 'json'),
  ).toBe(0);
  expect(world.started).toEqual([
    {
      machine: 'roll-back',
      name: expect.stringMatching(/^roll-back-d-1-2026/),
      input: {
        cluster: 'payments',
        deployment: 'd-1',
        scope: 'node',
        nodes: ['10.0.1.2'],
        mode: 'automated',
        way: 'hot',
        reason: 'clients fail',
        requestedBy: expect.stringContaining('@'),
      },
    },
  ]);
  expect(JSON.parse(world.out)).toMatchObject({ started: true, deployment: 'd-1' });
});

describe('nothing is started without a clear yes', () => {
  test.each([
    ['no terminal to ask on', [], {}],
    ['--no-input on a terminal', ['--no-input'], { in: true }],
    ['the name of another cluster', ['--confirm', 'orders'], {}],
  ])('%s', async (_name, args, tty) => {
    const world = decided();
    world.tty = { ...world.tty, ...tty };
    expect(await world.run(...rollback, ...args)).toBe(1);
    expect(world.started).toEqual([]);
    expect(world.err).toContain('nothing was started');
  });

  test('a name mistyped at the question', async () => {
    const world = decided();
    world.tty.in = true;
    world.typed = 'payment';
    expect(await world.run(...rollback)).toBe(1);
    expect(world.started).toEqual([]);
  });

  test('the right name at the question starts it', async () => {
    const world = decided();
    world.tty.in = true;
    world.typed = 'payments\n';
    expect(await world.run(...rollback)).toBe(0);
    expect(world.started).toHaveLength(1);
  });
});

describe('--watch ends with the outcome', () => {
  test.each([
    ['rolled-back', state('SUCCEEDED', { outcome: 'rolled-back', reason: 'three nodes proven', nextStep: 'nothing' }), 3],
    ['refused', state('SUCCEEDED', { outcome: 'refused', reason: 'the old leaf is expired' }), 2],
    ['handed-over', state('SUCCEEDED', { outcome: 'handed-over', reason: 'one node did not start' }), 4],
    ['an execution that failed', state('FAILED'), 4],
    ['an execution that was stopped', state('ABORTED'), 4],
    ['an output that tells no outcome', state('SUCCEEDED', {}), 4],
  ] as const)('%s', async (_name, last, exit) => {
    const world = decided();
    world.executions = [state('RUNNING'), state('RUNNING'), last];
    world.script = [() => world.timeline.push({ at: world.now, area: 'roll-back', what: 'restored hot', node: 'i-00000000000000001' })];
    expect(await world.run(...rollback, '--confirm', 'payments', '-w', '-o', 'json')).toBe(exit);
    expect(world.err).toContain('roll-back i-00000000000000001  restored hot');
  });

  test('Ctrl-C lets go and says how to follow again', async () => {
    const world = decided();
    world.executions = [state('RUNNING')];
    world.script = [() => world.controller.abort()];
    expect(await world.run(...rollback, '--confirm', 'payments', '-w')).toBe(130);
    expect(world.err).toContain('Detached: the execution goes on. Follow it: ringward status --cluster payments --deployment d-1 -w');
  });
});

describe('--dry-run', () => {
  const node = {
    address: '10.0.1.1',
    way: 'hot',
    why: 'same path, same password',
    backup: { backupId: 'b', manifestSha256: 'm' },
    certificates: ['/etc/cassandra/tls/node.pem'],
    configuration: [],
    expect: {},
  };
  const plan = {
    cluster: 'payments',
    deployment: 'd-1',
    epoch: 1,
    scope: 'cluster',
    safety: 'safe',
    safetyReason: 'the old leaf is valid',
    hot: [{ node: 'i-1', ...node }],
    restart: [],
    refused: [],
    hash: 'f'.repeat(64),
  };

  test('prints the plan and starts nothing', async () => {
    const world = decided();
    world.planned = plan;
    expect(await world.run(...rollback, '--dry-run', '-o', 'json')).toBe(0);
    expect(JSON.parse(world.out)).toEqual(plan);
    expect(world.started).toEqual([]);
  });

  test('a plan that is not safe needs attention, and says the way forward', async () => {
    const world = decided();
    world.planned = {
      ...plan,
      safety: 'forward-only',
      safetyReason: 'the old leaf is expired',
      hot: [],
      refused: [{ node: 'i-1', why: 'expired', wayForward: 'issue a new leaf' }],
    };
    expect(await world.run(...rollback, '--dry-run')).toBe(2);
    expect(world.out).toContain('forward-only: the old leaf is expired');
    expect(world.out).toContain('expired; issue a new leaf');
  });
});

test('an unknown deployment is told with the fix', async () => {
  const world = decided();
  expect(await world.run(...rollback, '--deployment', 'd-9', '--confirm', 'payments')).toBe(1);
  expect(world.err).toContain('DEPLOYMENT_UNKNOWN');
  expect(world.err).toContain('ringward status');
});
