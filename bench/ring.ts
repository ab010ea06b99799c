/** A stand for a bench: up, registered and whole at the start, and as it was found at the end. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { witness } from '../stand/demo/witness.ts';
import { heal } from '../stand/heal.ts';
import type { Progress } from '../stand/progress.ts';
import { REPOSITORY, type Ring, ringOf } from '../stand/ring/topology.ts';
import { down, readStand, type StandStatus, up } from '../stand/stand.ts';

export interface BenchRing {
  readonly ring: Ring;
  readonly stand: StandStatus;
}

/** Runs `work` on a whole ring of three nodes; takes the stand down afterwards when it was not there before. */
export async function onRing<T>(net: number, progress: Progress, work: (on: BenchRing) => Promise<T>): Promise<T> {
  const wasUp = readStand(net) !== undefined;
  const stand = await up({ net, nodes: 3, ringOnly: false }, progress);
  const { endpoint, region, credentials } = stand;
  // Every later process and client finds the stand's AWS by the usual variables.
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey,
  });
  const ring = ringOf(net, stand.nodes.length);
  try {
    const register = [join(REPOSITORY, 'cli/ringward.ts'), 'cluster', 'register', stand.clusterFile];
    const registered = spawnSync(process.execPath, register, { encoding: 'utf8' });
    if (registered.status !== 0) throw new Error(`the cluster could not be registered: ${registered.stderr}${registered.stdout}`);
    const seen = await witness(ring);
    const isWhole = seen.every(({ client, internode }) => client.verification === 'ok' && internode.verification === 'ok');
    if (!isWhole) await heal(ring, ring.nodes, progress);
    return await work({ ring, stand });
  } finally {
    if (!wasUp) await down(net, progress);
  }
}
