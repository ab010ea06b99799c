/** Placements that Cassandra's own tests of its strategies state, and what its code says of racks. */
import { describe, expect, test } from 'vitest';
import { type Placement, placeInDatacenter, placeSimply } from '../../../core/availability/replicas.ts';
import type { Factor } from '../../../core/availability/replication.ts';
import { type OwnedCut, type Ring, ringOf } from '../../../core/availability/ring.ts';
import { ring } from './rings.ts';

const full = (all: number): Factor => ({ all, transient: 0 });

function at(placement: Placement, { addresses }: Ring, wholeRange: number): (string | undefined)[] {
  const start = (placement.cut.rangeAt[wholeRange] as number) * placement.width;
  return [...placement.replicas.subarray(start, start + placement.width)].map((node) => addresses[node]);
}

const inDatacenter = (tables: Ring, datacenter: string, factor: Factor): Placement =>
  placeInDatacenter(tables, tables.cuts.get(datacenter) as OwnedCut, factor);

test('SimpleStrategy takes the next nodes on the ring, around its end (SimpleStrategyTest)', () => {
  const tables = ringOf(ring({ 'n0@x/a': [0], 'n1@x/a': [10], 'n2@x/a': [20], 'n3@x/a': [30], 'n4@x/a': [40] }, {}));
  const placement = placeSimply(tables, full(3));
  for (let key = 0; key < 5; key += 1)
    // A key between token i and token i + 1 belongs to the range that ends with token i + 1.
    expect(at(placement, tables, (key + 1) % 5)).toEqual([1, 2, 3].map((step) => `n${(key + step) % 5}`));
});

test('a node with several tokens in a row is one replica', () => {
  const tables = ringOf(ring({ 'n0@x/a': [0, 1, 2], 'n1@x/a': [3], 'n2@x/a': [4] }, {}));
  expect(at(placeSimply(tables, full(2)), tables, 0)).toEqual(['n0', 'n1']);
});

test('three, two and one replicas in three datacentres are six different nodes (NetworkTopologyStrategyTest)', () => {
  const tables = ringOf(
    ring(
      {
        'a0@DC1/r1': [0x123],
        'a1@DC1/r1': [0x234],
        'a2@DC1/r1': [0x345],
        'a3@DC1/r1': [0x90a],
        'b0@DC2/r1': [0x789],
        'b1@DC2/r1': [0x890],
        'b2@DC2/r1': [0xabc],
        'c0@DC3/r1': [0x456],
        'c1@DC3/r1': [0x567],
        'c2@DC3/r1': [0x0ab],
      },
      {},
    ),
  );
  // The key of that test, 123, belongs to the range that ends with the token 123.
  const replicas = Object.entries({ DC1: 3, DC2: 2, DC3: 1 }).flatMap(([datacenter, factor]) =>
    at(inDatacenter(tables, datacenter, full(factor)), tables, 1),
  );
  expect(replicas).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'c0']);
});

test('896 nodes in 14 racks: as many replicas as wanted everywhere, in as many racks as there are (testLargeCluster)', () => {
  const shape = { '0': [2, 128, 2], '1': [4, 256, 6], '2': [8, 512, 6] } as const;
  const nodes = Object.entries(shape).flatMap(([datacenter, [racks, size]]) =>
    Array.from({ length: size }, (_, index) => {
      const rack = Math.floor(index / (size / racks));
      const host = (index % (size / racks)) + 1;
      return [`10.${datacenter}.${rack}.${host}@${datacenter}/${rack}`, [host * 65536 + rack * 256 + Number(datacenter)]] as const;
    }),
  );
  const tables = ringOf(ring(Object.fromEntries(nodes), {}));
  for (const [datacenter, [racks, , factor]] of Object.entries(shape)) {
    const placement = inDatacenter(tables, datacenter, full(factor));
    for (let range = 0; range < tables.tokens.length; range += 1) {
      const replicas = at(placement, tables, range);
      expect(new Set(replicas).size).toBe(factor);
      expect(new Set(replicas.map((address) => address?.split('.')[2])).size).toBe(Math.min(factor, racks));
    }
  }
});

describe('racks of one datacentre', () => {
  const tables = ringOf(
    ring({ 'a0@x/a': [0], 'a1@x/a': [10], 'a2@x/a': [20], 'b0@x/b': [30], 'a3@x/a': [40], 'idle@x/c': [], 'elsewhere@y/b': [15] }, {}),
  );
  test('a rack that has no replica yet comes before a nearer node of one that has', () => {
    expect(at(inDatacenter(tables, 'x', full(2)), tables, 0)).toEqual(['a0', 'b0']);
  });
  test('what racks are too few for goes to the first nodes met; nodes without tokens make no rack', () => {
    expect(at(inDatacenter(tables, 'x', full(3)), tables, 0)).toEqual(['a0', 'a1', 'b0']);
  });
  test('the other datacentre’s tokens do not cut its ranges', () => {
    expect([...inDatacenter(tables, 'x', full(3)).cut.rangeAt]).toEqual([0, 1, 2, 2, 3, 4]);
  });
  test('of 3/1 the first two are full replicas; with fewer nodes than replicas the transient one is given up', () => {
    expect(at(inDatacenter(tables, 'x', { all: 3, transient: 1 }), tables, 0)).toEqual(['a0', 'a1']);
    expect(at(inDatacenter(tables, 'y', { all: 3, transient: 1 }), tables, 0)).toEqual(['elsewhere']);
  });
  test('with as many replicas as nodes there is but one range', () => {
    const placement = inDatacenter(tables, 'x', full(7));
    expect(placement.cut.ends).toEqual(Uint32Array.of(5));
    expect(at(placement, tables, 3)).toEqual(['a0', 'a1', 'a2', 'b0', 'a3']);
  });
});
