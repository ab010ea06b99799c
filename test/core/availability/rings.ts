/** Rings written out by hand. */
import type { ConsistencyLevel, RingNode, RingTopology } from '../../../core/availability/topology.ts';

/** `name@datacenter/rack` and its tokens; `!` before the name: down. */
export function ring(
  nodes: Readonly<Record<string, readonly number[]>>,
  keyspaces: Readonly<Record<string, readonly [Record<string, string>, ...ConsistencyLevel[]]>>,
): RingTopology {
  return {
    at: 0,
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    nodes: Object.entries(nodes).map(([written, tokens]): RingNode => {
      const [, down, address = '', datacenter = '', rack = ''] = /^(!?)([^@]+)@([^/]+)[/](.+)$/.exec(written) ?? [];
      return { address, datacenter, rack, up: down === '', tokens: tokens.map(String) };
    }),
    keyspaces: Object.entries(keyspaces).map(([name, [replication, ...levels]]) => ({ name, replication, levels })),
  };
}

export const network = (factors: Readonly<Record<string, string | number>>): Record<string, string> => ({
  class: 'org.apache.cassandra.locator.NetworkTopologyStrategy',
  ...Object.fromEntries(Object.entries(factors).map(([datacenter, factor]) => [datacenter, String(factor)])),
});

export const simple = (factor: string | number): Record<string, string> => ({
  class: 'org.apache.cassandra.locator.SimpleStrategy',
  replication_factor: String(factor),
});
