/** Rows of Cassandra's system tables, as the driver gives them. */
import { expect, test } from 'vitest';
import { RingTopology } from '../../../../core/availability/topology.ts';
import { levelsInUse, topologyOf } from '../../../../core/roll-back/course/read-topology.ts';

const written = (text: string) => ({ toString: () => text });
const row = { data_center: 'dc1', rack: 'r1', host_id: written('7f0c'), tokens: ['-1', '9'] };
const told = topologyOf(
  {
    own: { ...row, broadcast_address: written('10.0.0.1'), listen_address: written('192.168.0.1') },
    peers: [{ ...row, peer: written('10.0.0.2'), tokens: null }],
    keyspaces: [
      { keyspace_name: 'orders', replication: { class: 'org.apache.cassandra.locator.NetworkTopologyStrategy', dc1: '3' } },
      { keyspace_name: 'system_auth', replication: { class: 'org.apache.cassandra.locator.SimpleStrategy', replication_factor: '1' } },
      { keyspace_name: 'ledger', replication: { class: 'org.apache.cassandra.locator.SimpleStrategy', replication_factor: '3' } },
    ],
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    at: 5,
  },
  levelsInUse({
    canary: { consistency: 'LOCAL_QUORUM', identitySecret: 's', localDatacenter: 'dc1' },
    keyspaces: { ledger: { levels: ['QUORUM', 'LOCAL_ONE'] } },
  }),
);

test('nodes by the address that others dial, with their tokens; it is a topology', () => {
  expect(RingTopology.parse(told).nodes).toEqual([
    { address: '10.0.0.1', hostId: '7f0c', datacenter: 'dc1', rack: 'r1', tokens: ['-1', '9'], up: true },
    { address: '10.0.0.2', hostId: '7f0c', datacenter: 'dc1', rack: 'r1', tokens: [], up: true },
  ]);
});

test('levels: what cluster.yaml says, else the canary’s; Cassandra’s own keyspaces are nobody’s unless named', () => {
  expect(Object.fromEntries(told.keyspaces.map(({ name, levels }) => [name, levels]))).toEqual({
    orders: ['LOCAL_QUORUM'],
    system_auth: [],
    ledger: ['QUORUM', 'LOCAL_ONE'],
  });
});
