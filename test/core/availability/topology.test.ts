import { describe, expect, test } from 'vitest';
import { needsOf } from '../../../core/availability/levels.ts';
import { availabilityOf } from '../../../core/availability/proof.ts';
import { parseReplication } from '../../../core/availability/replication.ts';
import { ringOf } from '../../../core/availability/ring.ts';
import { ConsistencyLevel, RingTopology } from '../../../core/availability/topology.ts';
import { parseOrExplain } from '../../../core/errors/from-schema.ts';
import { network, ring, simple } from './rings.ts';

const three = ring({ 'n1@x/a': [0], 'n2@x/b': [10], 'n3@x/c': [20] }, { orders: [network({ x: 3 }), 'LOCAL_QUORUM'] });
const read = (replication: Record<string, string>) => parseReplication({ name: 'orders', replication });

describe('a survey', () => {
  test('is plain JSON', () => {
    expect(parseOrExplain(RingTopology, JSON.parse(JSON.stringify(three)), 'survey')).toEqual(three);
  });
  test.each([
    ['partitioner', { partitioner: 'org.apache.cassandra.dht.ByteOrderedPartitioner' }, /field partitioner.*Murmur3Partitioner or Random/],
    ['token', { nodes: [{ ...three.nodes[0], tokens: ['0x1f'] }] }, /field nodes\[0\]\.tokens\[0\], value "0x1f"/],
    ['level', { keyspaces: [{ ...three.keyspaces[0], levels: ['NODE_LOCAL'] }] }, /field keyspaces\[0\]\.levels\[0\]/],
    ['nodes', { nodes: [] }, /field nodes/],
  ])('names the field that does not fit: %s', (_, bent, message) => {
    expect(() => parseOrExplain(RingTopology, { ...three, ...bent }, 'survey')).toThrow(message);
  });
  test.each([
    ['one address twice', { nodes: [...three.nodes, { ...three.nodes[0], tokens: ['5'] }] }, /Two nodes have this address.*n1/],
    ['one token twice', { nodes: [...three.nodes, { ...three.nodes[0], address: 'n4' }] }, /Two nodes own this token.*value 0/],
    ['nobody owns a token', { nodes: three.nodes.map((node) => ({ ...node, tokens: [] })) }, /No node owns a token/],
  ])('that contradicts itself is refused: %s', (_, bent, message) => {
    expect(() => availabilityOf({ ...three, ...bent } as RingTopology)).toThrow(message);
    expect(() => availabilityOf({ ...three, ...bent } as RingTopology)).toThrow('TOPOLOGY_CONTRADICTORY (retryable)');
  });
  test('of RandomPartitioner sorts its larger numbers, and knows what share each range covers', () => {
    const quarter = 2n ** 125n;
    const nodes = [3n, 1n, 2n].map((times, index) => ({ ...three.nodes[index], tokens: [String(quarter * times)] }));
    const { tokens, shares } = ringOf({ ...three, nodes, partitioner: 'RandomPartitioner' } as RingTopology);
    expect(tokens).toEqual([1n, 2n, 3n].map((times) => String(quarter * times)));
    expect([...shares]).toEqual([0.5, 0.25, 0.25]);
  });
});

describe('replication', () => {
  test.each([
    [simple(3), { strategy: 'simple', factor: { all: 3, transient: 0 } }],
    [
      { class: 'SimpleStrategy', replication_factor: '3/1' },
      { strategy: 'simple', factor: { all: 3, transient: 1 } },
    ],
    [network({ x: 3, y: 0 }), { strategy: 'network', factors: new Map([['x', { all: 3, transient: 0 }]]) }],
    [{ class: 'LocalStrategy' }, { strategy: 'local' }],
    [{ class: 'org.apache.cassandra.locator.EverywhereStrategy' }, { strategy: 'everywhere' }],
  ])('%j', (written, meant) => {
    expect(read(written)).toEqual(meant);
  });
  test.each([
    [{}, /field orders\.replication\.class, value missing/],
    [{ class: 'com.example.OurStrategy' }, /value com\.example\.OurStrategy.*decide by hand/],
    [{ class: 'SimpleStrategy' }, /replication_factor, value missing/],
    [{ class: 'SimpleStrategy', replication_factor: '3', x: '1' }, /field orders\.replication\.x, value 1.*no such option/],
    [{ class: 'LocalStrategy', replication_factor: '1' }, /no such option/],
    [network({ x: -1 }), /field orders\.replication\.x, value -1/],
    [network({ x: '2/2' }), /value 2\/2.*fewer transient/],
    [network({ x: 'three' }), /value three/],
    [network({ replication_factor: 3 }), /a factor for each datacentre/],
  ] as [Record<string, string>, RegExp][])('%j is not guessed', (written, message) => {
    expect(() => read(written)).toThrow(message);
    expect(() => read(written)).toThrow('REPLICATION_NOT_UNDERSTOOD (operator)');
  });
});

describe('what a level needs (ConsistencyLevel.blockFor)', () => {
  const needs = (replication: Record<string, string>) =>
    Object.fromEntries(
      ConsistencyLevel.options.map((level) => {
        const meant = read(replication);
        if (meant.strategy === 'local' || meant.strategy === 'everywhere') throw new Error('not spread over the ring');
        return [
          level,
          needsOf(level, meant, ['x', 'y']).map(({ datacenter, needed }) => `${needed}${datacenter ? ` in ${datacenter}` : ''}`),
        ];
      }),
    );

  test('with a factor in each datacentre', () => {
    expect(needs(network({ x: 3, y: 4 }))).toEqual({
      ANY: [],
      ONE: ['1'],
      TWO: ['2'],
      THREE: ['3'],
      QUORUM: ['4'],
      SERIAL: ['4'],
      ALL: ['7'],
      LOCAL_ONE: ['1 in x', '1 in y'],
      LOCAL_QUORUM: ['2 in x', '3 in y'],
      LOCAL_SERIAL: ['2 in x', '3 in y'],
      EACH_QUORUM: ['2 in x', '3 in y'],
    });
  });
  test('with one factor for the whole ring, the quorum of the whole is needed in the client’s own datacentre', () => {
    expect(needs(simple(5))).toMatchObject({ QUORUM: ['3'], ALL: ['5'], LOCAL_QUORUM: ['3 in x', '3 in y'], EACH_QUORUM: ['3'] });
  });
  test('a factor in a datacentre without nodes counts in the total, and is judged nowhere', () => {
    expect(needs(network({ x: 3, gone: 3 }))).toMatchObject({
      QUORUM: ['4'],
      ALL: ['6'],
      LOCAL_QUORUM: ['2 in x'],
      EACH_QUORUM: ['2 in x'],
    });
  });
});
