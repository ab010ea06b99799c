import { describe, expect, test } from 'vitest';
import { backup, NODES, record, START, verdict, World } from './world.ts';

const gate = ['gate', '--cluster', 'payments', '--deployment', 'd-1', '-o', 'json'];

test('opens when every backup is verified, and says meanwhile what is waited for, node by node, and until when', async () => {
  const world = new World();
  world.script = [
    () => world.records.push(record('backing-up')),
    () => world.backups.push(backup(NODES[0], 'verified'), backup(NODES[1], 'uploaded')),
    () => {
      world.backups = NODES.map((node) => backup(node, 'verified'));
      world.records = [record('backed-up')];
    },
  ];
  expect(await world.run(...gate, '--timeout', '5m')).toBe(0);
  expect(JSON.parse(world.out)).toMatchObject({ gate: 'open', state: 'backed-up', reason: '3 backups are verified' });
  expect(world.err.split('\n')).toEqual([
    'waiting for the Starting event of this deployment; until 03:05:00Z at the latest',
    `waiting for verified backups of ${NODES.map((node) => `${node} (not begun)`).join(', ')}; until 03:05:00Z at the latest`,
    `waiting for verified backups of ${NODES[1]} (uploaded), ${NODES[2]} (not begun); until 03:05:00Z at the latest`,
    '',
  ]);
});

describe('the state is the exit code', () => {
  test.each([
    ['verifying', 0],
    ['kept', 0],
    ['backup-failed', 2],
    ['held', 2],
    ['handed-over', 2],
    ['rolling-back', 3],
    ['rolled-back', 3],
  ] as const)('%s ends %i', async (state, exit) => {
    const world = new World();
    world.records = [record(state)];
    expect(await world.run(...gate)).toBe(exit);
    expect(JSON.parse(world.out).gate).toBe(exit === 0 ? 'open' : 'closed');
  });

  test.each([
    ['keep', 0],
    ['hold', 2],
    ['roll-back', 3],
  ] as const)('decided to %s ends %i', async (decision, exit) => {
    const world = new World();
    world.records = [record('decided', { verdict: verdict(decision, 'because') })];
    expect(await world.run(...gate)).toBe(exit);
    expect(JSON.parse(world.out).reason).toBe('because');
  });
});

test('a refused backup closes the gate with its reason and the next step', async () => {
  const world = new World();
  world.records = [record('backup-failed')];
  world.backups = [backup(NODES[0], 'refused', 'the port served another leaf')];
  expect(await world.run(...gate)).toBe(2);
  expect(JSON.parse(world.out)).toMatchObject({
    reason: `${NODES[0]}: the port served another leaf`,
    nextStep: expect.stringContaining('new Starting event'),
  });
});

test('times out with 124 at its deadline and says not to deploy', async () => {
  const world = new World();
  expect(await world.run(...gate, '--timeout', '3s')).toBe(124);
  expect(world.now - START).toBe(3000);
  expect(world.out).toBe('');
  expect(world.err).toContain('Do not deploy');
});

test('Ctrl-C detaches: not 0, so that a deployer does not go on', async () => {
  const world = new World();
  world.script = [() => world.controller.abort()];
  expect(await world.run(...gate)).toBe(130);
  expect(world.err).toContain('Detached: nothing was decided, so do not deploy');
});

test('a duration that is none is refused with the form that it should have', async () => {
  const world = new World();
  expect(await world.run(...gate, '--timeout', 'soon')).toBe(1);
  expect(world.err).toContain('a duration such as 90, 90s, 5m or 1h');
  expect(world.opened).toBe(0);
});

test('a cluster that nobody registered is an error at once, not a wait', async () => {
  const world = new World();
  expect(await world.run('gate', '--cluster', 'paymnets', '--deployment', 'd-1')).toBe(1);
  expect(world.err).toContain('CLUSTER_UNKNOWN');
  expect(await world.run('status', '--cluster', 'paymnets')).toBe(1);
});
