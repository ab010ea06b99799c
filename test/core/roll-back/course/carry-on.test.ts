/** What a rollback's state machine carries from move to move. */
import { expect, test } from 'vitest';
import { type Progress, progressAfter, tellMove } from '../../../../core/roll-back/course/carry-on.ts';
import type { Asking } from '../../../../core/roll-back/course/control.ts';
import type { Move } from '../../../../core/roll-back/course/next-move.ts';
import { Wave } from '../../../../core/roll-back/course/wave.ts';

const PLAN = { hash: 'h' };
const begun: Progress = { planHash: 'h', waves: {} };
const asking = { wave: 0, planHash: 'h', askedAt: 5 } as Asking;
const looked = (before: Progress, passed: boolean, now: number): Progress =>
  progressAfter(before, { move: 'prove', wave: 0 }, PLAN, passed, undefined, now);

test('looks are counted until one passes; the soak runs from the first of an unbroken run', () => {
  const failed = looked(begun, false, 1);
  expect(failed.waves[0]).toEqual({ looks: 1 });
  const first = looked(failed, true, 2);
  expect(first.waves[0]).toEqual({ looks: 2, provenSince: 2, provenAt: 2 });
  const second = looked(first, true, 9);
  expect(second.waves[0]).toEqual({ looks: 2, provenSince: 2, provenAt: 9 });
  expect(looked(second, false, 10).waves[0]).toEqual({ looks: 3 });
});

test('since when a person is asked is written once, and stays through looks', () => {
  const asked = progressAfter(begun, { move: 'ask', wave: 0 }, PLAN, null, asking, 7);
  expect(asked.waves[0]).toEqual({ askedAt: 5 });
  expect(progressAfter(asked, { move: 'ask', wave: 0 }, PLAN, null, { ...asking, askedAt: 8 }, 9).waves[0]).toEqual({ askedAt: 5 });
  expect(looked(asked, true, 11).waves[0]).toEqual({ askedAt: 5, looks: 1, provenSince: 11, provenAt: 11 });
});

test('another plan begins anew, whatever its waves were called before', () => {
  const done = looked(begun, true, 3);
  expect(progressAfter(done, { move: 'restart-instead' }, { hash: 'other' }, null, undefined, 4)).toEqual({
    planHash: 'other',
    moves: 2,
    told: null,
    waves: {},
  });
  expect(progressAfter(done, { move: 'prove', wave: 0 }, { hash: 'other' }, true, undefined, 4).waves).toEqual({});
});

test('every move but a survey has its words, and waiting is told in the same words however long it lasts', () => {
  const wave: Wave = { name: 'canary n1', way: 'restart', nodes: ['n1'], together: 1, approval: true, proof: true, soakSeconds: 30 };
  const waves = [Wave.parse(wave)];
  const told = (move: Move): string | null => tellMove(move, { waves });
  expect(told({ move: 'survey' })).toBeNull();
  expect(told({ move: 'ask', wave: 0, dueAt: 0 })).toContain('canary n1 waits for an approval until 1970');
  expect(told({ move: 'restore', wave: 0, nodes: ['n1'] })).toBe('canary n1: n1');
  const soaking = (s: number): Move => ({ move: 'wait', seconds: 5, why: `canary n1 is proven; its soak lasts ${s} s more` });
  expect(told(soaking(25))).toBe(told(soaking(20)));
  expect(told({ move: 'conclude', why: 'ann cancelled it', left: ['n2'] })).toContain('1 node(s) not begun: ann cancelled it');
});
