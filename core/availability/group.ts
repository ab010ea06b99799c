/** Counts live replicas: of one placement, or of several datacentres' placements together, range by range. */
import type { Flags, Interruption } from './interruption.ts';
import type { Placement } from './replicas.ts';
import type { Ring } from './ring.ts';

/** Ranges that hang together: the first of them by its index in the whole ring, how many of the whole ring's they are. */
export type SeeRanges = (first: number, ranges: number, live: number, liveBefore: number) => void;

/** Replicas whose live ones a level counts together. */
export class ReplicaGroup {
  readonly placements: readonly Placement[];
  readonly #ring: Ring;

  /** `placements` have no node in common. */
  constructor(ring: Ring, placements: readonly Placement[]) {
    this.#ring = ring;
    this.placements = placements;
  }

  /** Fewest live replicas of any range that the node is a replica of; Infinity when of none. Stops at the first that has less than `enough`. */
  least(node: number, up: Flags, enough: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (const placement of this.placements) {
      const { starts, ranges } = placement;
      for (let at = starts[node] as number; at < (starts[node + 1] as number); at += 1) {
        const live = this.#leastIn(placement, ranges[at] as number, up, enough);
        if (live < least) least = live;
        if (least < enough) return least;
      }
    }
    return least;
  }

  /** Fewest live replicas in the run of whole-ring ranges that a placement's range is. */
  #leastIn(placement: Placement, range: number, up: Flags, enough: number): number {
    const own = count(placement, range, up);
    if (this.placements.length === 1) return own;
    let least = Number.POSITIVE_INFINITY;
    const last = placement.cut.ends[range] as number;
    for (let at = firstOf(placement, range); at <= last; at += 1) {
      let live = own;
      for (const other of this.placements) if (other !== placement) live += count(other, this.#rangeIn(other, at), up);
      if (live < least) least = live;
      if (least < enough) return least;
    }
    return least;
  }

  /** Shows each range that one of the interrupted nodes is a replica of, once; `liveBefore` counts them. */
  seeRangesOf({ nodes, gone, up }: Interruption, see: SeeRanges): void {
    for (const node of nodes) {
      for (const placement of this.placements) {
        const { starts, ranges } = placement;
        for (let at = starts[node] as number; at < (starts[node + 1] as number); at += 1)
          this.#see(placement, ranges[at] as number, gone, up, (first, run, live, liveBefore) => {
            // A range with several of the nodes is shown when it is the first one's turn.
            if (this.#firstIn(first, gone) === node) see(first, run, live, liveBefore);
          });
      }
    }
  }

  /** Shows every range of the ring. */
  seeAll(up: Flags, see: SeeRanges): void {
    const nobody = new Uint8Array(up.length);
    const [placement] = this.placements;
    if (!placement) return;
    for (let range = 0; range < placement.cut.ends.length; range += 1) this.#see(placement, range, nobody, up, see);
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
        const here = part === placement ? range : this.#rangeIn(part, at);
        live += count(part, here, up);
        lost += count(part, here, gone);
      }
      see(at < 0 ? at + this.#ring.tokens.length : at, 1, live, live + lost);
    }
  }

  /** Replicas of a whole-ring range, live or not. */
  replicasAt(range: number): number[] {
    const nobody = this.#ring.addresses.length;
    return this.placements
      .flatMap((part) => {
        const here = this.#rangeIn(part, range);
        return [...part.replicas.subarray(here * part.width, (here + 1) * part.width)];
      })
      .filter((node) => node !== nobody);
  }

  #firstIn(range: number, flags: Flags): number {
    for (const part of this.placements) {
      const start = this.#rangeIn(part, range) * part.width;
      for (let place = start; place < start + part.width; place += 1) {
        const node = part.replicas[place] as number;
        if (flags[node] === 1) return node;
      }
    }
    return -1;
  }

  /** `at` is an index of the whole ring, negative before its first token. */
  #rangeIn({ cut }: Placement, at: number): number {
    return cut.rangeAt[at < 0 ? at + this.#ring.tokens.length : at] as number;
  }
}

function count({ replicas, width }: Placement, range: number, flags: Flags): number {
  let flagged = 0;
  for (let place = range * width; place < (range + 1) * width; place += 1) flagged += flags[replicas[place] as number] as number;
  return flagged;
}

/** Index of the first whole-ring range in a range; negative for the one that wraps around. */
export function firstOf({ cut: { ends, rangeAt } }: Pick<Placement, 'cut'>, range: number): number {
  return range > 0 ? (ends[range - 1] as number) + 1 : (ends.at(-1) as number) + 1 - rangeAt.length;
}
