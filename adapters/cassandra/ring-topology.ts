/** The ring's token ranges and keyspaces, as CQL tells them: three queries to any node of the local data centre. */
import type cassandra from 'cassandra-driver';
import { RingTopology } from '../../core/availability/topology.ts';
import type { Registration } from '../../core/cluster/registration.ts';
import { parseOrExplain } from '../../core/errors/from-schema.ts';
import { type KeyspaceRow, levelsInUse, type NodeRow, topologyOf } from '../../core/roll-back/course/read-topology.ts';
import type { CanaryIdentity } from '../secrets-manager/canary-identity.ts';
import { describeDriverError } from './canary.ts';
import { driverFor } from './health-queries.ts';

/** At ONE, as these tables are each node's own. Throws what the driver says, or FIELD_INVALID where a row cannot be read. */
export async function readTopology(registration: Registration, identity: CanaryIdentity, timeoutMs: number): Promise<RingTopology> {
  const few = { ...registration, nodes: contactsOf(registration) };
  const client = driverFor(few, registration.canary.localDatacenter, identity, timeoutMs);
  const rows = async (query: string): Promise<cassandra.types.Row[]> => (await client.execute(query, [], { fetchSize: 5000 })).rows;
  try {
    await client.connect();
    const at = Date.now();
    const [own] = (await rows(
      'SELECT broadcast_address, listen_address, host_id, data_center, rack, tokens, partitioner FROM system.local',
    )) as unknown as (NodeRow & { readonly partitioner: string })[];
    const peers = (await rows('SELECT peer, host_id, data_center, rack, tokens FROM system.peers_v2')) as unknown as NodeRow[];
    const keyspaces = (await rows('SELECT keyspace_name, replication FROM system_schema.keyspaces')) as unknown as KeyspaceRow[];
    if (!own) throw new Error('system.local is empty');
    const told = topologyOf({ own, peers, keyspaces, partitioner: own.partitioner, at }, levelsInUse(registration));
    return parseOrExplain(RingTopology, told, 'survey of the ring');
  } catch (error) {
    throw new Error(describeDriverError(error), { cause: error });
  } finally {
    await client.shutdown().catch(() => undefined);
  }
}

/** The driver tries one after the other. */
const CONTACTS = 5;
const contactsOf = ({ nodes, canary }: Registration): Registration['nodes'] =>
  nodes.filter(({ datacenter }) => datacenter === canary.localDatacenter).slice(0, CONTACTS);
