/** `npm run bench -- planner`: planning a rollback of a large ring: the proof that it stays available, its waves and its impact. */
import { type Availability, availabilityOf } from '../core/availability/proof.ts';
import type { ConsistencyLevel, RingNode, SurveyedKeyspace } from '../core/availability/topology.ts';
import { RingTopology } from '../core/availability/topology.ts';
import { parseOrExplain } from '../core/errors/from-schema.ts';
import type { Progress } from '../stand/progress.ts';
import { Draws, seedOf } from './decision/random.ts';
import { figure, table } from './figures.ts';
import type { BenchResult } from './rollback.ts';

/** What issue 7 names: planning so much takes at most 2 s and 512 MB. */
const NODES = 1000;
const TOKENS = 256;
const KEYSPACES = 50;
const DATACENTERS = ['eu-west', 'us-east', 'ap-south'];
const RACKS = ['a', 'b', 'c'];
/** So many nodes at once, where availability permits. */
const WAVE = 50;

export interface PlannerBenchOptions {
  /** Times that all is done; the slowest counts. */
  readonly runs: number;
}

export function benchPlanner({ runs }: PlannerBenchOptions, progress: Progress): BenchResult {
  const input = JSON.stringify(largeRing(new Draws(seedOf('planner', 0, 1))));
  progress(`a survey of ${NODES} nodes with ${TOKENS} tokens each and ${KEYSPACES} keyspaces: ${(input.length / 2 ** 20).toFixed(1)} MiB`);
  const timings = Array.from({ length: runs }, () => planOnce(input));
  const seconds = ({ parts }: Planned): number => parts.reduce((sum, [, ms]) => sum + ms, 0) / 1000;
  const slowest = timings.toSorted((a, b) => seconds(b) - seconds(a))[0];
  if (!slowest) throw new RangeError('no runs');
  // Of the whole process, the making of its input included.
  const peakMb = process.resourceUsage().maxRSS / 1024;
  return {
    figures: [figure('seconds', seconds(slowest), 's', '<=', 2), figure('peakMb', peakMb, 'MB', '<=', 512)],
    text: `${table([['step, slowest run', 'ms'], ...slowest.parts.map(([what, ms]) => [what, ms.toFixed(0)])])}\n\n${slowest.told}`,
  };
}

interface Planned {
  /** What was done, and how long it took (ms). */
  readonly parts: readonly (readonly [string, number])[];
  readonly told: string;
}

function planOnce(input: string): Planned {
  const parts: [string, number][] = [];
  const timed = <T>(what: string, work: () => T): T => {
    const start = performance.now();
    const result = work();
    parts.push([what, performance.now() - start]);
    return result;
  };
  const topology = timed('read the survey', () => parseOrExplain(RingTopology, JSON.parse(input), 'survey'));
  const order = topology.nodes.map(({ address }) => address);
  const availability: Availability = timed('place the replicas', () => availabilityOf(topology));
  const alone = timed('prove each node alone', () => order.filter((address) => availability.without(new Set([address])).holds).length);
  const { waves, never } = timed('make waves', () => availability.waves(order, { most: WAVE }));
  const impact = timed('tell the impact', () => availability.impact(waves));
  const [least] = impact.levels;
  const told = [
    `${alone} of ${NODES} nodes can be interrupted alone; ${waves.length} waves of at most ${WAVE}, ${never.length} nodes in none`,
    `${impact.ranges} of ${impact.ofRanges} token ranges touched; least slack: ${least?.slack} (${least?.keyspace}, ${least?.level})`,
  ].join('\n');
  return { parts, told };
}

function largeRing(draws: Draws): RingTopology {
  const nodes = Array.from({ length: NODES }, (_, index): RingNode => {
    const token = () => (BigInt.asIntN(32, BigInt(draws.bits())) * 2n ** 32n + BigInt(draws.bits())).toString();
    return {
      address: `10.${index >> 8}.${index & 255}.1`,
      datacenter: DATACENTERS[index % 3] as string,
      rack: RACKS[Math.floor(index / 3) % 3] as string,
      tokens: Array.from({ length: TOKENS }, token),
      up: true,
    };
  });
  return { at: 0, partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner', nodes, keyspaces: keyspaces() };
}

/** Replications as they are met: mostly three replicas in each datacentre, some elsewhere or more, the system's own. */
function keyspaces(): SurveyedKeyspace[] {
  const network = (...factors: number[]): Record<string, string> => ({
    class: 'org.apache.cassandra.locator.NetworkTopologyStrategy',
    ...Object.fromEntries(factors.flatMap((factor, index) => (factor > 0 ? [[DATACENTERS[index] as string, String(factor)]] : []))),
  });
  const kinds: [Record<string, string>, ConsistencyLevel[]][] = [
    [network(3, 3, 3), ['LOCAL_QUORUM']],
    [network(3, 3, 3), ['LOCAL_QUORUM', 'EACH_QUORUM', 'ONE']],
    [network(3, 3), ['QUORUM', 'LOCAL_QUORUM']],
    [network(0, 3, 3), ['QUORUM']],
    [network(3), ['LOCAL_QUORUM', 'ONE']],
    [network(5, 3, 3), ['QUORUM', 'LOCAL_QUORUM']],
    [network(5, 5, 5), ['EACH_QUORUM']],
    [network(2, 2, 2), ['ONE', 'LOCAL_ONE']],
    [{ class: 'org.apache.cassandra.locator.SimpleStrategy', replication_factor: '3' }, ['ONE']],
    [{ class: 'org.apache.cassandra.locator.LocalStrategy' }, ['ONE']],
  ];
  return Array.from({ length: KEYSPACES }, (_, index) => {
    const [replication, levels] = kinds[index % kinds.length] as (typeof kinds)[number];
    return { name: `keyspace_${index}`, replication, levels };
  });
}
