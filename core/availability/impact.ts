/** What an interruption touches, and how much slack it leaves: the impact that a plan tells before anybody approves it. */
import type { RingDemands } from './demands.ts';
import { rangesOf, type Worst } from './group.ts';
import { type Flags, type Interruption, interruptionOf } from './interruption.ts';
import type { User } from './judged.ts';
import { firstOf } from './replicas.ts';
import { rangeText } from './ring.ts';
import type { Standing } from './standing.ts';

/** A level of a keyspace at the worst range of the worst wave. */
export interface LevelImpact extends User {
  readonly live: number;
  readonly needed: number;
  /** Live replicas beyond those needed: 0 when no more may fail, negative when the level is lost. */
  readonly slack: number;
  /** One of the worst ranges, `(left, right]`. */
  readonly example: string;
}

/** Plain JSON, to be put into a plan. */
export interface Impact {
  /** Live nodes that would be interrupted. */
  readonly nodes: number;
  /** Token ranges that one of them is a replica of, for some keyspace in use; of how many on the whole ring. */
  readonly ranges: number;
  readonly ofRanges: number;
  /** Those ranges' share of the token space, 0 to 1. */
  readonly share: number;
  /** Each level of each keyspace that is touched, the least slack first; one that is judged by datacentre in its worst one. */
  readonly levels: readonly LevelImpact[];
}

/** Impact of waves of addresses, one after the other; nodes that are down already are lost to nobody. Throws NODE_UNKNOWN. */
export function impactOf(demands: RingDemands, waves: readonly (readonly string[])[]): Impact {
  const { ring } = demands;
  const interruptions = waves.map((wave) => interruptionOf(ring, wave));
  const nodes = new Set(interruptions.flatMap((wave) => wave.nodes));
  const touched = touchedRanges(demands, [...nodes]);
  return {
    nodes: nodes.size,
    ranges: touched.reduce((sum, flag) => sum + flag, 0),
    ofRanges: ring.tokens.length,
    // A sum of many small shares ends a little beside 1.
    share: Math.min(1, Number(ring.shares.reduce((sum, share, range) => sum + share * (touched[range] as number), 0).toFixed(6))),
    levels: levelsUnder(demands, interruptions),
  };
}

/** Flags of the whole ring's ranges that a node is a replica of. */
function touchedRanges({ ring, judged }: RingDemands, nodes: readonly number[]): Flags {
  const touched = new Uint8Array(ring.tokens.length);
  for (const placement of new Set(judged.flatMap(({ group }) => group.placements))) {
    const own = new Uint8Array(placement.cut.ends.length);
    for (const node of nodes) for (const range of rangesOf(placement, node)) own[range] = 1;
    own.forEach((flag, range) => {
      if (flag === 0) return;
      const first = firstOf(placement, range);
      touched.fill(1, Math.max(first, 0), (placement.cut.ends[range] as number) + 1);
      if (first < 0) touched.fill(1, first + touched.length);
    });
  }
  return touched;
}

function levelsUnder({ ring, judged, now }: RingDemands, waves: readonly Interruption[]): LevelImpact[] {
  const worst = new Map<string, LevelImpact>();
  const standings = waves.map(({ nodes }): [readonly number[], Standing] => {
    const standing = now.copy();
    standing.takeAll(nodes, judged);
    return [nodes, standing];
  });
  for (const { group, demands } of judged) {
    let least: Worst = { range: 0, live: Number.POSITIVE_INFINITY };
    for (const [nodes, { up, floor }] of standings) for (const node of nodes) least = group.worstOf(node, up, floor, least);
    if (least.live === Number.POSITIVE_INFINITY) continue;
    for (const { needed, users } of demands) {
      for (const user of users) {
        const key = JSON.stringify([user.keyspace, user.level]);
        const slack = least.live - needed;
        if (slack < (worst.get(key)?.slack ?? Number.POSITIVE_INFINITY))
          worst.set(key, { ...user, live: least.live, needed, slack, example: rangeText(ring, least.range) });
      }
    }
  }
  return [...worst.entries()].sort(([a, { slack }], [b, { slack: other }]) => slack - other || (a < b ? -1 : 1)).map(([, level]) => level);
}
