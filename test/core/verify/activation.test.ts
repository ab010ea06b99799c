/** When the ports must serve what was deployed, for the first watch and for one that an alarm starts later. */
import { expect, test } from 'vitest';
import { activationOfWatch } from '../../../core/verify/snapshot.ts';

const MINUTE = 60_000;
const dueOf = (activation: 'reload' | 'restart' | 'poll', since: number, completedAt?: number) =>
  activationOfWatch({ detail: { activation }, completedAt }, since, 2).dueAt;

test('what is polled is due ten minutes after completion, everything else after its grace', () => {
  expect([dueOf('poll', 0, 0), dueOf('reload', 0, 0), dueOf('restart', 0, 0)]).toEqual([10 * MINUTE, 2000, 2000]);
});

test('a watch that begins once Cassandra has polled does not wait for it again; one that begins a moment earlier does', () => {
  expect(dueOf('poll', 10 * MINUTE, 0)).toBe(10 * MINUTE + 2000);
  expect(dueOf('poll', 10 * MINUTE - 1, 0)).toBe(20 * MINUTE - 1);
  expect(dueOf('poll', 60 * MINUTE)).toBe(70 * MINUTE);
});
