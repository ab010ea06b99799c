import { describe, expect, test } from 'vitest';
import { CLUSTER, DEPLOYMENT, decidedWorld, type ScenarioName, worldFrom } from '../../stand/simulated/scenario.ts';

describe('a rollback by the deployed machines and the real handlers, in one process', () => {
  test.each<ScenarioName>(['hot', 'restart', 'fetched', 'unsafe'])('%s', async (name) => {
    const state = await decidedWorld(name);
    for (let i = 0; i < 4; i++) {
      const world = worldFrom(state, { seed: 2 });
      let calls = 0;
      world.carry = (call) => {
        calls++;
        return call.perform();
      };
      const started = performance.now();
      const execution = await world.inside(() => world.execute('RollBack', { cluster: CLUSTER, deployment: DEPLOYMENT, reason: 'a test' }));
      console.log(
        name,
        'ms',
        performance.now() - started,
        'virtual',
        world.clock.now - state.now,
        calls,
        execution.status,
        execution.error,
        execution.cause,
        JSON.stringify(execution.output).slice(0, 600),
      );
      if (i === 0) for (const t of world.aws.state.tables.get('Timeline')!.values()) console.log(t.what);
      expect(execution.status).toBe('SUCCEEDED');
    }
  });
});
