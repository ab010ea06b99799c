/** Small rings of many forms: several datacentres and racks, virtual nodes, nodes without tokens, nodes that are down, odd replications. */
import fc from 'fast-check';
import { ConsistencyLevel, type RingNode, type RingTopology, type SurveyedKeyspace } from '../../../core/availability/topology.ts';

const DATACENTERS = ['x', 'y', 'z'];

/** Some far apart, some so near to each other that a double cannot tell them apart. */
const token = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: 2n ** 62n, max: 2n ** 62n + 60n }),
  fc.bigInt({ min: -30n, max: 30n }),
);

const factor = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 5 }).map(String), weight: 6 },
  { arbitrary: fc.constantFrom('2/1', '3/1', '5/2'), weight: 1 },
);

const replication = fc.oneof(
  {
    arbitrary: fc
      .dictionary(fc.constantFrom(...DATACENTERS, 'gone'), factor)
      .map((factors): Record<string, string> => ({ class: 'org.apache.cassandra.locator.NetworkTopologyStrategy', ...factors })),
    weight: 6,
  },
  { arbitrary: factor.map((written): Record<string, string> => ({ class: 'SimpleStrategy', replication_factor: written })), weight: 2 },
  { arbitrary: fc.constantFrom<Record<string, string>>({ class: 'EverywhereStrategy' }, { class: 'LocalStrategy' }), weight: 1 },
);

const keyspace = fc.record({
  replication,
  levels: fc.uniqueArray(fc.constantFrom(...ConsistencyLevel.options), { minLength: 1, maxLength: 4 }),
});

const node = fc.record({
  // The first is larger: more nodes than replicas.
  datacenter: fc.constantFrom('x', 'x', 'x', 'x', 'y', 'y', 'z'),
  rack: fc.constantFrom('a', 'b', 'c'),
  tokens: fc.integer({ min: 0, max: 4 }),
  up: fc.oneof({ arbitrary: fc.constant(true), weight: 7 }, { arbitrary: fc.constant(false), weight: 1 }),
});

export const randomRing: fc.Arbitrary<RingTopology> = fc
  .record({
    nodes: fc.array(node, { minLength: 1, maxLength: 12 }),
    tokens: fc.uniqueArray(token, { minLength: 50, maxLength: 50 }),
    keyspaces: fc.array(keyspace, { minLength: 1, maxLength: 3 }),
  })
  .map(({ nodes, tokens, keyspaces }) => {
    const left = tokens.map(String);
    const ringNodes = nodes.map(
      (one, index): RingNode => ({
        ...one,
        address: `10.0.0.${index + 1}`,
        tokens: left.splice(0, index === 0 ? one.tokens + 1 : one.tokens),
      }),
    );
    return {
      at: 0,
      partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
      nodes: ringNodes,
      keyspaces: keyspaces.map((one, index): SurveyedKeyspace => ({ name: `keyspace${index}`, ...one })),
    };
  });

/** A ring, and some of its addresses in some order. */
export const ringAndNodes: fc.Arbitrary<{ topology: RingTopology; addresses: string[] }> = randomRing.chain((topology) =>
  fc.shuffledSubarray(topology.nodes.map(({ address }) => address)).map((addresses) => ({ topology, addresses })),
);
