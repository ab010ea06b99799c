/**
 * Which nodes hold which range, as `SimpleStrategy.calculateNaturalReplicas` and `NetworkTopologyStrategy.calculateNaturalReplicas` of
 * Cassandra 4.0 to 5.0 place them. Replicas of one datacentre depend on its own tokens alone, so each datacentre's ring is walked apart.
 */
import type { Factor } from './replication.ts';
import type { Cut, OwnedCut, Ring } from './ring.ts';

/** Replicas of every range of a cut. */
export interface Placement {
  readonly cut: Cut;
  /** Places for replicas in each range. */
  readonly width: number;
  /** Node indices, `width` for each range, in the order in which Cassandra finds them; nobody's index where a place is empty. */
  readonly replicas: Uint16Array;
  /** The ranges of node n are `ranges[starts[n] … starts[n + 1] − 1]`, in order. */
  readonly starts: Uint32Array;
  readonly ranges: Uint32Array;
}

/** Whoever comes next on the ring, whatever the datacentre and the rack. */
export function placeSimply(ring: Ring, factor: Factor): Placement {
  return place(ring, ring.whole, factor, Number.POSITIVE_INFINITY);
}

/**
 * A datacentre's part of `NetworkTopologyStrategy`: a rack that has no replica yet is taken before one that has, as long as there are
 * enough racks; what racks are too few for goes to the first nodes met (`DatacenterEndpoints.acceptableRackRepeats`).
 */
export function placeInDatacenter(ring: Ring, cut: OwnedCut, factor: Factor): Placement {
  // Racks of nodes without tokens do not count: Cassandra's topology knows owners of tokens only.
  const racks = new Set(Array.from(cut.owners, (node) => ring.racks[node]));
  return place(ring, cut, factor, factor.all - racks.size);
}

function place(ring: Ring, cut: OwnedCut, { all, transient }: Factor, rackRepeats: number): Placement {
  const nodes = [...new Set(cut.owners)].sort((a, b) => a - b);
  const found = Math.min(all, nodes.length);
  // With fewer nodes than replicas wanted, transient ones are given up first; the first found are full.
  const width = found - Math.max(transient - (all - found), 0);
  if (width === nodes.length) return undivided(ring, nodes);
  const replicas = new Uint16Array(cut.ends.length * width);
  const nodeSeen = new Uint32Array(ring.addresses.length);
  const rackSeen = new Uint32Array(ring.addresses.length);
  for (let range = 0; range < cut.ends.length; range += 1) {
    const mark = range + 1;
    let repeats = rackRepeats;
    for (let taken = 0, at = range; taken < width; at = at + 1 === cut.owners.length ? 0 : at + 1) {
      const node = cut.owners[at] as number;
      if (nodeSeen[node] === mark) continue;
      const rack = ring.racks[node] as number;
      if (rackSeen[rack] !== mark) rackSeen[rack] = mark;
      else if (repeats > 0) repeats -= 1;
      else continue;
      nodeSeen[node] = mark;
      replicas[range * width + taken] = node;
      taken += 1;
    }
  }
  return { cut, width, replicas, ...rangesByNode(ring, replicas, width) };
}

/** All these nodes are replicas of everything, so there is but one range. */
function undivided(ring: Ring, nodes: readonly number[]): Placement {
  const replicas = Uint16Array.from(nodes);
  const last = ring.tokens.length - 1;
  const cut = { ends: Uint32Array.of(last), rangeAt: new Uint32Array(last + 1) };
  return { cut, width: nodes.length, replicas, ...rangesByNode(ring, replicas, nodes.length) };
}

/** The same placement with the replicas of one datacentre alone: those that `LOCAL_*` counts. */
export function onlyIn(ring: Ring, placement: Placement, datacenter: string): Placement {
  const nobody = ring.addresses.length;
  const replicas = placement.replicas.map((node) => (ring.datacenters[node] === datacenter ? node : nobody));
  return { ...placement, replicas, ...rangesByNode(ring, replicas, placement.width) };
}

/** Index of the first whole-ring range in a placement's range; negative, counted from the last one, for the range that wraps around. */
export function firstOf({ cut: { ends, rangeAt } }: Placement, range: number): number {
  return range > 0 ? (ends[range - 1] as number) + 1 : (ends.at(-1) as number) + 1 - rangeAt.length;
}

/** One placement of several whose nodes are each replicas of everything; null when one of them is divided. */
export function joinUndivided(ring: Ring, placements: readonly Placement[]): Placement | null {
  return placements.every(({ cut }) => cut.ends.length === 1)
    ? undivided(
        ring,
        placements.flatMap(({ replicas }) => [...replicas]),
      )
    : null;
}

function rangesByNode(ring: Ring, replicas: Uint16Array, width: number): Pick<Placement, 'starts' | 'ranges'> {
  const nobody = ring.addresses.length;
  const starts = new Uint32Array(nobody + 2);
  for (const node of replicas) starts[node + 1] = (starts[node + 1] as number) + 1;
  for (let node = 0; node < nobody; node += 1) starts[node + 1] = (starts[node + 1] as number) + (starts[node] as number);
  const ranges = new Uint32Array(starts[nobody] as number);
  const next = starts.slice();
  replicas.forEach((node, place) => {
    if (node === nobody) return;
    ranges[next[node] as number] = Math.floor(place / width);
    next[node] = (next[node] as number) + 1;
  });
  return { starts: starts.subarray(0, nobody + 1), ranges };
}
