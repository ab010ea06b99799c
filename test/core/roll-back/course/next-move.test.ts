/** The course of a rollback, move by move: order, approval, pause, failure; and that it always ends. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Attempt,
  type CourseOfRollback,
  MOST_LOOKS,
  MOST_TRIES,
  type Move,
  nextMove,
} from '../../../../core/roll-back/course/next-move.ts';
import { type PlannedPlace, type RollbackMode, type Wave, wavesOf } from '../../../../core/roll-back/course/wave.ts';

const T0 = Date.UTC(2026, 10, 24);
const place = (i: number, way: 'hot' | 'restart' = 'restart', datacenter = 'dc1'): PlannedPlace => ({
  node: `n${i}`,
  way,
  datacenter,
  rack: `rack${(i % 3) + 1}`,
});
const six = [1, 2, 3, 4, 5, 6].map((i) => place(i));
const ALL = six.map(({ node }) => node);
const LIMITS = { approvalMs: 600_000, pauseMs: 3_600_000, wholeMs: 7_200_000 };

/** A rollback that is carried out move by move, by a clock that goes on. */
class Run {
  now = T0;
  attempts: Attempt[] = [];
  progress: Record<number, { askedAt?: number; looks?: number; provenSince?: number; provenAt?: number }> = {};
  surveyedAt: number | null = null;
  moves: Move[] = [];
  readonly waves: readonly Wave[];
  bent: Partial<CourseOfRollback>;
  /** How an attempt at a node ends: a code, or well. */
  ends: (node: string, tries: number) => string | undefined = () => undefined;
  passes: (wave: number, look: number) => boolean = () => true;

  constructor(waves: readonly Wave[], bent: Partial<CourseOfRollback> = {}) {
    this.waves = waves;
    this.bent = bent;
  }

  next(): Move {
    const move = nextMove({
      planHash: 'h',
      waves: this.waves,
      progress: this.progress,
      attempts: this.attempts,
      control: null,
      approvals: [],
      surveyedAt: this.surveyedAt,
      blocked: () => null,
      startedAt: T0,
      moves: this.moves.length,
      mayReplan: true,
      limits: LIMITS,
      now: this.now,
      ...this.bent,
    });
    this.moves.push(move);
    this.carryOut(move);
    return move;
  }

  private carryOut(move: Move): void {
    this.now += 1000;
    if (move.move === 'survey') this.surveyedAt = this.now;
    if (move.move === 'wait') this.now += move.seconds * 1000;
    if (move.move === 'ask') this.progress[move.wave] = { askedAt: this.now, ...this.progress[move.wave] };
    if (move.move === 'restore')
      for (const node of move.nodes) {
        const code = this.ends(node, this.attempts.filter((one) => one.node === node).length);
        this.attempts.push({ node, ok: code === undefined, code, finishedAt: this.now });
      }
    if (move.move === 'prove') {
      const { looks = 0, provenSince } = this.progress[move.wave] ?? {};
      const passed = this.passes(move.wave, looks);
      this.progress[move.wave] = {
        ...this.progress[move.wave],
        looks: looks + 1,
        ...(passed ? { provenSince: provenSince ?? this.now, provenAt: this.now } : { provenSince: undefined, provenAt: undefined }),
      } as (typeof this.progress)[number];
    }
  }

  toEnd(most = 5000): Extract<Move, { move: 'conclude' }> {
    for (let i = 0; i < most; i++) {
      const move = this.next();
      if (move.move === 'conclude') return move;
      if (move.move === 'restart-instead') return { move: 'conclude', why: 'restart-instead', left: [] };
    }
    throw new Error(`no end in ${most} moves: ${JSON.stringify(this.moves.slice(-3))}`);
  }

  restored(): (readonly string[])[] {
    return this.moves.flatMap((move) => (move.move === 'restore' ? [move.nodes] : []));
  }
}
const run = (mode: RollbackMode, planned = six, bent: Partial<CourseOfRollback> = {}, soak = 30): Run =>
  new Run(wavesOf(planned, mode, soak), bent);

