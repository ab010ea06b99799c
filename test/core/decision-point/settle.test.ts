import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AnswerWord } from '../../../core/decision-point/point.ts';
import { allGood, atDeadline, COMPLETED, failing, found, verification } from '../../fixtures/deployment-evidence.ts';
import { NODES } from '../../fixtures/ring.ts';
import { type Watching, waited } from '../../fixtures/waited.ts';
import { against, open, rulesOf, type Shown } from '../../fixtures/watched.ts';

const [N1, N2] = NODES;
const byClient = against(found('LEAF_EXPIRED', 'client'));
const byBoth = against(found('LEAF_EXPIRED', 'client'), found('LEAF_EXPIRED', 'node'));
const silent = open({ outcome: 'unknown' });
const DUE = 600;
const asks = (more: object = {}, decisionPoint: object = {}) =>
  rulesOf('production', { ...more, decisionPoint: { seconds: DUE, ...decisionPoint } });
const always = (shown: Shown) => () => shown;
const from = (at: number, before: Shown, then: Shown) => (now: number) => (now < at ? before : then);
const asked = (more: Partial<Watching> = {}) => waited({ shownAt: always(byClient), rules: asks(), ...more });
const iso = (ms: number): string => new Date(ms).toISOString();

describe('without a decision point', () => {
  test('nothing is asked, and what would be asked is held at once, as ever', () => {
    const { verdict, point } = asked({ rules: rulesOf() });
    expect(point).toBeNull();
    expect(verdict).toMatchObject({ verdict: 'hold', decidedAt: atDeadline });
    expect(verdict.asked).toBeUndefined();
  });
});

describe('a person is asked', () => {
  test.each<[string, Watching['shownAt'], object, string, readonly string[]]>([
    ['one kind alone at the deadline', always(byClient), {}, 'one-kind', [N1]],
    ['evidence that stays incomplete: the whole deployment could go back', always(silent), {}, 'incomplete', NODES],
    ['a rule of the profile', always(byBoth), { rollBack: { node: 'hold' } }, 'rule', [N1]],
  ])('about %s', (_, shownAt, more, about, nodes) => {
    const { point, verdict } = waited({ shownAt, rules: asks(more) });
    expect(point).toMatchObject({ about, nodes, default: 'hold' });
    expect((point?.dueAt ?? 0) - (point?.askedAt ?? 0)).toBe(DUE * 1000);
    expect(verdict).toMatchObject({ verdict: 'hold', asked: { about, answer: { by: null, answer: 'hold' } } });
  });

  test('about nodes that were bad and well again too often', () => {
    const shownAt = (now: number) => (Math.floor((now - COMPLETED) / 20_000) % 2 === 1 ? byClient : allGood);
    expect(waited({ shownAt, rules: asks() }).point).toMatchObject({ about: 'partial-recovery', nodes: [N1] });
  });

  test('and told why nothing can go back, where no backup stands', () => {
    const { point } = asked({ bent: { backups: [] } });
    expect(point).toMatchObject({ nodes: [], noRollBack: expect.stringContaining(`${N1} has no backup`) });
  });

  test('but not about what no answer mends: proof by two kinds without a backup is held at once', () => {
    const { point, verdict } = waited({ shownAt: always(byBoth), rules: asks(), bent: { backups: [] } });
    expect([point, verdict.verdict]).toEqual([null, 'hold']);
  });
});

