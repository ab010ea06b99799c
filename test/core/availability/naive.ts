/** The same questions answered slowly and plainly: for each token range list its replicas, count those that are live. */
import type { BrokenLevel } from '../../../core/availability/broken.ts';
import type { ConsistencyLevel, RingNode, RingTopology, SurveyedKeyspace } from '../../../core/availability/topology.ts';
import type { WaveOptions } from '../../../core/availability/waves.ts';

export interface NaiveRange {
  readonly text: string;
  /** Nodes in the order of the ring from this range on, each once. */
  readonly walk: readonly RingNode[];
}

export function naiveRanges({ nodes }: RingTopology): NaiveRange[] {
  const tokens = nodes
    .flatMap((node) => node.tokens.map((token) => ({ token, node })))
    .sort((a, b) => (BigInt(a.token) < BigInt(b.token) ? -1 : 1));
  return tokens.map(({ token }, index) => ({
    text: `(${tokens.at(index - 1)?.token}, ${token}]`,
    walk: [...new Set([...tokens.slice(index), ...tokens.slice(0, index)].map(({ node }) => node))],
  }));
}

/** `3` or `3/1`. */
const factorOf = (written: string) => {
  const [all = 0, transient = 0] = written.split('/').map(Number);
  return { all, transient };
};

/** The first node of each rack; then, where racks are too few, the first others. Full replicas only. */
function naiveReplicas(walk: readonly RingNode[], written: string, rackAware: boolean): RingNode[] {
  const { all, transient } = factorOf(written);
  const rackOf = ({ address, rack }: RingNode) => (rackAware ? rack : address);
  const firsts = walk.filter((node, index) => walk.findIndex((other) => rackOf(other) === rackOf(node)) === index);
  const others = walk.filter((node) => !firsts.includes(node)).slice(0, Math.max(all - firsts.length, 0));
  const chosen = walk.filter((node) => firsts.slice(0, all).includes(node) || others.includes(node));
  const absent = all - chosen.length;
  return chosen.slice(0, chosen.length - Math.max(transient - absent, 0));
}

/** One condition on a range: so many of these must be live. */
interface Condition {
  readonly keyspace: string;
  readonly level: ConsistencyLevel;
  readonly datacenter?: string;
  readonly replicas: readonly RingNode[];
  readonly needed: number;
}

const quorum = (factor: number) => Math.floor(factor / 2) + 1;

function conditions({ name, replication, levels }: SurveyedKeyspace, range: NaiveRange, all: readonly RingNode[]): Condition[] {
  const owners = all.filter(({ tokens }) => tokens.length > 0);
  const datacenters = [...new Set(owners.map(({ datacenter }) => datacenter))];
  const { class: strategy = '', ...options } = replication;
  if (strategy.endsWith('LocalStrategy')) return [];
  const simple = strategy.endsWith('SimpleStrategy');
  const sizeOf = (datacenter: string) => String(owners.filter((node) => node.datacenter === datacenter).length);
  const factors: Record<string, string> = strategy.endsWith('EverywhereStrategy')
    ? Object.fromEntries(datacenters.map((datacenter) => [datacenter, sizeOf(datacenter)]))
    : options;
  const replicas = simple
    ? naiveReplicas(range.walk, options.replication_factor ?? '', false)
    : datacenters.flatMap((datacenter) =>
        naiveReplicas(
          range.walk.filter((node) => node.datacenter === datacenter),
          factors[datacenter] ?? '0',
          true,
        ),
      );
  const total = Object.values(factors).reduce((sum, factor) => sum + factorOf(factor).all, 0);
  const overall = (level: ConsistencyLevel, needed: number): Condition[] => [{ keyspace: name, level, replicas, needed }];
  const each = (level: ConsistencyLevel, needed: (factor: number) => number): Condition[] =>
    datacenters
      .filter((datacenter) => simple || factorOf(factors[datacenter] ?? '0').all > 0)
      .map((datacenter) => ({
        keyspace: name,
        level,
        datacenter,
        replicas: replicas.filter((node) => node.datacenter === datacenter),
        needed: needed(simple ? total : factorOf(factors[datacenter] ?? '0').all),
      }));
  const table: Record<ConsistencyLevel, () => Condition[]> = {
    ANY: () => [],
    ONE: () => overall('ONE', 1),
    TWO: () => overall('TWO', 2),
    THREE: () => overall('THREE', 3),
    QUORUM: () => overall('QUORUM', quorum(total)),
    SERIAL: () => overall('SERIAL', quorum(total)),
    ALL: () => overall('ALL', total),
    LOCAL_ONE: () => each('LOCAL_ONE', () => 1),
    LOCAL_QUORUM: () => each('LOCAL_QUORUM', quorum),
    LOCAL_SERIAL: () => each('LOCAL_SERIAL', quorum),
    EACH_QUORUM: () => (simple ? overall('EACH_QUORUM', quorum(total)) : each('EACH_QUORUM', quorum)),
  };
  if (!simple && !Object.entries(factors).some(([datacenter, factor]) => datacenters.includes(datacenter) && factorOf(factor).all > 0))
    return [];
  return levels.flatMap((level) => table[level]());
}

