import { describe, expect, test } from 'vitest';
import { tellBroken } from '../../../core/availability/broken.ts';
import { availabilityOf } from '../../../core/availability/proof.ts';
import type { ConsistencyLevel } from '../../../core/availability/topology.ts';
import { network, ring, simple } from './rings.ts';

/** Six nodes in three racks; of three replicas each range has one in every rack. */
const SIX = { 'a1@x/a': [0], 'b1@x/b': [10], 'c1@x/c': [20], 'a2@x/a': [30], 'b2@x/b': [40], 'c2@x/c': [50] };
const six = (level: ConsistencyLevel, factor: string | number = 3, nodes: Record<string, readonly number[]> = SIX) =>
  availabilityOf(ring(nodes, { orders: [network({ x: factor }), level] }));
const down = (...addresses: string[]) => new Set(addresses);
const holds = { holds: true };

describe('without a node', () => {
  test.each<[ConsistencyLevel, boolean]>([
    ['ANY', true],
    ['ONE', true],
    ['LOCAL_ONE', true],
    ['TWO', true],
    ['QUORUM', true],
    ['SERIAL', true],
    ['LOCAL_QUORUM', true],
    ['EACH_QUORUM', true],
    ['THREE', false],
    ['ALL', false],
  ])('of three replicas %s holds: %s', (level, expected) => {
    expect(six(level).without(down('a1')).holds).toBe(expected);
  });

  test('two of one rack share no range, two of different racks do', () => {
    expect(six('LOCAL_QUORUM').without(down('a1', 'a2'))).toEqual(holds);
    expect(six('LOCAL_QUORUM').without(down('a1', 'b1'))).toEqual({
      holds: false,
      broken: [
        {
          keyspace: 'orders',
          level: 'LOCAL_QUORUM',
          datacenter: 'x',
          ranges: 2,
          brokenBefore: 0,
          example: '(50, 0]',
          liveOf: '1 of 3, 2 needed',
        },
      ],
    });
  });

  test('a sentence tells it', () => {
    const proof = six('LOCAL_QUORUM').without(down('a1', 'b1'));
    expect('broken' in proof && proof.broken.map(tellBroken)).toEqual([
      'orders loses LOCAL_QUORUM in x on 2 token ranges, such as (50, 0]: replicas live 1 of 3, 2 needed',
    ]);
  });

  test('a quorum of all datacentres counts them together', () => {
    const nodes = { 'x1@x/a': [0], 'x2@x/b': [10], 'x3@x/c': [20], 'y1@y/a': [5], 'y2@y/b': [15], 'y3@y/c': [25], 'y4@y/a': [26] };
    const both = (level: ConsistencyLevel) => availabilityOf(ring(nodes, { orders: [network({ x: 3, y: 3 }), level] }));
    expect(both('QUORUM').without(down('x1', 'y1'))).toEqual(holds);
    expect(both('QUORUM').without(down('x1', 'x2'))).toEqual(holds);
    expect(both('LOCAL_QUORUM').without(down('x1', 'x2')).holds).toBe(false);
    expect(both('QUORUM').without(down('x1', 'x2', 'y2'))).toMatchObject({ broken: [{ ranges: 7, liveOf: '3 of 6, 4 needed' }] });
  });

  test('of three replicas with a transient one, the full ones alone must do', () => {
    expect(six('QUORUM', '3/1').without(down('a1')).holds).toBe(false);
    expect(six('ONE', '3/1').without(down('a1'))).toEqual(holds);
  });

  test('one replica can never be spared, a local keyspace always, one that is everywhere as long as most remain', () => {
    const about = (replication: Record<string, string>) => availabilityOf(ring(SIX, { k: [replication, 'QUORUM'] }));
    expect(about(simple(1)).without(down('a1')).holds).toBe(false);
    expect(about({ class: 'LocalStrategy' }).without(down('a1', 'b1'))).toEqual(holds);
    expect(about({ class: 'EverywhereStrategy' }).without(down('a1', 'b1'))).toEqual(holds);
    expect(about({ class: 'EverywhereStrategy' }).without(down('a1', 'b1', 'c1'))).toMatchObject({
      broken: [{ ranges: 6, liveOf: '3 of 6, 4 needed' }],
    });
  });

  test('a node that owns nothing, or one that is down already, is lost to nobody', () => {
    const spare = six('ALL', 3, { ...SIX, 'idle@x/a': [] });
    expect(spare.without(down('idle'))).toEqual(holds);
    const wounded = six('ALL', 3, { ...SIX, '!gone@x/a': [60] });
    expect(wounded.without(down('gone'))).toEqual(holds);
  });

  test('a ring of one token is one range', () => {
    expect(six('ONE', 1, { 'only@x/a': [7] }).without(down('only'))).toMatchObject({ broken: [{ ranges: 1, example: '(7, 7]' }] });
  });

  test('an address that the survey did not tell of proves nothing', () => {
    expect(() => six('ONE').without(down('a9'))).toThrow(/NODE_UNKNOWN.*value a9.*Survey the ring again/);
  });
});

describe('with nodes down already', () => {
  const { 'a1@x/a': tokens, ...others } = SIX;
  const wounded = (level: ConsistencyLevel) => six(level, 3, { '!a1@x/a': tokens, ...others });

  test('they count as down', () => {
    expect(wounded('LOCAL_QUORUM').alreadyBroken()).toEqual([]);
    expect(wounded('LOCAL_QUORUM').without(down('b2')).holds).toBe(false);
    expect(wounded('LOCAL_QUORUM').without(down('a2'))).toEqual(holds);
  });

  test('what is broken already is told apart, and is a break again only for its own replicas', () => {
    const all = wounded('ALL');
    expect(all.alreadyBroken()).toMatchObject([{ level: 'ALL', ranges: 3, brokenBefore: 3, liveOf: '2 of 3, 3 needed' }]);
    expect(all.without(down('a2'))).toMatchObject({ broken: [{ ranges: 3, brokenBefore: 0 }] });
    expect(all.without(down('b1'))).toMatchObject({ broken: [{ ranges: 3, brokenBefore: 2 }] });
  });

  test('a datacentre that is lost does not hinder the other at EACH_QUORUM', () => {
    const nodes = { ...SIX, '!y1@y/a': [5], '!y2@y/b': [15], '!y3@y/c': [25] };
    const availability = availabilityOf(ring(nodes, { orders: [network({ x: 3, y: 3 }), 'EACH_QUORUM'] }));
    expect(availability.alreadyBroken()).toMatchObject([{ datacenter: 'y', ranges: 9 }]);
    expect(availability.without(down('a1'))).toEqual(holds);
  });
});