describe('an answer', () => {
  test.each<[AnswerWord, readonly string[]]>([
    ['keep', []],
    ['roll-back', [N1]],
    ['hold', []],
  ])('%s is carried out at the next look, and the verdict tells who, when and why', (answer, nodes) => {
    const { verdict, point } = asked({ answer: { answer } });
    expect(verdict).toMatchObject({ verdict: answer, nodes, asked: { answer: { answer, by: 'ada@desk', reason: 'known trouble' } } });
    expect(verdict.reason).toContain(`ada@desk answered ${answer}: known trouble.`);
    expect(verdict.reason).toContain(point?.question);
    expect(verdict.decidedAt - (point?.askedAt ?? 0)).toBeLessThanOrEqual(6000);
  });

  test('roll-back takes back what the question named, with verified backups alone (I1)', () => {
    const rollBack = { answer: 'roll-back' as const };
    expect(waited({ shownAt: always(silent), rules: asks(), answer: rollBack }).verdict).toMatchObject({
      verdict: 'roll-back',
      nodes: NODES,
    });
    const backups = NODES.slice(1).map((node) => ({ node, standing: 'verified' as const }));
    const some = waited({ shownAt: always(silent), rules: asks(), answer: rollBack, bent: { backups } }).verdict;
    expect(some).toMatchObject({ verdict: 'roll-back', nodes: NODES.slice(1), nextStep: expect.stringContaining(N1) });
    const authorities = { backups, change: 'ca-rotation' as const };
    const whole = waited({ shownAt: always(silent), rules: asks(), answer: rollBack, bent: authorities }).verdict;
    expect(whole).toMatchObject({ verdict: 'hold', nodes: [], reason: expect.stringContaining('Nothing goes back') });
  });

  test('keep of what staging must keep first is held all the same', () => {
    const strict = asks();
    const rules = { ...strict, profile: { ...strict.profile, consistency: { ...strict.profile.consistency, requireStaging: true } } };
    expect(asked({ rules, answer: { answer: 'keep' } }).verdict).toMatchObject({
      verdict: 'hold',
      reason: expect.stringContaining('requires that staging'),
    });
  });

  test('keep, about a rule, is of the nodes that the question named: another one proven since is held', () => {
    const both = NODES.slice(0, 2).map((node) =>
      verification(node, [failing(found('LEAF_EXPIRED', 'client', node), found('LEAF_EXPIRED', 'node', node))]),
    );
    const second = [...both, allGood[2]] as Shown;
    const { verdict } = waited({
      shownAt: from(COMPLETED + 60_000, byBoth, second),
      rules: asks({ rollBack: { node: 'hold' } }),
      answer: { answer: 'keep', afterMs: 120_000 },
    });
    expect(verdict).toMatchObject({ verdict: 'hold', reason: expect.stringContaining(`${N2} is proven bad since then`) });
    const same = waited({ shownAt: always(byBoth), rules: asks({ rollBack: { node: 'hold' } }), answer: { answer: 'keep' } });
    expect(same.verdict.verdict).toBe('keep');
  });

  test('keep, about what one kind alone saw, is no answer to proof by two kinds since', () => {
    const { verdict, point } = waited({
      shownAt: from(atDeadline + 30_000, byClient, byBoth),
      rules: asks({ rollBack: { node: 'hold' } }),
      answer: { answer: 'keep', afterMs: 120_000 },
    });
    expect(point?.about).toBe('one-kind');
    expect(verdict).toMatchObject({ verdict: 'hold', reason: expect.stringContaining(`${N1} is proven bad since then`) });
  });
});

describe('while it waits', () => {
  const recovered = atDeadline + 30_000;

  test('proof by two kinds decides at once, and the verdict tells that nobody had answered', () => {
    const { verdict } = asked({ shownAt: from(recovered, byClient, byBoth) });
    expect(verdict).toMatchObject({ verdict: 'roll-back', nodes: [N1], asked: { answer: null } });
    expect(verdict.decidedAt - recovered).toBeLessThan(6100);
  });

  test('what only the client saw anew is looked at by everybody at once', () => {
    const fresh = [byClient[0], verification(N2, [failing(found('LEAF_EXPIRED', 'client', N2))]), allGood[2]] as Shown;
    const { looks } = asked({ shownAt: from(recovered, byClient, fresh) });
    const at = looks.findIndex(({ now, depth }) => now >= recovered && depth === 'client');
    expect(looks[at + 1]?.depth).toBe('full');
    expect((looks[at + 1]?.now ?? 0) - (looks[at]?.now ?? 0)).toBeLessThan(100);
    expect(looks[at + 2]?.depth).toBe('client');
  });

  test('a whole soak keeps, and a person’s answer stands before it', () => {
    const well = from(recovered, byClient, allGood);
    const kept = asked({ shownAt: well }).verdict;
    expect(kept).toMatchObject({ verdict: 'keep', asked: { answer: null } });
    expect(kept.decidedAt - recovered).toBeGreaterThanOrEqual(180_000);
    const held = asked({ shownAt: well, answer: { answer: 'hold', afterMs: 30_000 } }).verdict;
    expect(held.verdict).toBe('hold');
  });

  test('nodes are asked no more often than each nodeLookSeconds, and no wait takes more than a hundred looks more', () => {
    const { looks, point } = asked({ rules: asks({}, { seconds: 2700 }) });
    const during = looks.filter(({ now }) => now > (point?.askedAt ?? 0));
    expect(during.length).toBeLessThanOrEqual(101);
    const full = during.filter(({ depth }) => depth !== 'client').map(({ now }) => now);
    expect(full.slice(1).every((now, i) => now - (full[i] as number) >= 60_000)).toBe(true);
    expect(full.length).toBeGreaterThan(10);
  });

  test('a rule of the profile is not got round: of three nodes that are asked about, two are no new reason to go on alone', () => {
    const all = NODES.map((node) =>
      verification(node, [failing(found('LEAF_EXPIRED', 'client', node), found('LEAF_EXPIRED', 'node', node))]),
    );
    const two = [all[0], all[1], allGood[2]] as Shown;
    const site = rulesOf('disaster-recovery', { decisionPoint: { seconds: DUE } });
    const { verdict, point } = waited({ shownAt: from(COMPLETED + 60_000, all, two), rules: site });
    expect(point).toMatchObject({ about: 'rule', nodes: NODES });
    expect(verdict).toMatchObject({ verdict: 'hold', asked: { answer: { by: null } } });
  });
});

