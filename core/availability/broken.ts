/** Levels that do not stand when some nodes are down, as data for people. */
import type { RingDemands } from './demands.ts';
import type { SeeRanges } from './group.ts';
import type { Interruption } from './interruption.ts';
import type { Demand, Judged, User } from './judged.ts';
import { type Ring, rangeText } from './ring.ts';

/** A level of a keyspace that some token ranges do not have. */
export interface BrokenLevel extends User {
  /** How many ranges of the whole ring. */
  readonly ranges: number;
  /** How many of these had lost it before already. */
  readonly brokenBefore: number;
  /** The worst of them, `(left, right]`. */
  readonly example: string;
  /** What stands at the example, such as `1 of 3, 2 needed`. */
  readonly liveOf: string;
}

/** One sentence about one broken level. */
export function tellBroken({ keyspace, level, datacenter, ranges, brokenBefore, example, liveOf }: BrokenLevel): string {
  const where = datacenter === undefined ? '' : ` in ${datacenter}`;
  const before = brokenBefore === 0 ? '' : ` (${brokenBefore} of them broken already)`;
  return `${keyspace} loses ${level}${where} on ${ranges} token ${ranges === 1 ? 'range' : 'ranges'}${before}, such as ${example}: replicas live ${liveOf}`;
}

/** What is broken by an interruption, of all that its nodes are replicas of. */
export function brokenWithout({ ring, judged, now }: RingDemands, interruption: Interruption): BrokenLevel[] {
  const without = now.copy();
  const broken = without.takeAll(interruption.nodes, judged);
  return collect(ring, broken, ({ group, demands: [{ needed }] }, see) => group.seeRangesOf(interruption, without.floor, needed, see));
}

/** What is broken as it is, whoever is a replica of it. */
export function brokenNow({ ring, judged, now }: RingDemands): BrokenLevel[] {
  const doubtful = judged.filter(
    ({ group, demands: [{ needed }] }) => group.placements.reduce((sum, placement) => sum + now.floor(placement), 0) < needed,
  );
  return collect(ring, doubtful, ({ group }, see) => group.seeAll(ring.up, see));
}

function collect(ring: Ring, judged: readonly Judged[], show: (one: Judged, see: SeeRanges) => void): BrokenLevel[] {
  const broken = judged.flatMap((one) => {
    const tallies = one.demands.map((demand) => new Tally(demand));
    show(one, (first, ranges, live, liveBefore) => {
      for (const tally of tallies) if (live < tally.demand.needed) tally.add(first, ranges, live, liveBefore);
    });
    return tallies.flatMap((tally) => tally.tell(ring, one));
  });
  return broken.sort((a, b) => compare(a.keyspace, b.keyspace) || compare(a.level, b.level) || compare(a.datacenter, b.datacenter));
}

const compare = (a = '', b = ''): number => (a === b ? 0 : a < b ? -1 : 1);

/** Broken ranges of one demand. */
class Tally {
  readonly demand: Demand;
  #ranges = 0;
  #brokenBefore = 0;
  #worst = { range: 0, live: Number.POSITIVE_INFINITY };

  constructor(demand: Demand) {
    this.demand = demand;
  }

  add(range: number, ranges: number, live: number, liveBefore: number): void {
    this.#ranges += ranges;
    if (liveBefore < this.demand.needed) this.#brokenBefore += ranges;
    // Of equally bad ones the first, in whatever order they are shown.
    if (live < this.#worst.live || (live === this.#worst.live && range < this.#worst.range)) this.#worst = { range, live };
  }

  tell(ring: Ring, { group }: Judged): BrokenLevel[] {
    if (this.#ranges === 0) return [];
    const { range, live } = this.#worst;
    const about = {
      ranges: this.#ranges,
      brokenBefore: this.#brokenBefore,
      example: rangeText(ring, range),
      liveOf: `${live} of ${group.replicasAt(range).length}, ${this.demand.needed} needed`,
    };
    return this.demand.users.map((user) => ({ ...user, ...about }));
  }
}
