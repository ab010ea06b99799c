/** What a person says about a rollback that is under way: it stands once, by whom and why, and what cannot be said is refused in words. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { DeploymentRecord } from '../../core/intake/deployment-record.ts';
import { withApproval } from '../../core/roll-back/course/say.ts';
import { NODES, record, START, verdict, World } from './world.ts';

const OF = ['--cluster', 'payments', '--deployment', 'd-1'];
const asking: NonNullable<DeploymentRecord['asking']> = {
  wave: 1,
  name: 'rack1 of datacenter1, by restart',
  nodes: [NODES[1]],
  planHash: 'c'.repeat(64),
  epoch: 1,
  askedAt: START - 60_000,
  dueAt: START + 60_000,
  token: 'a-task-token',
};
let w: World;
const now = (): DeploymentRecord => w.records[0] as DeploymentRecord;
beforeEach(() => {
  w = new World();
  w.records = [record('rolling-back', { asking })];
});

describe('pause, resume, cancel', () => {
  test.each([
    ['pause', 'pause'],
    ['cancel', 'cancel'],
  ])('%s is written with who, when, why, and of which epoch', async (verb, word) => {
    expect(await w.run(verb, ...OF, '--reason', 'the switch is being changed', '--json')).toBe(0);
    expect(JSON.parse(w.out)).toMatchObject({ control: { word, epoch: 1, at: START, reason: 'the switch is being changed' } });
    expect(now().control).toMatchObject({ word, by: expect.stringContaining('@') });
  });

  test('the same again changes nothing; a resume ends a pause; after a cancel nothing else can be said', async () => {
    await w.run('pause', ...OF);
    const paused = now();
    expect([await w.run('pause', ...OF), now()]).toEqual([0, paused]);
    expect([await w.run('resume', ...OF), now().control?.word]).toEqual([0, 'go']);
    await w.run('cancel', ...OF);
    expect(await w.run('resume', ...OF)).toBe(1);
    expect(w.err).toContain('DECISION_ANSWERED');
    expect(now().control?.word).toBe('cancel');
  });

  test('where nothing rolls back it is refused, with how it stands', async () => {
    w.records = [record('kept')];
    expect(await w.run('pause', ...OF)).toBe(1);
    expect(w.err).toContain('ROLLBACK_NOT_RUNNING (permanent): The deployment d-1 is kept, not rolling back.');
    expect(now().control).toBeUndefined();
  });

  test('what was said of an earlier rollback does not hold for this one', async () => {
    w.records = [record('rolling-back', { control: { word: 'cancel', epoch: 0, by: 'ann', at: START } })];
    expect([await w.run('pause', ...OF), now().control]).toEqual([0, expect.objectContaining({ word: 'pause', epoch: 1 })]);
  });
});

describe('approve, reject', () => {
  test('the answer is bound to the wave and the hash of the plan; the token is not shown', async () => {
    expect(await w.run('approve', ...OF, '--json')).toBe(0);
    expect(JSON.parse(w.out)).toMatchObject({ answer: 'approve', wave: 1, nodes: [NODES[1]], planHash: asking.planHash });
    expect(now().approvals).toMatchObject([
      { wave: 1, planHash: asking.planHash, answer: 'approve', by: expect.stringContaining('@'), at: START },
    ]);
    expect(w.out + w.err).not.toContain('a-task-token');
  });

  test('an answer about another wave than the one that waits is refused', async () => {
    expect([await w.run('approve', ...OF, '--wave', '1'), now().approvals]).toEqual([1, undefined]);
    expect(w.err).toContain('Wave 2 waits');
    expect(await w.run('approve', ...OF, '--wave', '2')).toBe(0);
    // The question changed between what was seen and what was written.
    expect(() =>
      withApproval(record('rolling-back', { asking }), { wave: 0, planHash: asking.planHash, answer: 'approve', by: 'bo', at: START }),
    ).toThrow('The question has changed');
  });

  test('the same answer again is good, another one is refused', async () => {
    await w.run('reject', ...OF, '--reason', 'not now');
    expect([await w.run('reject', ...OF), now().approvals?.length]).toEqual([0, 1]);
    expect(await w.run('approve', ...OF)).toBe(1);
    expect(w.err).toContain('DECISION_ANSWERED');
  });

  test.each<[string, Partial<DeploymentRecord>]>([
    ['nothing is asked', { asking: undefined }],
    ['the question is of an earlier epoch', { asking: { ...asking, epoch: 0 } }],
    ['the time is over', { asking: { ...asking, dueAt: START } }],
    ['the rollback is over', { state: 'rolled-back', asking }],
  ])('is refused where %s', async (_, bent) => {
    w.records = [{ ...record('rolling-back'), ...bent } as DeploymentRecord];
    expect(await w.run('approve', ...OF)).toBe(1);
    expect(w.err).toContain('DECISION_NOT_WAITING');
    expect(now().approvals).toBeUndefined();
  });
});

describe('retry', () => {
  test('starts the rollback of the verdict’s nodes once more', async () => {
    w.records = [record('handed-over', { verdict: { ...verdict('roll-back', 'bad'), nodes: [NODES[2]] } })];
    expect(await w.run('retry', ...OF)).toBe(1);
    expect(w.err).toContain('--confirm');
    expect(await w.run('retry', ...OF, '--confirm', 'payments', '--mode', 'staged')).toBe(0);
    expect(w.started).toMatchObject([
      { machine: 'roll-back', input: { deployment: 'd-1', scope: 'node', mode: 'staged', nodes: [NODES[2]] } },
    ]);
  });

  test('is refused where none was handed over', async () => {
    expect(await w.run('retry', ...OF)).toBe(1);
    expect([w.err, w.started]).toEqual([expect.stringContaining('ROLLBACK_NOT_RUNNING'), []]);
  });
});
