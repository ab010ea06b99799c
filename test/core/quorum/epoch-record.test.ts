import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../../core/decide/verdict.ts';
import {
  decide,
  type EpochCommand,
  type EpochEvent,
  type EpochRecord,
  evolve,
  transactionOfVerdict,
  transactionOfVotes,
  verdictKey,
  voteKey,
} from '../../../core/quorum/epoch-record.ts';
import { holds, type Operation, type StoreItem } from '../../../core/quorum/store.ts';
import { MemoryStore } from '../../fixtures/memory-store.ts';
import { recordOf, saw, verdictOf, voteOf } from './votes.ts';

const vote = voteOf('node', 'n1', [saw('node', 'n1', 'n1')]);
const open: EpochRecord = { epoch: 1, current: 1, votes: [], verdict: null };
const given = (...events: EpochEvent[]) => events.reduce(evolve, open);
const voted: EpochEvent = { event: 'voted', vote };
const decided: EpochEvent = { event: 'decided', verdict: verdictOf(['n1'], 1) };
const cast = (one = vote): EpochCommand => ({ command: 'vote', vote: one });

describe('the record of an epoch', () => {
  test.each<[string, EpochRecord, EpochCommand, string]>([
    ['an open one takes a vote', open, cast(), 'accepted'],
    ['the same vote again', given(voted), cast({ ...vote, judgedAt: 9 }), 'repeated'],
    ['another vote of the same voter', given(voted), cast(voteOf('node', 'n1', [])), 'contradicts'],
    ['the same voter in another round', given(voted), cast({ ...vote, round: 1, accuses: [] }), 'accepted'],
    ['a vote after the verdict', given(decided), cast(), 'closed'],
    ['a repeated vote after the verdict', given(voted, decided), cast(), 'repeated'],
    ['a vote after a newer epoch took over', given({ event: 'fenced', by: 2 }), cast(), 'stale'],
    ['a vote of another epoch', open, cast({ ...vote, epoch: 2 }), 'stale'],
    ['the verdict', given(voted), { command: 'decide', verdict: verdictOf([], 1) }, 'accepted'],
    ['a second verdict', given(decided), { command: 'decide', verdict: verdictOf([], 1) }, 'closed'],
    ['the verdict of a fenced epoch', given({ event: 'fenced', by: 2 }), { command: 'decide', verdict: verdictOf([], 1) }, 'stale'],
    ['a fence by a newer epoch', given(decided), { command: 'fence', by: 2 }, 'accepted'],
    ['a fence by an older one', given({ event: 'fenced', by: 3 }), { command: 'fence', by: 2 }, 'stale'],
  ])('%s', (_, record, command, outcome) => {
    expect(decide(record, command).outcome).toBe(outcome);
  });

  test('property: the store takes a transaction exactly when the record accepts the command', () => {
    const epochs = fc.integer({ min: 1, max: 2 });
    const steps = fc.record({
      current: epochs,
      acting: epochs,
      standing: fc.constantFrom('none', 'same', 'other'),
      closedBy: fc.constantFrom('nobody', 'verdict', 'carried', 'older'),
      command: fc.constantFrom('vote', 'decide'),
    });
    fc.assert(
      fc.property(steps, ({ current, acting, standing, closedBy, command }) => {
        const verdict = verdictOf(['n2'], acting);
        const mine = { ...vote, epoch: acting };
        const before = standing === 'none' ? [] : [standing === 'same' ? mine : { ...mine, accuses: [] }];
        const told: Record<typeof closedBy, Verdict | null> = { nobody: null, verdict, carried: verdict, older: verdictOf(['n2'], 0) };
        const kept = told[closedBy];
        const deployment = recordOf(current, kept ? { verdict: kept } : {});
        const items = new Map<string, StoreItem>([
          [MemoryStore.name({ table: 'deployments', key: { c: 'payments', d: 'd-1' } }), deployment as never],
        ]);
        for (const one of before) items.set(MemoryStore.name({ table: 'decisions', key: voteKey(one) }), { vote: one });
        if (closedBy === 'verdict')
          items.set(MemoryStore.name({ table: 'decisions', key: verdictKey({ ...deployment, epoch: acting }) }), { verdict });
        const operations: Operation[] = command === 'vote' ? transactionOfVotes([mine]) : transactionOfVerdict(deployment, verdict, 'one');
        const taken = operations.every((one) => holds(one.condition, items.get(MemoryStore.name(one)) ?? null));
        const record: EpochRecord = { epoch: acting, current, votes: before, verdict: closedBy === 'older' ? null : kept };
        const said = decide(record, command === 'vote' ? { command, vote: mine } : { command, verdict });
        expect(taken).toBe(said.outcome === 'accepted');
      }),
      { numRuns: 500 },
    );
  });
});
