/** Brings the one stand of all ring tests up before the first of them, and takes it down after the last if it was not up before. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { heal } from '../../stand/heal.ts';
import { progressOn } from '../../stand/progress.ts';
import { REPOSITORY } from '../../stand/ring/topology.ts';
import { down, existingRing, readStand, up } from '../../stand/stand.ts';
import { NODES, TEST_NET } from './net.ts';
import { standEnvironment } from './stand-environment.ts';

export default async function bringUp(): Promise<() => Promise<void>> {
  const progress = progressOn(process.stderr, performance.now());
  const wasUp = readStand(TEST_NET) !== undefined;
  const takeDown = async (): Promise<void> => {
    if (!wasUp) await down(TEST_NET, progress);
  };
  try {
    // Faults that an earlier run left in force would make every test a test of faults.
    const options = { net: TEST_NET, nodes: NODES, ringOnly: false, ssmFaults: '' };
    const stand = await up(options, progress).catch(async (error: unknown) => {
      // A run that was broken off leaves whatever certificate it had deployed.
      if (!wasUp) throw error;
      const ring = existingRing(TEST_NET);
      await heal(ring, ring.nodes, progress);
      return await up(options, progress);
    });
    const env = { ...process.env, ...standEnvironment(stand) };
    const registered = spawnSync(process.execPath, [join(REPOSITORY, 'cli/ringward.ts'), 'cluster', 'register', stand.clusterFile], {
      encoding: 'utf8',
      env,
    });
    if (registered.status !== 0) throw new Error(`the cluster could not be registered: ${registered.stderr}${registered.stdout}`);
  } catch (error) {
    await takeDown();
    throw error;
  }
  return takeDown;
}
