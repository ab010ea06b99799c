/** What is demanded of replicas that are counted together. */
import type { ReplicaGroup } from './group.ts';
import type { ConsistencyLevel } from './topology.ts';

/** Who needs it: a level of a keyspace; for levels that are judged by datacentre, in which. */
export interface User {
  readonly keyspace: string;
  readonly level: ConsistencyLevel;
  readonly datacenter?: string;
}

/** So many live replicas in each range, and for whom. */
export interface Demand {
  readonly needed: number;
  readonly users: readonly User[];
}

/** Replicas that are counted together, with all that is demanded of them, the greatest demand first. */
export interface Judged {
  readonly group: ReplicaGroup;
  readonly demands: readonly [Demand, ...Demand[]];
}
