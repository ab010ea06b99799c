import { describe, expect, test } from 'vitest';
import { NOTHING_TO_DO, type RollbackPlan } from '../../../core/roll-back/plan.ts';
import { provenWith, provingPeers } from '../../../core/roll-back/proving-peers.ts';

const waves = (...groups: readonly (readonly [number, ...string[]])[]): RollbackPlan['waves'] =>
  groups.map(([together, ...nodes], i) => ({
    name: `wave ${i}`,
    way: 'restart',
    nodes,
    together,
    approval: false,
    proof: false,
    soakSeconds: 0,
  }));
const plan = (bent: Partial<RollbackPlan>) => ({ waves: [], refused: [], ...bent }) as unknown as RollbackPlan;
const refused = (name: string, wayForward: string) => ({ node: name, why: 'because', wayForward });
const NODES = ['a', 'b', 'c', 'd'];

describe('peers of one node', () => {
  test('nodes that wait for their own way back do not count, those before and those that stay do; in the order of the waves', () => {
    const order = plan({ waves: waves([1, 'c'], [1, 'b', 'a']) });
    expect(['c', 'b', 'a'].map((one) => provingPeers(order, one, NODES))).toEqual([['d'], ['c', 'd'], ['b', 'c', 'd']]);
  });

  test('nodes that are at work together prove nothing to each other', () => {
    const order = plan({ waves: waves([1, 'd'], [3, 'a', 'b', 'c']) });
    expect(['a', 'c'].map((one) => provingPeers(order, one, NODES))).toEqual([['d'], ['d']]);
  });

  test('a node that gets no rollback may be the cause itself; one that is back already counts', () => {
    const some = plan({ waves: waves([1, 'a']), refused: [refused('b', 'Repair forward.'), refused('c', NOTHING_TO_DO)] });
    expect(provingPeers(some, 'a', NODES)).toEqual(['c', 'd']);
  });
});

test('a wave is proven with itself, with what is back, and with what stays; not with what waits, or is left to a person', () => {
  const some = plan({ waves: waves([1, 'a'], [1, 'b'], [1, 'c']), refused: [refused('e', 'Repair forward.')] });
  expect([0, 1, 2].map((wave) => provenWith(some, wave, [...NODES, 'e']))).toEqual([
    ['a', 'd'],
    ['a', 'b', 'd'],
    ['a', 'b', 'c', 'd'],
  ]);
});
