/** Whole rollbacks by the deployed state machines and the real handlers, on a simulated ring: in one process, and the same twice. */
import { describe, expect, test } from 'vitest';
import { CLUSTER, DEPLOYMENT, decidedWorld, type ScenarioName, WITNESS, worldFrom } from '../../stand/simulated/scenario.ts';
import type { SimulatedWorld, WorldState } from '../../stand/simulated/world.ts';

const started = { cluster: CLUSTER, deployment: DEPLOYMENT, reason: 'what the ports serve is wrong' };
const outcomeOf = (output: unknown): unknown => (output as { readonly outcome?: unknown }).outcome;

async function rolledBack(state: WorldState, seed = 5) {
  const world = worldFrom(state, { seed });
  const calls: string[] = [];
  world.carry = (call) => {
    calls.push(`${world.clock.now - state.now} ${call.place} ${call.service}.${call.operation} ${call.target}`);
    return call.perform();
  };
  const execution = await world.inside(() => world.execute('RollBack', started));
  return { world, calls, execution };
}

const whatHappened = (world: SimulatedWorld, node: string) =>
  world.ring.state.history.filter((one) => one.node === node).map(({ what }) => what);

describe('a rollback', () => {
  test('hot: the old leaf on every port, and no process ended', async () => {
    const state = await decidedWorld('hot');
    const { world, execution } = await rolledBack(state);
    expect([execution.status, outcomeOf(execution.output)]).toEqual(['SUCCEEDED', 'rolled-back']);
    for (const host of world.ring.state.hosts) {
      expect(whatHappened(world, host.node)).toEqual(['file-replaced', 'reloaded']);
      for (const listener of ['client', 'internode'] as const)
        expect(world.look(WITNESS, host.address, listener)).toMatchObject({ handshake: 'complete', read: 'answered' });
    }
    expect(world.clock.now - state.now).toBeLessThan(10_000);
  });

  test('restart: the seven phases of each node, one after the other, the seed last', async () => {
    const { world, execution } = await rolledBack(await decidedWorld('restart'));
    expect(outcomeOf(execution.output)).toBe('rolled-back');
    const phases = ['clients-off', 'drained', 'stopped', 'file-replaced', 'file-replaced', 'started', 'normal', 'clients-on'];
    const order = world.ring.state.history.map(({ node }) => node).filter((node, i, all) => node !== all[i - 1]);
    expect(order).toEqual(['i-00000002', 'i-00000003', 'i-00000001']);
    for (const { node } of world.ring.state.hosts) expect(whatHappened(world, node)).toEqual(phases);
  });

  test('a damaged snapshot: the backup comes from S3, its key by KMS, and the way back is the same', async () => {
    const { world, calls, execution } = await rolledBack(await decidedWorld('fetched'));
    expect(outcomeOf(execution.output)).toBe('rolled-back');
    expect(calls.filter((call) => /kms\.Decrypt|node\/fetch-backup\S+ s3\.GET/.test(call))).toHaveLength(2);
    expect(whatHappened(world, 'i-00000002')).toEqual(['file-replaced', 'reloaded']);
  });

  test('an old leaf that has expired: refused, and nothing happened to any node (I10)', async () => {
    const { world, execution } = await rolledBack(await decidedWorld('unsafe'));
    expect(outcomeOf(execution.output)).toBe('refused');
    expect(world.ring.state.history).toEqual([]);
  });

  test('five nodes as well', async () => {
    const { world, execution } = await rolledBack(await decidedWorld('hot', { nodes: 5 }));
    expect(outcomeOf(execution.output)).toBe('rolled-back');
    expect(world.ring.state.history).toHaveLength(10);
  });
});

describe('the same seed', () => {
  test.each<ScenarioName>(['hot', 'restart'])(
    '%s: the same calls in the same order at the same times; another seed, other times',
    async (name) => {
      const state = await decidedWorld(name);
      const [first, second, other] = [await rolledBack(state), await rolledBack(state), await rolledBack(state, 6)];
      expect(first.calls.length).toBeGreaterThan(200);
      expect(second.calls).toEqual(first.calls);
      expect(other.calls).not.toEqual(first.calls);
      expect(second.world.ring.state).toEqual(first.world.ring.state);
    },
  );

  test('nothing of the simulation is left in the process', async () => {
    const now = Date.now();
    await rolledBack(await decidedWorld('hot'));
    expect(Math.abs(Date.now() - now)).toBeLessThan(60_000);
    expect(process.env['CLUSTERS_TABLE']).toBeUndefined();
    const { setTimeout: pause } = await import('node:timers/promises');
    const began = performance.now();
    await pause(30);
    expect(performance.now() - began).toBeGreaterThan(20);
  });
});
