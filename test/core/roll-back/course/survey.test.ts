/** Whether nodes may be interrupted now: by token ranges where they are known, else by the simple rule. */
import { describe, expect, test } from 'vitest';
import type { ConsistencyLevel, RingTopology } from '../../../../core/availability/topology.ts';
import { blockedBy, type RingSurvey } from '../../../../core/roll-back/course/survey.ts';

const registered = [1, 2, 3, 4].map((i) => ({
  node: `i-0000000${i}`,
  address: `10.0.0.${i}`,
  datacenter: 'dc1',
  rack: `rack${i}`,
  root: '' as const,
  seed: i === 1,
}));
const [N1, N2, N3] = registered.map(({ node }) => node) as [string, string, string, string];
const view = (node: string, without: readonly number[] = []) => ({
  node,
  live: registered.filter((_, i) => !without.includes(i + 1)).map(({ address }) => `/${address}:7000`),
  joining: [] as string[],
  schemaVersions: ['a'],
});
const topology = (replicas: number, level: ConsistencyLevel = 'LOCAL_QUORUM'): RingTopology => ({
  at: 1,
  partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
  nodes: registered.map(({ address, datacenter, rack }, i) => ({ address, datacenter, rack, tokens: [String(i * 1000)], up: true })),
  keyspaces: [{ name: 'orders', replication: { class: 'NetworkTopologyStrategy', dc1: String(replicas) }, levels: [level] }],
});
const blocked = (nodes: readonly string[], bent: Partial<RingSurvey> = {}): string | null =>
  blockedBy(
    { at: 1, topology: topology(3), views: registered.map(({ node }) => view(node)), stopped: [], unfenced: [], ...bent },
    { nodes: registered },
  )(nodes);

describe('by token ranges', () => {
  test('one node of three replicas may go, two of one range may not, and the reason names keyspace, level and range', () => {
    expect(blocked([N1])).toBeNull();
    expect(blocked([N1, N2])).toMatch(
      /^without i-00000001, i-00000002 orders loses LOCAL_QUORUM in dc1 on \d+ token ranges?, such as \(.+: replicas live 1 of 3/,
    );
  });

  test('a node that anybody sees down counts as down, and may itself always go on', () => {
    const views = [view(N1, [3]), view(N2), view(N3)];
    expect(blocked([N1], { views })).toContain('LOCAL_QUORUM');
    expect(blocked([N3], { views })).toBeNull();
    expect(blocked([N1], { views, topology: topology(3, 'ONE') })).toBeNull();
  });

  test('a node that could not be fenced counts as down: an older execution may interrupt it', () => {
    expect(blocked([N1], { unfenced: [N2] })).toContain('LOCAL_QUORUM');
  });

  test('a ring that is larger than what is registered is counted whole', () => {
    const stranger = { address: '10.0.0.9', datacenter: 'dc1', rack: 'rack9', tokens: ['500'], up: true };
    const larger = { ...topology(3), nodes: [...topology(3).nodes, stranger] };
    // Nobody sees it live.
    expect(blocked([N2], { topology: larger })).toContain('LOCAL_QUORUM');
    const views = registered.map(({ node }) => ({ ...view(node), live: [...view(node).live, '/10.0.0.9:7000'] }));
    expect(blocked([N2], { topology: larger, views })).toBeNull();
  });
});

describe('in doubt the others are lost, and the node itself is up', () => {
  const others = [N2, N3, 'i-00000004'].map((node) => view(node, [1]));

  test('a node that sees only itself makes nobody free: its view counts for itself alone', () => {
    const alone = { ...view(N1), live: ['/10.0.0.1:7000'] };
    expect(blocked([N2, N3, 'i-00000004'], { views: [alone, ...others] })).toContain('LOCAL_QUORUM');
    // N1 is lost to the others, so one more of its ranges would lose the level.
    expect(blocked([N2], { views: [alone, ...others] })).toContain('LOCAL_QUORUM');
    // And N1 itself answers: it is up, whatever the others say, and costs what an interruption costs.
    expect(blocked([N1, N2], { views: [alone, ...others] })).toContain('LOCAL_QUORUM');
  });

  test('a node that could not be fenced, beside one that is down: it is not free', () => {
    const views = [view(N1, [2]), view(N3, [2])];
    expect(blocked([N3], { views, unfenced: [N3] })).toContain('LOCAL_QUORUM');
    expect(blocked([N2], { views })).toBeNull();
  });

  test('a node on which Cassandra does not run is free, also where nobody’s view answers', () => {
    expect(blocked([N1], { views: [], stopped: [N1] })).toBeNull();
    expect(blocked([N1, N2], { views: [], stopped: [N1] })).toContain('no node’s view');
  });

  test('an address that the ring does not know makes nobody free', () => {
    const views = [N1, N2].map((node) => ({ ...view(node), live: ['/192.168.0.1:7000', '/192.168.0.2:7000'] }));
    expect(blocked([N1], { views })).toContain('the ring does not know that address');
  });
});

test('while every other node is live one may always go, whatever its keyspaces can bear; two of them may not', () => {
  expect(blocked([N1], { topology: topology(1, 'ONE') })).toBeNull();
  expect(blocked([N1], { topology: topology(3, 'ALL') })).toBeNull();
  expect(blocked([N1, N2], { topology: topology(1, 'ONE') })).toContain('replicas live 0 of 1');
});

test('ranges that are a day old, or do not hold a node that is there, are not known', () => {
  const old = { ...topology(3), at: 1 };
  expect(blocked([N1, N2], { at: 90_000_000, topology: old })).toContain('one at a time');
  const grown = registered.map(({ node }) => ({ ...view(node), live: [...view(node).live, '/10.0.0.9:7000'] }));
  expect(blocked([N1, N2], { views: grown })).toContain('one at a time');
  const empty = { ...topology(3), nodes: topology(3).nodes.map((one, i) => (i === 1 ? { ...one, tokens: [] } : one)) };
  expect(blocked([N1, N2], { topology: empty })).toContain('one at a time');
});

describe('without token ranges', () => {
  test.each([
    ['one at a time, while all others are live', [N1], registered.map(({ node }) => view(node)), null],
    ['never two', [N1, N2], registered.map(({ node }) => view(node)), 'one at a time'],
    ['none while another is not live', [N1], [view(N1, [3]), view(N2)], `${N3} (10.0.0.3) is not live`],
    ['none where no view answers', [N1], [], 'no node’s view'],
  ])('%s', (_, nodes, views, why) => {
    const said = blocked(nodes, { topology: null, views });
    if (why === null) expect(said).toBeNull();
    else expect(said).toContain(why);
  });
});

test('nothing is interrupted while a node joins, or while there are two schemas', () => {
  expect(blocked([N1], { views: [{ ...view(N1), joining: ['/10.0.0.7'] }] })).toContain('10.0.0.7 is joining');
  expect(blocked([N1], { views: [view(N1), { ...view(N2), schemaVersions: ['b'] }] })).toContain('2 versions');
});