describe('order', () => {
  test('automated: all that reload at once, then restarts one after the other, each after a survey of its own', () => {
    const course = run('automated', [place(1, 'hot'), place(2, 'hot'), ...six.slice(2)]);
    expect(course.toEnd().left).toEqual([]);
    expect(course.restored()).toEqual([['n1', 'n2'], ['n3'], ['n4'], ['n5'], ['n6']]);
    const before = course.moves.flatMap((move, i) => (move.move === 'restore' && move.wave === 1 ? [course.moves[i - 1]?.move] : []));
    expect(before).toEqual(['survey', 'survey', 'survey', 'survey']);
  });

  test('staged: a canary, its rack, the other racks, the other data centre; each proven and soaked before the next', () => {
    const far = [7, 8].map((i) => place(i, 'restart', 'dc2'));
    const course = run('staged', [...far.slice(0, 0), ...six, ...far]);
    course.toEnd();
    expect(course.restored().map(([node]) => node)).toEqual(['n1', 'n4', 'n2', 'n5', 'n3', 'n6', 'n7', 'n8']);
    course.waves.forEach((wave, i) => {
      const { provenSince = 0, provenAt = 0 } = course.progress[i] ?? {};
      expect(provenAt - provenSince).toBeGreaterThanOrEqual(30_000);
      const first = course.attempts.find(({ node }) => wave.nodes.includes(node))?.finishedAt ?? 0;
      if (i > 0) expect(first).toBeGreaterThan(course.progress[i - 1]?.provenAt ?? 0);
    });
  });

  test('emergency: as many at once as may be interrupted together, and never more', () => {
    const course = run('emergency', six, { blocked: (nodes) => (nodes.length > 2 ? 'ks would lose LOCAL_QUORUM' : null) });
    course.toEnd();
    expect(course.restored()).toEqual([
      ['n1', 'n2'],
      ['n3', 'n4'],
      ['n5', 'n6'],
    ]);
  });

  test('a node that must not be interrupted waits while others go on, and is left to a person at the deadline', () => {
    const course = run('emergency', six, { blocked: (nodes) => (nodes.includes('n1') ? 'n1 is the last of ks' : null) });
    const { why, left } = course.toEnd();
    expect(course.restored()[0]).toEqual(['n2', 'n3', 'n4', 'n5', 'n6']);
    expect([why, left]).toEqual([expect.stringContaining('n1 is the last of ks'), ['n1']]);
  });
});

describe('people', () => {
  const approvals = (waves: number[], answer: 'approve' | 'reject' = 'approve', planHash = 'h') =>
    waves.map((wave) => ({ wave, planHash, answer, by: 'ann', at: T0 }));

  test('interactive: asks before each wave, and nothing happens before the answer', () => {
    const course = run('interactive');
    expect([course.next(), course.next()]).toEqual([
      { move: 'ask', wave: 0, dueAt: T0 + LIMITS.approvalMs },
      expect.objectContaining({ move: 'ask', wave: 0 }),
    ]);
    course.bent = { approvals: approvals([0]) };
    while (course.next().move !== 'ask') expect(course.moves.length).toBeLessThan(100);
    expect(course.restored()).toEqual([['n1']]);
  });

  test.each([
    ['a rejection ends it', { approvals: approvals([0], 'reject') }, 'ann rejected canary n1'],
    ['no answer ends it at the deadline', {}, 'nobody approved canary n1 within 600 s'],
    ['an approval of another plan is none', { approvals: approvals([0], 'approve', 'other') }, 'nobody approved'],
  ])('%s', (_, bent, why) => {
    const course = run('interactive', six, bent);
    expect(course.toEnd()).toMatchObject({ why: expect.stringContaining(why), left: expect.arrayContaining(ALL) });
    expect(course.restored()).toEqual([]);
  });

  test('a second attempt under another plan is asked about anew, and nobody else of its wave is begun before', () => {
    const course = run('interactive', [place(1), place(4)], { mayReplan: false });
    course.attempts = [{ node: 'n1', ok: false, code: 'RELOAD_FAILED', finishedAt: T0 }];
    expect(course.next()).toMatchObject({ move: 'ask', wave: 0 });
    course.bent = { ...course.bent, approvals: approvals([0], 'approve', 'the plan before') };
    expect(course.next()).toMatchObject({ move: 'ask', wave: 0 });
    course.bent = { ...course.bent, approvals: approvals([0]) };
    while (course.restored().length === 0) course.next();
    expect(course.restored()).toEqual([['n1']]);
  });

  test('a day of pause, and an hour in which no node may be interrupted, take few of the moves that an execution has', () => {
    const day = { ...LIMITS, pauseMs: 86_400_000, wholeMs: 172_800_000, approvalMs: 3_600_000 };
    const paused = run('automated', six, { control: { word: 'pause', by: 'ann', epoch: 1, at: T0 }, limits: day });
    expect(paused.toEnd().why).toContain('nobody resumed it');
    expect(paused.moves.length).toBeLessThan(1600);
    const blocked = run('automated', six, { blocked: () => 'n9 is down', limits: day });
    expect(blocked.toEnd().why).toContain('n9 is down');
    expect(blocked.moves.length).toBeLessThan(300);
  });

  test('an execution that has made its moves hands over by name, instead of dying of its own history', () => {
    const endless = run('staged', six, {}, 30);
    endless.passes = () => false;
    endless.moves = new Array(2000).fill({ move: 'survey' });
    expect(endless.next()).toMatchObject({
      move: 'conclude',
      why: expect.stringContaining('ringward retry'),
      left: expect.arrayContaining(ALL),
    });
  });

  test('a pause begins nothing new until it is resumed, and ends by itself at last', () => {
    const course = run('automated');
    course.next();
    course.next();
    course.bent = { control: { word: 'pause', by: 'ann', epoch: 1, at: course.now } };
    for (let i = 0; i < 20; i++) expect(course.next().move).toBe('wait');
    course.bent = { control: { word: 'go', by: 'ann', epoch: 1, at: course.now } };
    expect(course.toEnd().left).toEqual([]);
    expect(run('automated', six, { control: { word: 'pause', by: 'ann', epoch: 1, at: T0 } }).toEnd().why).toContain('nobody resumed it');
  });

  test('a cancel ends it with what is left, whatever it waits for', () => {
    const control = { word: 'cancel' as const, by: 'ann', reason: 'wrong cluster', epoch: 1, at: T0 };
    for (const mode of ['automated', 'staged', 'interactive', 'emergency'] as const)
      expect(run(mode, six, { control }).next()).toEqual({
        move: 'conclude',
        why: 'ann cancelled it: wrong cluster',
        left: expect.arrayContaining(ALL),
      });
  });
});

