/**
 * Availability proof (I3) from the real token ranges: whether every range keeps every consistency level in use when nodes are interrupted.
 * The rules are Cassandra's own; see `replicas.ts` and `levels.ts`.
 */
import { type BrokenLevel, brokenNow, brokenWithout } from './broken.ts';
import { demandsOf } from './demands.ts';
import { type Impact, impactOf } from './impact.ts';
import { interruptionOf } from './interruption.ts';
import type { RingTopology } from './topology.ts';
import { type WaveOptions, type Waves, wavesOf } from './waves.ts';

export type Proof = { readonly holds: true } | { readonly holds: false; readonly broken: readonly BrokenLevel[] };

/** Answers about one survey of a ring. Addresses that it did not tell of throw NODE_UNKNOWN. */
export interface Availability {
  /** Levels that ranges have lost by the nodes that are down now, or never could have. */
  alreadyBroken(): readonly BrokenLevel[];
  /**
   * Whether every range that one of these nodes is a replica of has its levels while they are down, beside those that are down now. A
   * range that is broken already does not count against a node that is no replica of it; it does against one that is.
   */
  without(down: ReadonlySet<string>): Proof;
  waves(order: readonly string[], options: WaveOptions): Waves;
  /** Of waves one after the other; `[nodes]` asks about all at once. */
  impact(waves: readonly (readonly string[])[]): Impact;
}

/** Throws TOPOLOGY_CONTRADICTORY and REPLICATION_NOT_UNDERSTOOD. */
export function availabilityOf(topology: RingTopology): Availability {
  const demands = demandsOf(topology);
  return {
    alreadyBroken: () => brokenNow(demands),
    without(down) {
      const broken = brokenWithout(demands, interruptionOf(demands.ring, down));
      return broken.length === 0 ? { holds: true } : { holds: false, broken };
    },
    waves: (order, options) => wavesOf(demands, order, options),
    impact: (waves) => impactOf(demands, waves),
  };
}
