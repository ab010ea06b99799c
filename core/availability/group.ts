/** Counts live replicas: of one placement, or of several datacentres' placements together, range by range. */
import type { Flags, Interruption } from './interruption.ts';
import { firstOf, type Placement } from './replicas.ts';
import type { Ring } from './ring.ts';

/** Ranges that hang together: the first of them by its index in the whole ring, how many of the whole ring's they are. */
export type SeeRanges = (first: number, ranges: number, live: number, liveBefore: number) => void;

/** A range of the whole ring and its live replicas. */
export interface Worst {
  readonly range: number;
  readonly live: number;
}

/** Replicas whose live ones a level counts together. */
export class ReplicaGroup {
  /** Of one datacentre each, or one of the whole ring; they have no node in common. */
  readonly placements: readonly Placement[];
  readonly #ring: Ring;

  constructor(ring: Ring, placements: readonly Placement[]) {
    this.#ring = ring;
    this.placements = placements;
  }

  /**
   * A range with the fewest live replicas, of those that the node is a replica of; `worst` if none has fewer. `floor` tells how many
   * replicas of a placement are live in each of its ranges at least: a range that cannot be worse is not looked at.
   */
  worstOf(node: number, up: Flags, floor: (placement: Placement) => number, worst: Worst): Worst {
    let least = worst;
    for (const placement of this.placements) {
      const { starts, ranges } = placement;
      const alone = this.placements.length === 1;
      const others = this.placements.reduce((sum, other) => (other === placement ? sum : sum + floor(other)), 0);
      for (let at = starts[node] as number; at < (starts[node + 1] as number); at += 1) {
        const range = ranges[at] as number;
        const own = count(placement, range, up);
        if (own + others >= least.live) continue;
        least = alone ? { range: Math.max(firstOf(placement, range), 0), live: own } : this.#worstIn(placement, range, up, least);
      }
    }
    return least;
  }

  #worstIn(placement: Placement, range: number, up: Flags, worst: Worst): Worst {
    let least = worst;
    const last = placement.cut.ends[range] as number;
    for (let at = firstOf(placement, range); at <= last; at += 1) {
      let live = 0;
      for (const part of this.placements) live += count(part, this.#rangeIn(part, at), up);
      if (live < least.live) least = { range: this.#wrapped(at), live };
    }
    return least;
  }

  /** Shows each range that one of the interrupted nodes is a replica of, once; `liveBefore` counts them. */
  seeRangesOf({ nodes, gone, up }: Interruption, see: SeeRanges): void {
    for (const node of nodes) {
      const seeOnce: SeeRanges = (first, ranges, live, liveBefore) => {
        // A range with several of the nodes is shown when it is the first one's turn.
        if (this.replicasAt(first).find((replica) => gone[replica] === 1) === node) see(first, ranges, live, liveBefore);
      };
      for (const placement of this.placements)
        for (const range of rangesOf(placement, node)) this.#see(placement, range, gone, up, seeOnce);
    }
  }

  /** Shows every range of the ring. */
  seeAll(up: Flags, see: SeeRanges): void {
    const nobody = new Uint8Array(up.length);
    const [placement] = this.placements;
    for (let range = 0; range < (placement?.cut.ends.length ?? 0); range += 1) this.#see(placement as Placement, range, nobody, up, see);
  }

  #see(placement: Placement, range: number, gone: Flags, up: Flags, see: SeeRanges): void {
    const last = placement.cut.ends[range] as number;
    const first = firstOf(placement, range);
    if (this.placements.length === 1) {
      const live = count(placement, range, up);
      see(Math.max(first, 0), last - first + 1, live, live + count(placement, range, gone));
      return;
    }
    for (let at = first; at <= last; at += 1) {
      let live = 0;
      let lost = 0;
      for (const part of this.placements) {
        const here = this.#rangeIn(part, at);
        live += count(part, here, up);
        lost += count(part, here, gone);
      }
      see(this.#wrapped(at), 1, live, live + lost);
    }
  }

  /** Replicas of a whole-ring range, live or not. */
  replicasAt(range: number): number[] {
    const nobody = this.#ring.addresses.length;
    return this.placements
      .flatMap((part) => {
        const start = this.#rangeIn(part, range) * part.width;
        return [...part.replicas.subarray(start, start + part.width)];
      })
      .filter((node) => node !== nobody);
  }

  #rangeIn({ cut }: Placement, at: number): number {
    return cut.rangeAt[this.#wrapped(at)] as number;
  }

  /** Index of a range of the whole ring; what comes before the first token is counted from the last one. */
  #wrapped(at: number): number {
    return at < 0 ? at + this.#ring.tokens.length : at;
  }
}

/** Replicas of a placement's range that are flagged. */
function count({ replicas, width }: Placement, range: number, flags: Flags): number {
  let flagged = 0;
  for (let place = range * width; place < (range + 1) * width; place += 1) flagged += flags[replicas[place] as number] as number;
  return flagged;
}

/** Fewest live replicas of any range of a placement that the node is a replica of; Infinity when of none. Stops at the first below `enough`. */
export function leastLive(placement: Placement, node: number, up: Flags, enough: number): number {
  const { starts, ranges } = placement;
  let least = Number.POSITIVE_INFINITY;
  for (let at = starts[node] as number; at < (starts[node + 1] as number) && least >= enough; at += 1)
    least = Math.min(least, count(placement, ranges[at] as number, up));
  return least;
}

/** Fewest live replicas of any range of a placement. */
export function leastAnywhere(placement: Placement, up: Flags): number {
  let least = Number.POSITIVE_INFINITY;
  for (let range = 0; range < placement.cut.ends.length; range += 1) least = Math.min(least, count(placement, range, up));
  return least;
}

/** The placement's ranges that the node is a replica of. */
export const rangesOf = ({ starts, ranges }: Placement, node: number): Uint32Array => ranges.subarray(starts[node], starts[node + 1]);