describe('failure', () => {
  test('what may succeed unchanged is tried again, so often and no more', () => {
    const course = run('automated');
    course.ends = (node, tries) => (node === 'n1' && tries < MOST_TRIES - 1 ? 'NODE_COMMAND_LOST' : undefined);
    expect(course.toEnd()).toMatchObject({ why: 'every wave is through', left: [] });
    expect(course.attempts.filter(({ node }) => node === 'n1')).toHaveLength(MOST_TRIES);
    const never = run('automated');
    never.ends = (node) => (node === 'n1' ? 'NODE_COMMAND_LOST' : undefined);
    expect(never.toEnd()).toMatchObject({ why: 'every wave is through', left: [] });
    expect(never.attempts.filter(({ ok }) => ok).map(({ node }) => node)).toEqual(['n2', 'n3', 'n4', 'n5', 'n6']);
    expect(never.attempts.filter(({ node }) => node === 'n1')).toHaveLength(MOST_TRIES);
  });

  test('a port that does not take a reload is restarted instead', () => {
    const course = run('automated', [place(1, 'hot'), place(2, 'hot')]);
    course.ends = (node) => (node === 'n2' ? 'RELOAD_FAILED' : undefined);
    course.toEnd();
    expect(course.moves.at(-1)).toEqual({ move: 'restart-instead', nodes: ['n2'] });
    const again = run('automated', [place(2)], { mayReplan: false });
    again.attempts = course.attempts;
    again.toEnd();
    expect(again.restored()).toEqual([['n2']]);
  });

  test('a canary that fails, or that is not proven, stops all others', () => {
    const failed = run('staged');
    failed.ends = () => 'DRAIN_FAILED';
    expect(failed.toEnd()).toMatchObject({ left: ['n4', 'n2', 'n5', 'n3', 'n6'] });
    const unproven = run('staged');
    unproven.passes = () => false;
    expect(unproven.toEnd().why).toContain(`was not proven in ${MOST_LOOKS} looks`);
    expect(unproven.restored()).toEqual([['n1']]);
  });
});

test('property: whatever fails, whoever says what, it ends; no more at once than the wave allows; nothing that is blocked; nothing after a cancel', () => {
  const codes = [undefined, undefined, undefined, 'NODE_COMMAND_LOST', 'DRAIN_FAILED', 'RELOAD_FAILED'];
  fc.assert(
    fc.property(
      fc.constantFrom<RollbackMode>('automated', 'staged', 'interactive', 'emergency'),
      fc.array(fc.constantFrom<'hot' | 'restart'>('hot', 'restart'), { minLength: 1, maxLength: 9 }),
      fc.infiniteStream(fc.nat(1000)),
      (mode, ways, dice) => {
        const drawn = (below: number): number => (dice.next().value as number) % below;
        const planned = ways
          .map((way, i) => place(i, way, `dc${1 + (i % 2)}`))
          .toSorted((a, b) => (a.way < b.way ? -1 : a.way > b.way ? 1 : 0));
        const most = 1 + drawn(3);
        const course = run(mode, planned, { blocked: (nodes) => (nodes.length > most ? 'too many' : null) }, drawn(60));
        course.ends = () => codes[drawn(codes.length)];
        course.passes = () => drawn(4) > 0;
        for (let i = 0; ; i++) {
          expect(i).toBeLessThan(3000);
          if (drawn(40) === 0)
            course.bent = {
              ...course.bent,
              control: { word: (['go', 'pause', 'cancel'] as const)[drawn(3)] as 'go', by: 'ann', epoch: 1, at: course.now },
            };
          if (drawn(6) === 0)
            course.bent = {
              ...course.bent,
              approvals: course.waves.map((_, wave) => ({ wave, planHash: 'h', answer: 'approve' as const, by: 'bob', at: course.now })),
            };
          const cancelled = course.bent.control?.word === 'cancel';
          const move = course.next();
          if (move.move === 'restore') {
            const wave = course.waves[move.wave] as Wave;
            expect(move.nodes.length).toBeLessThanOrEqual(wave.way === 'hot' ? wave.nodes.length : Math.min(wave.together, most));
            expect(cancelled).toBe(false);
          }
          if (move.move === 'conclude' || move.move === 'restart-instead') break;
        }
        for (const { node } of planned) expect(course.attempts.filter((one) => one.node === node).length).toBeLessThanOrEqual(MOST_TRIES);
      },
    ),
    { numRuns: 300 },
  );
});
