/** Rows of Cassandra's system tables, as a topology. */
import type { ConsistencyLevel, RingTopology, SurveyedKeyspace } from '../../availability/topology.ts';
import type { Registration } from '../../cluster/registration.ts';

/** A value of the driver with a text form: an address, a UUID. */
interface Written {
  toString(): string;
}

/** A row of `system.local` (the addresses are its own) or of `system.peers_v2`. */
export interface NodeRow {
  readonly peer?: Written | null;
  readonly broadcast_address?: Written | null;
  readonly listen_address?: Written | null;
  readonly host_id?: Written | null;
  readonly data_center: string;
  readonly rack: string;
  readonly tokens: readonly string[] | null;
}

/** A row of `system_schema.keyspaces`. */
export interface KeyspaceRow {
  readonly keyspace_name: string;
  readonly replication: Readonly<Record<string, string>>;
}

export interface SystemRows {
  readonly own: NodeRow;
  readonly peers: readonly NodeRow[];
  readonly keyspaces: readonly KeyspaceRow[];
  readonly partitioner: string;
  readonly at: number;
}

/** Everybody is taken for live: who is, the nodes' own views say. */
export function topologyOf(
  { own, peers, keyspaces, partitioner, at }: SystemRows,
  levelsOf: (keyspace: string) => ConsistencyLevel[],
): RingTopology {
  return {
    at,
    partitioner,
    nodes: [own, ...peers].map((row) => ({
      address: String(row.peer ?? row.broadcast_address ?? row.listen_address ?? ''),
      ...(row.host_id ? { hostId: String(row.host_id) } : {}),
      datacenter: row.data_center,
      rack: row.rack,
      tokens: [...(row.tokens ?? [])],
      up: true,
    })),
    keyspaces: keyspaces.map(
      (row): SurveyedKeyspace => ({ name: row.keyspace_name, replication: { ...row.replication }, levels: levelsOf(row.keyspace_name) }),
    ),
  };
}

/** Cassandra's own keyspaces (`SchemaConstants`), which clients do not use unless somebody says so. */
const OWN = /^system(_\w+)?$/;

/** What `cluster.yaml` says, else the canary's level. */
export const levelsInUse =
  ({ keyspaces, canary }: Pick<Registration, 'keyspaces' | 'canary'>) =>
  (keyspace: string): ConsistencyLevel[] =>
    keyspaces[keyspace]?.levels ?? (OWN.test(keyspace) ? [] : [canary.consistency]);
