/** Keeps the ring's token ranges and keyspaces, as clients see them now, for the rollback that may need them when CQL does not answer. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Registration } from '../../core/cluster/registration.ts';
import { topologyKey } from '../../core/observe/evidence-keys.ts';
import { writeEvidence } from '../s3/evidence.ts';
import type { CanaryIdentity } from '../secrets-manager/canary-identity.ts';
import { readTopology } from './ring-topology.ts';

/** Bounds a connection and each query, and all of it. */
const CQL_MS = 1500;
const WHOLE_MS = 4000;

/** Never throws: what was kept before stays, and says when it was seen. */
export async function keepTopology(registration: Registration, identity: CanaryIdentity): Promise<void> {
  try {
    const late = pause(WHOLE_MS, null, { ref: false });
    const topology = await Promise.race([readTopology(registration, identity, CQL_MS), late]);
    if (topology === null) throw new Error(`CQL did not tell them within ${WHOLE_MS} ms`);
    await writeEvidence(topologyKey(registration.cluster), topology);
  } catch (error) {
    console.error(JSON.stringify({ message: 'the ring’s token ranges were not read', error: String(error) }));
  }
}
