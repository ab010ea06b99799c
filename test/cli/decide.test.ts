import { beforeEach, describe, expect, test } from 'vitest';
import type { DecisionPoint } from '../../core/decision-point/point.ts';
import { NODES, record, START, verdict, World } from './world.ts';

const point: DecisionPoint = {
  epoch: 1,
  about: 'one-kind',
  question: 'The leaf has expired. Only the vantage point "client" shows it.',
  askedAt: START - 60_000,
  dueAt: START + 540_000,
  default: 'hold',
  nodes: [NODES[0]],
};
const answered = { answer: 'keep' as const, by: 'bo@desk', reason: 'known trouble', at: START - 1000 };
const ASK = ['decide', '--cluster', 'payments', '--deployment', 'd-1'];
const KEEP = [...ASK, '--answer', 'keep', '--reason', 'our switch was it'];

let w: World;
beforeEach(() => {
  w = new World();
  w.records = [record('verifying')];
  w.point = { point, answer: null };
});

describe('answering', () => {
  test('gives the answer with who, when and why, and says that it is carried out', async () => {
    expect(await w.run(...KEEP, '--json')).toBe(0);
    expect(JSON.parse(w.out)).toMatchObject({
      cluster: 'payments',
      deployment: 'd-1',
      epoch: 1,
      answer: 'keep',
      reason: 'our switch was it',
      at: START,
      repeated: false,
    });
    expect(w.point?.answer).toMatchObject({ answer: 'keep', by: expect.stringContaining('@') });
    w.point = { point, answer: null };
    w.out = '';
    expect(await w.run(...ASK, '--answer', 'roll-back', '--reason', 'it is bad', '--json')).toBe(0);
    expect(JSON.parse(w.out)).toMatchObject({ nodes: [NODES[0]] });
  });

  test('the same answer again is good, and says whose it is', async () => {
    w.point = { point, answer: answered };
    expect(await w.run(...KEEP)).toBe(0);
    expect(w.out).toContain('It was answered so before, and that stands');
    expect(w.out).toContain('bo@desk');
  });

  test('another one is refused, with the one that stands: a person’s, or the default', async () => {
    w.point = { point, answer: { ...answered, answer: 'roll-back' } };
    expect(await w.run(...KEEP)).toBe(1);
    expect(w.err).toContain('DECISION_ANSWERED (permanent): bo@desk answered roll-back at 2026-11-24T02:59:59.000Z: known trouble');
    w.point = { point, answer: { answer: 'hold', by: null, reason: 'nobody answered by then', at: START } };
    expect(await w.run(...KEEP)).toBe(1);
    expect(w.err).toContain('Nobody answered hold');
  });

  test.each<[string, readonly string[], RegExp]>([
    ['nothing waits', KEEP, /DECISION_NOT_WAITING/],
    ['a newer epoch holds the deployment', [...KEEP, '--epoch', '0'], /EPOCH_STALE.*question is of epoch 0, 1 is current/],
    [
      'the deployment is not there',
      ['decide', '--cluster', 'payments', '--deployment', 'd-9', '--answer', 'keep', '--reason', 'why not'],
      /DEPLOYMENT_UNKNOWN/,
    ],
    ['there is no reason', [...ASK, '--answer', 'keep'], /ARGUMENT_INVALID.*--reason/],
    ['the reason is empty', [...ASK, '--answer', 'keep', '--reason', ' '], /FIELD_INVALID.*reason/],
    ['the answer is none', [...ASK, '--answer', 'maybe', '--reason', 'who knows'], /keep, roll-back, hold/],
  ])('is refused where %s', async (_, args, said) => {
    w.point = null;
    expect(await w.run(...args)).toBe(1);
    expect(w.err).toMatch(said);
    expect(w.point).toBeNull();
  });

  test('roll-back is refused where nothing can go back', async () => {
    w.point = { point: { ...point, nodes: [], noRollBack: 'i-1 has no backup.' }, answer: null };
    expect(await w.run(...ASK, '--answer', 'roll-back', '--reason', 'it is bad')).toBe(1);
    expect(w.err).toMatch(/DECISION_NOT_POSSIBLE.*i-1 has no backup/);
  });
});

describe('looking', () => {
  test('status points to the question while it is open', async () => {
    await w.run('status', '--deployment', 'latest');
    expect(w.out).toContain('A person is asked: ringward decide --cluster payments --deployment d-1');
    w.point = { point, answer: answered };
    w.out = '';
    await w.run('status', '--deployment', 'latest');
    expect(w.out).not.toContain('A person is asked');
  });

  test('shows what is asked, until when, and what the answers would do', async () => {
    expect(await w.run(...ASK)).toBe(2);
    expect(w.out).toContain('Only the vantage point "client" shows it.');
    expect(w.out).toMatch(/9 min 0 s are left: ringward decide --cluster payments --deployment d-1 --epoch 1/);
    expect(w.out).toContain(NODES[0]);
    w.out = '';
    expect(await w.run(...ASK, '--json')).toBe(2);
    expect(JSON.parse(w.out)).toMatchObject({
      waiting: true,
      point: { about: 'one-kind', dueAt: point.dueAt },
      answer: null,
      verdict: null,
    });
  });

  test('says that nothing is asked, or what was answered and decided', async () => {
    w.point = null;
    expect(await w.run('decide', '--cluster', 'payments')).toBe(0);
    expect(w.out).toContain('No answer is waited for');
    w.point = { point, answer: answered };
    w.records = [record('kept', { verdict: verdict('keep', 'bo answered') })];
    w.out = '';
    expect(await w.run(...ASK)).toBe(0);
    expect(w.out).toMatch(/keep by bo@desk[\s\S]*the verdict is keep/);
  });
});
