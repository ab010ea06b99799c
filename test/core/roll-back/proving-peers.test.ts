import { expect, test } from 'vitest';
import { NOTHING_TO_DO, type RollbackPlan } from '../../../core/roll-back/plan.ts';
import { provingPeers } from '../../../core/roll-back/proving-peers.ts';

const node = (name: string) => ({ node: name }) as RollbackPlan['restart'][number];
const plan = (bent: Partial<RollbackPlan>) => ({ hot: [], restart: [], refused: [], ...bent }) as unknown as RollbackPlan;
const NODES = ['a', 'b', 'c', 'd'];

test('nodes that wait for their own way back do not count, those before and those that stay do', () => {
  const order = plan({ restart: [node('c'), node('b'), node('a')] });
  expect(['c', 'b', 'a'].map((one) => provingPeers(order, one, NODES))).toEqual([['d'], ['c', 'd'], ['b', 'c', 'd']]);
});

test('a node that gets no rollback may be the cause itself; one that is back already counts', () => {
  const refused = (name: string, wayForward: string) => ({ node: name, why: 'because', wayForward });
  const some = plan({ restart: [node('a')], refused: [refused('b', 'Repair forward.'), refused('c', NOTHING_TO_DO)] });
  expect(provingPeers(some, 'a', NODES)).toEqual(['c', 'd']);
});
