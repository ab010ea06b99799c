/** Keeps the ring's token ranges and keyspaces, as clients see them now, for the rollback that may need them when CQL does not answer. */
import type { Registration } from '../../core/cluster/registration.ts';
import { topologyKey } from '../../core/observe/evidence-keys.ts';
import { writeEvidence } from '../s3/evidence.ts';
import type { CanaryIdentity } from '../secrets-manager/canary-identity.ts';
import { readTopology } from './ring-topology.ts';

/** Bounds the connection and each query. */
const CQL_MS = 3000;

/** Never throws: what was kept before stays, and says when it was seen. */
export async function keepTopology(registration: Registration, identity: CanaryIdentity): Promise<void> {
  try {
    await writeEvidence(topologyKey(registration.cluster), await readTopology(registration, identity, CQL_MS));
  } catch (error) {
    console.error(JSON.stringify({ message: 'the ring’s token ranges were not read', error: String(error) }));
  }
}
