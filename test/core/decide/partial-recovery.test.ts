import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PRODUCTION } from '../../../core/decide/measured/policy.ts';
import { allGood, atDeadline, COMPLETED, evidence, failing, found, verification } from '../../fixtures/deployment-evidence.ts';
import { NODES } from '../../fixtures/ring.ts';
import { against, lastOf, lookAt, open, PAUSE, rulesOf, type Shown, times, watched } from '../../fixtures/watched.ts';

const [N1] = NODES;
const byClient = against(found('LEAF_EXPIRED', 'client'));
const byNode = against(found('LEAF_EXPIRED', 'node'));
const verdictOf = (...of: Parameters<typeof lastOf>) => {
  const { decision } = lastOf(...of);
  if (decision.decision !== 'decided') throw new Error(`no verdict: ${decision.why}`);
  return decision;
};
const flaps = (count: number, ...bad: Shown[]): Shown[] => [allGood, ...times(count, [...bad, allGood]).flat()];
const iso = (ms: number): string => new Date(ms).toISOString();

describe('a node that is bad and well again', () => {
  test('goes back after three episodes where two kinds proved it in one of them; the reason names episodes and times', () => {
    const shown = [...flaps(1, byClient), ...flaps(1, byClient, byNode).slice(1), ...flaps(1, byClient).slice(1)];
    const { verdict } = verdictOf(shown);
    expect(verdict).toMatchObject({ verdict: 'roll-back', nodes: [N1], vantagePoints: ['client', 'node'] });
    expect(verdict.reason).toContain(`${N1} was bad and well again 3 times: ${iso(lookAt(1))} to ${iso(lookAt(2))}, `);
    expect(verdict.reason).toContain('Two kinds of vantage point proved it in an episode');
    expect(verdict.evidence.map(({ code, seenBy }) => [code, seenBy])).toEqual([
      ['LEAF_EXPIRED', 'client'],
      ['LEAF_EXPIRED', 'node'],
    ]);
    expect(watched(shown.slice(0, -1)).at(-1)?.decision).toMatchObject({ decision: 'watch' });
  });

  test('is held, for a person, where one kind alone spoke in each episode, and where it only could not be reached', () => {
    const lost = open({ outcome: 'unknown', findings: [found('CLIENT_UNREACHABLE', 'client')] });
    for (const bad of [byClient, lost]) {
      const { verdict, question } = verdictOf(flaps(3, bad));
      expect(verdict).toMatchObject({
        verdict: 'hold',
        nodes: [],
        reason: expect.stringContaining(`${N1} was bad and well again 3 times`),
      });
      expect(question).toEqual({ about: 'partial-recovery' });
    }
  });

  test('is waited for while the share of its connections that fail is being tested, up to the deadline: each look is well or bad by chance', () => {
    const lost = open({ outcome: 'unknown', findings: [found('CLIENT_UNREACHABLE', 'client')] });
    const probed = (unsettled: string[]) => ({
      measured: {
        evidence: { probes: 'required' as const, accused: [], because: 'x', open: ['x'], unsettled, notices: [], untilS: 30 },
        thresholds: PRODUCTION.thresholds,
        weights: PRODUCTION.weights,
        bursts: [],
        usual: [],
      },
    });
    expect(lastOf(flaps(6, lost), rulesOf(), probed([N1])).decision.decision).toBe('watch');
    expect(verdictOf(flaps(3, lost), rulesOf(), probed([])).verdict.verdict).toBe('hold');
    const { verdict, question } = verdictOf([...flaps(200, lost)], rulesOf(), probed([N1]));
    expect([verdict.verdict, question?.about]).toEqual(['hold', 'partial-recovery']);
    expect(verdict.decidedAt).toBeGreaterThanOrEqual(COMPLETED + rulesOf().profile.limits.performanceSeconds * 1000);
    // What two kinds proved goes back without waiting for a test.
    expect(verdictOf(flaps(3, byClient, byNode), rulesOf(), probed([N1])).verdict.verdict).toBe('roll-back');
  });

  test('does not go back without a verified backup (I1), nor when the deployment did not touch it: a person is asked', () => {
    const shown = flaps(3, byClient, byNode);
    const backups = NODES.slice(1).map((node) => ({ node, standing: 'verified' as const }));
    for (const bent of [{ backups }, { deployedNodes: NODES.slice(1) }])
      expect(verdictOf(shown, rulesOf(), bent)).toMatchObject({ verdict: { verdict: 'hold' }, question: { about: 'partial-recovery' } });
  });

  test('is asked about where the profile has a person asked before a node goes back', () => {
    const { verdict, question } = verdictOf(flaps(3, byClient, byNode), rulesOf('production', { rollBack: { node: 'hold' } }));
    expect([verdict.verdict, question]).toEqual(['hold', { about: 'rule', plan: [N1] }]);
  });

  test('is waited for by as many episodes as the profile says, and for ever with 0', () => {
    const five = rulesOf('production', { stability: { mostEpisodes: 5 } });
    expect(watched(flaps(4, byClient), five).at(-1)?.decision.decision).toBe('watch');
    expect(verdictOf(flaps(5, byClient), five).verdict.verdict).toBe('hold');
    const never = rulesOf('production', { stability: { mostEpisodes: 0 } });
    expect(watched(flaps(9, byClient), never).at(-1)?.decision.decision).toBe('watch');
  });

  test('three episodes of three nodes are none too many of any', () => {
    const turns = NODES.flatMap((node, i) => [
      allGood.with(i, verification(node, [failing(found('LEAF_EXPIRED', 'client', node))])),
      allGood,
    ]);
    expect(watched([allGood, ...turns]).at(-1)).toMatchObject({ decision: { decision: 'watch' }, course: { whole: { episodes: 3 } } });
  });

  test('proof by two kinds in one look still decides at once, and the verdict tells the episode before', () => {
    const both = against(found('LEAF_EXPIRED', 'client'), found('LEAF_EXPIRED', 'node'));
    const { verdict } = verdictOf([...flaps(1, byClient), both]);
    expect(verdict).toMatchObject({ verdict: 'roll-back', nodes: [N1], notices: [expect.stringContaining('was bad and well again once')] });
  });
});

