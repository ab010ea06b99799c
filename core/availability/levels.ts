/**
 * How many live replicas a consistency level needs: `org.apache.cassandra.db.ConsistencyLevel.blockFor`, and who is counted:
 * `org.apache.cassandra.locator.ReplicaPlans.assureSufficientLiveReplicas`.
 */
import type { Factor, Replication } from './replication.ts';
import type { ConsistencyLevel } from './topology.ts';

/** A number of live replicas that every range needs: of all its replicas (null), or of those in one datacentre. */
export interface Need {
  readonly datacenter: string | null;
  readonly needed: number;
}

/** Strategies whose replicas are spread over the ring. */
export type Spread = Extract<Replication, { readonly strategy: 'simple' | 'network' }>;

/**
 * What a level needs in a keyspace. `datacenters` are those that own tokens: clients may be in any of them, so `LOCAL_*` is needed in each
 * where the keyspace has replicas; a datacentre without nodes has nobody to interrupt. `EACH_QUORUM` is one need for each datacentre, so
 * that one which has lost it already does not hinder the others. `SERIAL` is counted as a quorum of the factor; Paxos counts the replicas
 * that there are (CASSANDRA-833), never more.
 */
export function needsOf(level: ConsistencyLevel, replication: Spread, datacenters: readonly string[]): readonly Need[] {
  const inAll = (needed: number): Need[] => [{ datacenter: null, needed }];
  const inEach = (needed: (factor: Factor) => number): Need[] =>
    datacenters.flatMap((datacenter) => {
      // Only NetworkTopologyStrategy has a factor of a datacentre; the others' is that of the whole keyspace.
      const factor = replication.strategy === 'simple' ? replication.factor : replication.factors.get(datacenter);
      return factor ? [{ datacenter, needed: needed(factor) }] : [];
    });
  switch (level) {
    case 'ANY':
      // A hint on the coordinator is enough.
      return [];
    case 'ONE':
      return inAll(1);
    case 'TWO':
      return inAll(2);
    case 'THREE':
      return inAll(3);
    case 'QUORUM':
    case 'SERIAL':
      return inAll(quorum(total(replication)));
    case 'ALL':
      return inAll(total(replication));
    case 'LOCAL_ONE':
      return inEach(() => 1);
    case 'LOCAL_QUORUM':
    case 'LOCAL_SERIAL':
      return inEach(({ all }) => quorum(all));
    case 'EACH_QUORUM':
      return replication.strategy === 'network' ? inEach(({ all }) => quorum(all)) : inAll(quorum(total(replication)));
  }
}

const quorum = (factor: number): number => Math.floor(factor / 2) + 1;

const total = (replication: Spread): number =>
  replication.strategy === 'simple' ? replication.factor.all : [...replication.factors.values()].reduce((sum, { all }) => sum + all, 0);
