/** The checker finds what it is there for: a bug is planted for each invariant, and a ring without bugs has no violation. */
import { describe, expect, test } from 'vitest';
import { changeRecord } from '../../../adapters/dynamodb/deployments.ts';
import { atRest, checkPoint, settledOf } from '../../../bench/faults/check.ts';
import { type Point, pointsOf } from '../../../bench/faults/points.ts';
import { type Ground, type Starter, tellUndisturbed } from '../../../bench/faults/story.ts';
import type { Handler } from '../../../stand/simulated/aws/functions.ts';
import type { PlantedOnNode } from '../../../stand/simulated/node/program-in-hand.ts';
import { CLUSTER, DEPLOYMENT, decidedWorld, type ScenarioName, worldFrom } from '../../../stand/simulated/scenario.ts';
import type { WorldWishes } from '../../../stand/simulated/world.ts';

const seed = 3;
const grounds = new Map<string, { readonly ground: Ground; readonly settled: string }>();

async function groundOf(scenario: ScenarioName, starter: Starter = 'person') {
  const name = `${scenario}/${starter}`;
  const known = grounds.get(name);
  if (known) return known;
  const ground = { scenario, starter, state: await decidedWorld(scenario, { seed }) };
  const made = { ground, settled: await settledOf(ground, { seed }) };
  grounds.set(name, made);
  return made;
}

/** Numbers of the invariants that a rollback breaks in which nothing goes wrong but the bug. */
async function brokenBy(scenario: ScenarioName, wishes: Omit<WorldWishes, 'seed'>): Promise<string[]> {
  const { ground, settled } = await groundOf(scenario);
  const world = worldFrom(ground.state, { seed, ...wishes });
  await tellUndisturbed(world, ground);
  return [...new Set(atRest(world, { id: 'undisturbed', ground }, settled).map(({ invariant }) => invariant))];
}

const onNodes = (planted: PlantedOnNode): Omit<WorldWishes, 'seed'> => ({ planted: new Set([planted]) });
const instead = (name: string, handler: (real: Handler) => Handler): Omit<WorldWishes, 'seed'> => ({ handlers: { [name]: handler } });

describe('without a bug', () => {
  test.each<ScenarioName>(['hot', 'restart', 'fetched', 'unsafe'])('%s breaks nothing', async (scenario) => {
    expect(await brokenBy(scenario, {})).toEqual([]);
  });
});

describe('a planted bug is found', () => {
  test.each<[string, ScenarioName, Omit<WorldWishes, 'seed'>, string]>([
    ['a node restores without checking the copies', 'fetched', onNodes('no-verification'), 'I1'],
    ['a node overwrites without keeping what is lost', 'hot', onNodes('no-copies'), 'I1'],
    ['a node tells its files in a reply', 'hot', onNodes('key-in-reply'), 'I4'],
    ['a node forgets the drop-in that keeps clients off', 'restart', onNodes('leaves-drop-in'), 'I6'],
    ['a node skips the configuration and starts', 'restart', onNodes('no-configuration'), 'I7'],
    ['a node swaps and reloads without a journal', 'hot', onNodes('no-journal'), 'I11'],
    [
      'a function stops another node beside its own',
      'restart',
      instead('StopService', (real) => async (input) => {
        const asked = input as { readonly node: string };
        const other = asked.node === 'i-00000002' ? 'i-00000003' : 'i-00000002';
        await real({ ...asked, node: other } as never);
        return real(input);
      }),
      'I3',
    ],
    [
      'a planner has a clock that is a quarter of an hour slow',
      'unsafe',
      instead('PlanRollBack', (real) => async (input) => {
        const now = Date.now;
        Date.now = () => now() - 900_000;
        return real(input).finally(() => {
          Date.now = now;
        });
      }),
      'I10',
    ],
    [
      'a conclusion calls everything rolled back, and nothing was looked at',
      'unsafe',
      instead('ConcludeRollBack', () => async () => {
        await changeRecord({ cluster: CLUSTER, deployment: DEPLOYMENT }, (record) => ({ ...record, state: 'rolled-back' }));
        return { outcome: 'rolled-back' };
      }),
      'I2',
    ],
  ])('%s', async (_, scenario, wishes, invariant) => {
    expect(await brokenBy(scenario, wishes)).toContain(invariant);
  });

  /** Some of the points of a ground, with a bug. */
  async function brokenAt(wanted: (point: Point) => boolean, wishes: Omit<WorldWishes, 'seed'>): Promise<string[]> {
    const { ground, settled } = await groundOf('hot');
    const points = (await pointsOf(ground, { seed })).filter(wanted);
    expect(points.length).toBeGreaterThan(0);
    const checked = [];
    for (const point of points) checked.push(await checkPoint(point, settled, { seed, ...wishes }));
    expect(checked.every(({ hit }) => hit)).toBe(true);
    return [...new Set(checked.flatMap(({ violations }) => violations.map(({ invariant }) => invariant)))];
  }

  const lateCommands = ({ kind, fault }: Point): boolean => fault === 'crash-after' && /Restore hot@\S+:ssm\.SendCommand/.test(kind);

  test('a node without a fence obeys a command of an older epoch that comes late; with it, nothing is broken', async () => {
    expect(await brokenAt(lateCommands, onNodes('no-fence'))).toContain('I5');
    expect(await brokenAt(lateCommands, {})).toEqual([]);
  });

  test('without deadlines a call that is never answered is waited for, for ever', async () => {
    const unanswered = ({ kind, fault, ordinal }: Point): boolean =>
      fault === 'time-out' && ordinal === 1 && kind.includes('Plan roll-back:dynamodb.Get Clusters');
    expect(await brokenAt(unanswered, { deadlines: false })).toContain('I12');
    expect(await brokenAt(unanswered, {})).toEqual([]);
  });
});

describe('points', () => {
  test('there are more than a thousand in one hot rollback, each with a name of its own, and a second look finds the same', async () => {
    const { ground } = await groundOf('hot');
    const [first, second] = [await pointsOf(ground, { seed }), await pointsOf(ground, { seed })];
    expect(first.length).toBeGreaterThan(1000);
    expect(new Set(first.map(({ id }) => id)).size).toBe(first.length);
    expect(second.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
  });

  test('every kind of fault and every service has some', async () => {
    const { ground } = await groundOf('fetched');
    const points = await pointsOf(ground, { seed });
    expect([...new Set(points.map(({ fault }) => fault))].toSorted()).toEqual([
      'crash-after',
      'crash-before',
      'duplicate',
      'error',
      'program-ends',
      'stale',
      'time-out',
    ]);
    const services = new Set(points.map(({ kind }) => /:(\w+)\.[\w-]+/.exec(kind)?.[1]));
    expect([...services].toSorted()).toEqual(
      ['dynamodb', 'eventbridge', 'kms', 'lambda', 's3', 'secretsmanager', 'program', 'ssm', 'states', 'tls'].toSorted(),
    );
  });
});
