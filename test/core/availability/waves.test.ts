import { describe, expect, test } from 'vitest';
import { availabilityOf } from '../../../core/availability/proof.ts';
import { network, ring, simple } from './rings.ts';

const SIX = { 'a1@x/a': [0], 'b1@x/b': [10], 'c1@x/c': [20], 'a2@x/a': [30], 'b2@x/b': [40], 'c2@x/c': [50] };
const ORDER = ['a1', 'b1', 'c1', 'a2', 'b2', 'c2'];
const six = availabilityOf(ring(SIX, { orders: [network({ x: 3 }), 'LOCAL_QUORUM'] }));

describe('waves', () => {
  test('take what shares no range together, in the order given', () => {
    expect(six.waves(ORDER, { most: 6 })).toEqual({
      waves: [
        ['a1', 'a2'],
        ['b1', 'b2'],
        ['c1', 'c2'],
      ],
      never: [],
    });
    expect(six.waves(['c2', 'a1', 'c1'], { most: 6 }).waves).toEqual([['c2', 'c1'], ['a1']]);
  });

  test('have at most so many nodes, and at least one', () => {
    expect(six.waves(ORDER, { most: 1 }).waves).toEqual(ORDER.map((address) => [address]));
    expect(() => six.waves(ORDER, { most: 0 })).toThrow(RangeError);
  });

  test('name a node once, however often it was asked for', () => {
    expect(six.waves(['a1', 'a1'], { most: 2 }).waves).toEqual([['a1']]);
  });

  test('with no level in use may take all at once, but never all live seeds', () => {
    const idle = availabilityOf(ring(SIX, {}));
    expect(idle.waves(ORDER, { most: 6 }).waves).toEqual([ORDER]);
    expect(idle.waves(ORDER, { most: 6, seeds: new Set(['a1', 'c1']) }).waves).toEqual([['a1', 'b1', 'a2', 'b2', 'c2'], ['c1']]);
    // The only one: whoever starts meanwhile would find no seed.
    expect(idle.waves(ORDER, { most: 6, seeds: new Set(['b1', 'vanished']) }).waves).toEqual([['a1', 'c1', 'a2', 'b2', 'c2'], ['b1']]);
  });

  test('may keep to one rack, and the same name elsewhere is another one', () => {
    const idle = availabilityOf(ring({ 'a1@x/a': [0], 'b1@x/b': [10], 'a2@x/a': [20], 'a3@y/a': [30] }, {}));
    expect(idle.waves(['a1', 'b1', 'a2', 'a3'], { most: 4, oneRack: true }).waves).toEqual([['a1', 'a2'], ['b1'], ['a3']]);
  });

  test('count replicas of all datacentres together, where no single one is short', () => {
    const nodes = { 'x1@x/a': [0], 'x2@x/a': [10], 'x3@x/a': [20], 'y1@y/a': [1], 'y2@y/a': [11], 'y3@y/a': [21] };
    const both = availabilityOf(ring(nodes, { orders: [network({ x: 2, y: 2 }), 'QUORUM'] }));
    // Three of four are needed: x1 and y1 are both replicas of (1, 10], say, so they cannot go together.
    expect(both.waves(['x1', 'y1'], { most: 2 }).waves).toEqual([['x1'], ['y1']]);
  });

  test('leave out, with the reason, who cannot go even alone; who is down costs nothing', () => {
    const wounded = availabilityOf(
      ring({ ...SIX, '!d1@x/a': [5] }, { orders: [network({ x: 3 }), 'LOCAL_QUORUM'], drafts: [simple(1), 'ONE', 'QUORUM'] }),
    );
    const { waves, never } = wounded.waves(['d1', 'a1'], { most: 2 });
    expect(waves).toEqual([['d1']]);
    expect(never).toEqual([
      {
        address: 'a1',
        why: 'drafts loses ONE on 1 token range, such as (50, 0]: replicas live 0 of 1, 1 needed; and 1 more',
      },
    ]);
  });

  test('an address that the survey did not tell of is refused', () => {
    expect(() => six.waves(['a9'], { most: 1 })).toThrow('NODE_UNKNOWN');
  });
});

describe('impact', () => {
  test('tells ranges, share and the least slack over the waves', () => {
    const quarters = { 'a@x/a': [0], 'b@x/b': [2 ** 61], 'c@x/c': [2 ** 62], 'd@x/d': [-(2 ** 62)] };
    const availability = availabilityOf(
      ring(quarters, { orders: [simple(2), 'ONE', 'ALL'], idle: [simple(3)], far: [network({ x: 1 }), 'LOCAL_ONE'] }),
    );
    expect(availability.impact([['a'], ['b']])).toEqual({
      nodes: 2,
      ranges: 3,
      ofRanges: 4,
      // (2^62, −2^62] is half of the ring and has d and a; (−2^62, 0] and (0, 2^61] have a or b; (2^61, 2^62] has c and d.
      share: 0.875,
      levels: [
        { keyspace: 'far', level: 'LOCAL_ONE', datacenter: 'x', live: 0, needed: 1, slack: -1, example: expect.any(String) },
        { keyspace: 'orders', level: 'ALL', live: 1, needed: 2, slack: -1, example: expect.any(String) },
        { keyspace: 'orders', level: 'ONE', live: 1, needed: 1, slack: 0, example: expect.any(String) },
      ],
    });
    // Both at once: (−2^62, 0] has no replica left.
    expect(availability.impact([['a', 'b']]).levels.at(-1)).toMatchObject({ level: 'ONE', slack: -1, example: `(${-(2 ** 62)}, 0]` });
  });

  test('nobody interrupted touches nothing', () => {
    expect(six.impact([])).toEqual({ nodes: 0, ranges: 0, ofRanges: 6, share: 0, levels: [] });
  });
});
