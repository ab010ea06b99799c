/** Which nodes are up at a moment, and whether that is enough: the quick answer that proofs and waves are made of. */

import { leastLive, type ReplicaGroup } from './group.ts';
import type { Flags } from './interruption.ts';
import type { Judged } from './judged.ts';
import type { Placement } from './replicas.ts';

/**
 * Beside the nodes that are up, it knows a floor for each placement: the fewest live replicas of any of its ranges. Where the floors of
 * a group's placements together reach what is needed, no range has to be looked at.
 */
export class Standing {
  readonly up: Flags;
  readonly #floors: Map<Placement, number>;

  constructor(up: Flags, floors: ReadonlyMap<Placement, number>) {
    this.up = up.slice();
    this.#floors = new Map(floors);
  }

  copy(): Standing {
    return new Standing(this.up, this.#floors);
  }

  /** The fewest live replicas of any range of a placement. */
  readonly floor = (placement: Placement): number => this.#floors.get(placement) ?? 0;

  /** Takes the node out if every range that it is a replica of keeps what is demanded; says whether it was taken. */
  take(node: number, judged: readonly Judged[]): boolean {
    this.up[node] = 0;
    const lowered = new Map<Placement, number>();
    const keeps = judged.every(({ group, demands: [{ needed }] }) => this.#keeps(group, [node], needed, lowered));
    if (keeps) for (const [placement, floor] of lowered) this.#floors.set(placement, floor);
    else this.up[node] = 1;
    return keeps;
  }

  /** Takes all these out, and returns what is no longer as demanded on some range that one of them is a replica of. */
  takeAll(nodes: readonly number[], judged: readonly Judged[]): Judged[] {
    for (const node of nodes) this.up[node] = 0;
    const lowered = new Map<Placement, number>();
    const broken = judged.filter(({ group, demands: [{ needed }] }) => !this.#keeps(group, nodes, needed, lowered));
    for (const { group } of judged)
      for (const placement of group.placements) this.#floors.set(placement, this.#floorWithout(placement, nodes, lowered));
    return broken;
  }

  /** `nodes` are out already; `lowered` keeps the floors without them. */
  #keeps(group: ReplicaGroup, nodes: readonly number[], needed: number, lowered: Map<Placement, number>): boolean {
    const [placement] = group.placements;
    if (placement && group.placements.length === 1) {
      const least = this.#leastFor(placement, nodes, needed);
      if (least < needed) return false;
      lowered.set(placement, Math.min(least, this.floor(placement)));
      return true;
    }
    const floors = group.placements.reduce((sum, part) => sum + this.#floorWithout(part, nodes, lowered), 0);
    if (floors >= needed) return true;
    // Somewhere it is not enough, perhaps where none of the nodes is a replica.
    const enough = { range: 0, live: needed };
    const floorNow = (part: Placement) => lowered.get(part) ?? 0;
    return nodes.every((node) => group.worstOf(node, this.up, floorNow, enough) === enough);
  }

  #floorWithout(placement: Placement, nodes: readonly number[], lowered: Map<Placement, number>): number {
    const known = lowered.get(placement);
    if (known !== undefined) return known;
    const floor = Math.min(this.floor(placement), this.#leastFor(placement, nodes, 0));
    lowered.set(placement, floor);
    return floor;
  }
  #leastFor(placement: Placement, nodes: readonly number[], enough: number): number {
    return nodes.reduce((least, node) => Math.min(least, leastLive(placement, node, this.up, enough)), Number.POSITIVE_INFINITY);
  }
}