/** Every condition on every range, with what is live of it. `only` asks about ranges that one of these nodes is a replica of. */
export function naiveLive(topology: RingTopology, down: ReadonlySet<string>, only?: ReadonlySet<string>) {
  const isUp = ({ up, address }: RingNode) => up && !down.has(address);
  return topology.keyspaces.flatMap((keyspace) =>
    naiveRanges(topology).flatMap((range) =>
      conditions(keyspace, range, topology.nodes)
        .filter(({ replicas }) => !only || replicas.some(({ up, address }) => up && only.has(address)))
        .map((condition) => ({
          ...condition,
          range: range.text,
          live: condition.replicas.filter(isUp).length,
          liveBefore: condition.replicas.filter(({ up }) => up).length,
        })),
    ),
  );
}

/** What `without` should say is broken; without `interrupted`, what is broken already. */
export function naiveBroken(topology: RingTopology, interrupted?: ReadonlySet<string>): BrokenLevel[] {
  const broken = naiveLive(topology, interrupted ?? new Set(), interrupted).filter(({ live, needed }) => live < needed);
  const kinds = Map.groupBy(broken, ({ keyspace, level, datacenter = '' }) => JSON.stringify([keyspace, level, datacenter]));
  return [...kinds.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, found]) => {
      const least = Math.min(...found.map(({ live }) => live));
      const { keyspace, level, datacenter, range, replicas, needed } = found.find(({ live }) => live === least) as (typeof found)[number];
      return {
        keyspace,
        level,
        ...(datacenter !== undefined && { datacenter }),
        ranges: found.length,
        brokenBefore: found.filter((one) => one.liveBefore < one.needed).length,
        example: range,
        liveOf: `${least} of ${replicas.length}, ${needed} needed`,
      };
    });
}

/** First fit, each time proven anew from all ranges. */
export function naiveWaves(topology: RingTopology, order: readonly string[], { most, seeds = new Set(), oneRack }: WaveOptions) {
  const node = (address: string) => topology.nodes.find((one) => one.address === address) as RingNode;
  const live = (addresses: Iterable<string>) =>
    [...addresses].filter((address) => topology.nodes.some((one) => one.address === address && one.up));
  const holds = (nodes: readonly string[]) => naiveBroken(topology, new Set(live(nodes))).length === 0;
  const place = ({ datacenter, rack }: RingNode) => JSON.stringify([datacenter, rack]);
  const waves: string[][] = [];
  const never: string[] = [];
  for (const address of order) {
    const wave = waves.find((nodes) => {
      const all = [...nodes, address];
      if (all.length > most || !holds(all)) return false;
      if (oneRack && new Set(all.map((one) => place(node(one)))).size > 1) return false;
      const liveSeeds = live(seeds);
      return liveSeeds.length === 0 || liveSeeds.some((seed) => !all.includes(seed));
    });
    if (wave) wave.push(address);
    else if (holds([address])) waves.push([address]);
    else never.push(address);
  }
  return { waves, never };
}