describe('when nobody answers', () => {
  test('the default happens by then, and the reason says so', () => {
    const { verdict, point } = asked();
    expect(verdict.decidedAt).toBe(point?.dueAt);
    expect(verdict.reason).toContain(
      `Nobody answered by ${iso(point?.dueAt ?? 0)}, so the default of the profile production happens: hold.`,
    );
    expect(verdict.asked?.answer).toMatchObject({ by: null, answer: 'hold', at: point?.dueAt });
  });

  const rollBack = { default: 'roll-back' };

  test('the default roll-back takes back what proof speaks against, one kind’s too, as the operator has said', () => {
    expect(asked({ rules: asks({}, rollBack) }).verdict).toMatchObject({
      verdict: 'roll-back',
      nodes: [N1],
      asked: { answer: { by: null } },
    });
  });

  test('it takes back what a required measurement speaks against', () => {
    const slow = open({ check: 'connection-latency', outcome: 'failed', findings: [found('CONNECTION_SLOW', 'client')] });
    expect(waited({ shownAt: always(slow), rules: asks({}, rollBack) }).verdict).toMatchObject({ verdict: 'roll-back', nodes: [N1] });
  });

  test('it takes back nothing that nothing speaks against, or no more, or without a verified backup', () => {
    const nothing = { verdict: 'hold', reason: expect.stringContaining('Nothing goes back') };
    expect(waited({ shownAt: always(silent), rules: asks({}, rollBack) }).verdict).toMatchObject(nothing);
    expect(asked({ shownAt: from(atDeadline + 500_000, byClient, allGood), rules: asks({}, rollBack) }).verdict).toMatchObject(nothing);
    expect(asked({ rules: asks({}, rollBack), bent: { backups: [] } }).verdict).toMatchObject(nothing);
    // What it said before it fell silent is not what speaks against a node now.
    expect(asked({ shownAt: from(atDeadline + 100_000, byClient, silent), rules: asks({}, rollBack) }).verdict).toMatchObject(nothing);
  });

  test('nor where the profile has a person asked by then', () => {
    const rules = asks({}, rollBack);
    const rulesThen = { ...rules, profile: { ...rules.profile, rollBack: { node: 'hold' as const, cluster: 'hold' as const } } };
    const { verdict } = asked({ rules, rulesThen });
    expect(verdict).toMatchObject({ verdict: 'hold', reason: expect.stringContaining('has a person asked') });
  });
});

test('property: every wait ends by its deadline; roll-back by default only with evidence, and any only with verified backups', () => {
  const shown = fc.constantFrom(
    allGood,
    byClient,
    silent,
    against(found('LEAF_EXPIRED', 'node')),
    open({ outcome: 'unknown', findings: [found('CLIENT_UNREACHABLE', 'client')] }),
  );
  const standing = fc.constantFrom('verified' as const, 'missing' as const, 'not-before' as const);
  const answer = fc.option(
    fc.record({ answer: fc.constantFrom<AnswerWord[]>('keep', 'roll-back', 'hold'), afterMs: fc.integer({ min: 0, max: 700_000 }) }),
    { nil: undefined },
  );
  fc.assert(
    fc.property(
      fc.array(shown, { minLength: 1, maxLength: 60 }),
      answer,
      fc.tuple(standing, standing, standing),
      fc.constantFrom('hold', 'roll-back'),
      (drawn, given, stand, otherwise) => {
        const shownAt = (now: number) => drawn[Math.floor((now - COMPLETED) / 25_000) % drawn.length] as Shown;
        const backups = NODES.map((node, i) => ({ node, standing: stand[i] as (typeof stand)[number] }));
        const { verdict, point } = waited({
          shownAt,
          rules: asks({}, { default: otherwise }),
          ...(given && { answer: given }),
          bent: { backups },
        });
        expect(verdict.decidedAt).toBeLessThanOrEqual(Math.max(point?.dueAt ?? 0, atDeadline));
        expect(verdict.nodes.every((node) => backups.some((one) => one.node === node && one.standing === 'verified'))).toBe(true);
        if (verdict.verdict === 'roll-back' && verdict.asked?.answer?.by === null) expect(verdict.nodes).toEqual([N1]);
        if (verdict.verdict === 'keep' && verdict.asked?.answer) expect(verdict.asked.answer.by).toBe('ada@desk');
        if (verdict.asked?.answer && verdict.verdict !== verdict.asked.answer.answer)
          expect(['hold', 'roll-back']).toContain(verdict.verdict);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);
