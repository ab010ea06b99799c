import { describe, expect, test } from 'vitest';
import { backup, NODES, record, registration, START, verdict, World } from './world.ts';

test('lists deployments of every cluster, newest first, as data on stdout alone', async () => {
  const world = new World();
  world.registrations = [registration, { ...registration, cluster: 'orders' }];
  world.records = [
    record('kept', { verdict: verdict('keep', 'all checks passed') }),
    record('verifying', { cluster: 'orders', deployment: 'd-7', startingAt: START }),
  ];
  expect(await world.run('status', '-o', 'json')).toBe(0);
  expect(JSON.parse(world.out).map((one: { deployment: string }) => one.deployment)).toEqual(['d-7', 'd-1']);
  expect(world.err).toBe('');
});

describe('one deployment ends with its state', () => {
  test.each([
    ['kept', 0],
    ['verifying', 0],
    ['held', 2],
    ['backup-failed', 2],
    ['rolled-back', 3],
    ['handed-over', 4],
  ] as const)('%s ends %i', async (state, exit) => {
    const world = new World();
    world.records = [record(state)];
    expect(await world.run('status', '--cluster', 'payments', '--deployment', 'latest')).toBe(exit);
    expect(world.out).toContain(state);
  });
});

test('shows timeline, backups, verdict and the next step', async () => {
  const world = new World();
  world.records = [record('held', { verdict: verdict('hold', 'one vantage point is missing') })];
  world.timeline = [{ at: START, area: 'verify', what: 'window 1: unknown', node: NODES[0] }];
  world.backups = [backup(NODES[0], 'verified')];
  await world.run('status', '--deployment', 'latest');
  expect(world.out).toContain('03:00:00Z  verify');
  expect(world.out).toContain(`Backup of ${NODES[0]}: verified`);
  expect(world.out).toContain('Verdict: hold: one vantage point is missing');
  expect(world.out).toContain('Next: next after hold');
});

test('--watch tells each change once, as a line, and ends with the state', async () => {
  const world = new World();
  world.records = [record('verifying')];
  world.timeline = [{ at: START, area: 'intake', what: 'completed' }];
  world.script = [
    () => world.timeline.push({ at: world.now, area: 'decide', what: 'roll back' }),
    () => {
      world.records = [record('rolled-back', { verdict: verdict('roll-back', 'expired leaf') })];
    },
  ];
  expect(await world.run('status', '--cluster', 'payments', '-w', '-o', 'jsonl')).toBe(3);
  expect(
    world.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).what),
  ).toEqual(['completed', 'roll back']);
  expect(world.err).toContain('roll-back: expired leaf');
});

test('--watch times out with 124, and Ctrl-C ends 130; both say that the work goes on', async () => {
  const late = new World();
  late.records = [record('verifying')];
  expect(await late.run('status', '--cluster', 'payments', '-w', '--timeout', '2s')).toBe(124);
  expect(late.err).toContain('the work goes on');
  const left = new World();
  left.records = [record('verifying')];
  left.script = [() => left.controller.abort()];
  expect(await left.run('status', '--cluster', 'payments', '-w')).toBe(130);
  expect(left.err).toContain('Detached: the work goes on');
});

describe('output', () => {
  const shown = async (args: string[], change: (world: World) => void = () => undefined): Promise<World> => {
    const world = new World();
    world.records = [record('kept')];
    change(world);
    await world.run('status', ...args);
    return world;
  };
  const ESCAPE = '\u001b[';

  test('colour for a person only: not without a terminal, with NO_COLOR, TERM=dumb or --plain', async () => {
    const tty = (world: World): void => {
      world.tty.out = true;
    };
    expect((await shown([], tty)).out).toContain(ESCAPE);
    expect((await shown([])).out).not.toContain(ESCAPE);
    expect((await shown(['--plain'], tty)).out).not.toContain(ESCAPE);
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      const world = await shown([], (one) => {
        tty(one);
        one.env = env;
      });
      expect(world.out).not.toContain(ESCAPE);
    }
  });

  test('--plain is one record a line, fields between tabs, no heading', async () => {
    const { out } = await shown(['--plain']);
    expect(out.split('\t').slice(0, 3)).toEqual(['payments', 'd-1', 'kept']);
    expect(out.trimEnd().split('\n')).toHaveLength(1);
  });

  test('yaml and jsonl carry the same value', async () => {
    expect((await shown(['-o', 'yaml'])).out).toContain('deployment: d-1');
    expect(JSON.parse((await shown(['-o', 'jsonl'])).out)).toMatchObject({ deployment: 'd-1', state: 'kept' });
  });

  test('an unknown form is refused before anything is asked', async () => {
    const world = await shown(['-o', 'xml']);
    expect(world.err).toContain('Allowed choices are table, json, yaml, jsonl');
    expect(world.opened).toBe(0);
  });
});
