/** What all keyspaces and levels of a ring demand together: the same replicas are counted once, however many keyspaces they serve. */
import { leastAnywhere, ReplicaGroup } from './group.ts';
import type { Demand, Judged, User } from './judged.ts';
import { needsOf, type Spread } from './levels.ts';
import { joinUndivided, onlyIn, type Placement, placeInDatacenter, placeSimply } from './replicas.ts';
import { type Factor, parseReplication, type Replication } from './replication.ts';
import { type Ring, ringOf } from './ring.ts';
import { Standing } from './standing.ts';
import type { RingTopology } from './topology.ts';

export interface RingDemands {
  readonly ring: Ring;
  /** Those of one placement first: most of what breaks shows there, and is seen quickly. */
  readonly judged: readonly Judged[];
  /** With the nodes that are down now. */
  readonly now: Standing;
}

/** Throws TOPOLOGY_CONTRADICTORY and REPLICATION_NOT_UNDERSTOOD. */
export function demandsOf(topology: RingTopology): RingDemands {
  const ring = ringOf(topology);
  const groups = new Groups(ring);
  const byGroup = new Map<ReplicaGroup, Map<number, User[]>>();
  for (const keyspace of topology.keyspaces) {
    const replication = spread(parseReplication(keyspace), ring);
    if (!replication) continue;
    for (const level of new Set(keyspace.levels)) {
      for (const { datacenter, needed } of needsOf(level, replication, [...ring.cuts.keys()])) {
        const group = groups.of(replication, datacenter);
        const demands = byGroup.get(group) ?? new Map<number, User[]>();
        byGroup.set(group, demands);
        const users = demands.get(needed) ?? [];
        demands.set(needed, users);
        users.push({ keyspace: keyspace.name, level, ...(datacenter !== null && { datacenter }) });
      }
    }
  }
  const judged = [...byGroup].map(([group, demands]) => {
    const [greatest, ...others] = [...demands].map(([needed, users]) => ({ needed, users })).sort((a, b) => b.needed - a.needed);
    return { group, demands: [greatest as Demand, ...others] as const };
  });
  judged.sort((a, b) => a.group.placements.length - b.group.placements.length);
  const floors = new Map(judged.flatMap(({ group }) => group.placements).map((placement) => [placement, 0]));
  for (const placement of floors.keys()) floors.set(placement, leastAnywhere(placement, ring.up));
  return { ring, judged, now: new Standing(ring.up, floors) };
}

/** Local keyspaces are nobody else's loss; one that is everywhere has each datacentre's size as its factor. */
function spread(replication: Replication, { cuts }: Ring): Spread | null {
  if (replication.strategy === 'local') return null;
  if (replication.strategy !== 'everywhere') return replication;
  const sizes = [...cuts].map(([datacenter, { owners }]) => [datacenter, { all: new Set(owners).size, transient: 0 }] as const);
  return { strategy: 'network', factors: new Map(sizes) };
}

/** Each placement and each group is made once. */
class Groups {
  readonly #ring: Ring;
  readonly #placements = new Map<string, Placement>();
  readonly #groups = new Map<string, ReplicaGroup>();

  constructor(ring: Ring) {
    this.#ring = ring;
  }

  /** The replicas that a need of this datacentre counts, or one of all (null). */
  of(replication: Spread, datacenter: string | null): ReplicaGroup {
    if (replication.strategy === 'simple') {
      const key = `simple ${text(replication.factor)}`;
      const placement = this.#placement(key, () => placeSimply(this.#ring, replication.factor));
      return datacenter === null
        ? this.#group([key], () => [placement])
        : this.#group([key, datacenter], () => [onlyIn(this.#ring, placement, datacenter)]);
    }
    const parts = [...this.#ring.cuts].flatMap(([name, cut]) => {
      const factor = replication.factors.get(name);
      if (!factor || (datacenter !== null && datacenter !== name)) return [];
      const key = `network ${text(factor)} ${name}`;
      return [{ key, placement: this.#placement(key, () => placeInDatacenter(this.#ring, cut, factor)) }];
    });
    return this.#group(
      parts.map(({ key }) => key),
      () => {
        const placements = parts.map(({ placement }) => placement);
        const joined = placements.length > 1 ? joinUndivided(this.#ring, placements) : null;
        return joined ? [joined] : placements;
      },
    );
  }

  #placement(key: string, make: () => Placement): Placement {
    const placement = this.#placements.get(key) ?? make();
    this.#placements.set(key, placement);
    return placement;
  }

  #group(keys: readonly string[], placements: () => readonly Placement[]): ReplicaGroup {
    const key = JSON.stringify(keys);
    const group = this.#groups.get(key) ?? new ReplicaGroup(this.#ring, placements());
    this.#groups.set(key, group);
    return group;
  }
}

const text = ({ all, transient }: Factor): string => `${all}/${transient}`;