describe('measurements that come and go', () => {
  const shaky = (episodes: number) => ({
    measured: {
      evidence: { probes: 'required' as const, accused: [], because: 'x', open: [], unsettled: [], episodes, notices: [], untilS: 30 },
      thresholds: PRODUCTION.thresholds,
      weights: PRODUCTION.weights,
      bursts: [],
      usual: [],
    },
  });
  const soaked = times(120, allGood);

  test('lengthen the soak, and three of them are never kept without a person', () => {
    const [none, two] = [lastOf(soaked, rulesOf(), shaky(0)), lastOf(soaked, rulesOf(), shaky(2))];
    expect(none.decision).toMatchObject({ verdict: { verdict: 'keep' } });
    expect(two.decision).toMatchObject({ verdict: { verdict: 'keep', notices: [expect.stringContaining('after 2 episodes')] } });
    expect(two.now).toBeGreaterThan(none.now);
    const { verdict, question } = verdictOf(soaked, rulesOf(), shaky(3));
    expect([verdict.verdict, question]).toEqual(['hold', { about: 'partial-recovery' }]);
    expect(verdict.reason).toContain('out of the ordinary 3 times');
  });

  test('are kept where the profile counts no episodes, or does not want probes to count', () => {
    const never = rulesOf('production', { stability: { mostEpisodes: 0 } });
    expect(verdictOf(soaked, never, shaky(9)).verdict.verdict).toBe('keep');
    const { measured } = shaky(9);
    const advisory = { measured: { ...measured, evidence: { ...measured.evidence, probes: 'advisory' as const } } };
    expect(verdictOf(soaked, rulesOf(), advisory).verdict.verdict).toBe('keep');
  });
});

describe('the soak after episodes', () => {
  const SOAK = 180;
  const soakIn = (...of: Parameters<typeof lastOf>) => lastOf(...of).evidence.limits.soakSeconds;

  test('is longer by the factor of the profile for each, and says so', () => {
    expect([0, 1, 2].map((count) => soakIn(flaps(count, byClient)))).toEqual([SOAK, 270, 405]);
    const { decision } = lastOf(flaps(1, byClient));
    expect(decision).toMatchObject({ why: expect.stringContaining('The soak is of 270 s instead of 180 s, after one episode.') });
    expect(soakIn(flaps(2, byClient), rulesOf('production', { stability: { episodeSoakFactor: 1 } }))).toBe(SOAK);
  });

  test('is kept after it, with the episode and the longer soak told', () => {
    const looks = watched([...flaps(1, byClient), ...times(100, allGood)]);
    const last = looks.at(-1);
    expect(((last?.now ?? 0) - lookAt(2)) / 1000).toBe(270);
    expect(last?.decision).toMatchObject({
      verdict: {
        verdict: 'keep',
        notices: [expect.stringContaining(`${N1} was bad and well again once`), expect.stringContaining('instead of 180 s')],
      },
    });
  });

  test('property: whatever is kept with the plain soak is kept with the longer one, later, before its deadlines', () => {
    const plain = rulesOf('production', { stability: { episodeSoakFactor: 1, mostEpisodes: 0, unusualSoakFactor: 1 } });
    const longer = rulesOf('production', { stability: { episodeSoakFactor: 3, mostEpisodes: 0, unusualSoakFactor: 2 } });
    const stretch = fc.record({ bad: fc.integer({ min: 1, max: 8 }), good: fc.integer({ min: 1, max: 25 }) });
    const unusual = [{ node: N1, what: 'cpu', words: 'much' }];
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 8 }), fc.boolean(), (drawn, odd) => {
        const shown = [
          allGood,
          ...drawn.flatMap(({ bad, good }) => [...times(bad, byClient), ...times(good, allGood)]),
          ...times(180, allGood),
        ];
        const [before, after] = [lastOf(shown, plain), lastOf(shown, longer, odd ? { unusual } : {})];
        const word = ({ decision }: typeof before) => (decision.decision === 'decided' ? decision.verdict.verdict : 'watch');
        expect(word(after)).toBe(word(before));
        expect(after.now).toBeGreaterThanOrEqual(before.now);
      }),
      { numRuns: 60 },
    );
  }, 30_000);

  test('what holds at the deadline is for a person to settle, and what proof holds is not', () => {
    const question = (shown: Shown, bent = {}) => {
      const { decision } = lastOf([shown], rulesOf(), { now: atDeadline, ...bent });
      return decision.decision === 'decided' ? decision.question : undefined;
    };
    expect(question(byClient)).toEqual({ about: 'one-kind' });
    expect(question(open({ outcome: 'unknown' }))).toEqual({ about: 'incomplete' });
    expect(question(against(found('LEAF_EXPIRED', 'client'), found('LEAF_EXPIRED', 'node')), { backups: [] })).toBeUndefined();
  });
});

test('every window of the fixtures is of its own moment', () => {
  expect(lookAt(1) - lookAt(0)).toBe(PAUSE * 1000);
  expect(evidence(allGood).completedAt).toBe(COMPLETED);
});
