import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { courseOf } from '../../../core/decide/course.ts';
import { type Course, episodesSentence } from '../../../core/decide/episodes.ts';
import { type WindowSummary, withCourse } from '../../../core/decide/window-summary.ts';
import type { NodeVerification } from '../../../core/verify/findings.ts';
import { allGood, COMPLETED, evidence, failing, found, verification } from '../../fixtures/deployment-evidence.ts';
import { NODES } from '../../fixtures/ring.ts';
import { against, lookAt, open, rulesOf, type Shown, times, watched } from '../../fixtures/watched.ts';

const [N1] = NODES;
const byClient = against(found('LEAF_EXPIRED', 'client'));
const byNode = against(found('LEAF_EXPIRED', 'node'));
const silent = open({ outcome: 'unknown' });
const waits = rulesOf('production', { stability: { mostEpisodes: 0 } });
const courseAfter = (...shown: Shown[]): Course => watched(shown, waits).at(-1)?.course as Course;

describe('an episode', () => {
  test('is bad between good and good, with its times', () => {
    const { flapping, whole } = courseAfter(allGood, byClient, byClient, allGood, allGood, byClient, allGood);
    expect(flapping).toMatchObject([
      {
        node: N1,
        times: 2,
        proven: false,
        episodes: [
          { from: lookAt(1), to: lookAt(3) },
          { from: lookAt(5), to: lookAt(6) },
        ],
      },
    ]);
    expect(whole).toEqual({ state: 'well', episodes: 2 });
    expect(episodesSentence(flapping)).toBe(
      `${N1} was bad and well again 2 times: ${new Date(lookAt(1)).toISOString()} to ${new Date(lookAt(3)).toISOString()}, ${new Date(lookAt(5)).toISOString()} to ${new Date(lookAt(6)).toISOString()}.`,
    );
  });

  test('is told of a few nodes and the newest times; the rest is counted', () => {
    const one = (node: string) => ({
      node,
      times: 9,
      episodes: times(9, { from: 0, to: 5000, proven: false }),
      findings: [],
      proven: false,
    });
    const told = episodesSentence(['n1', 'n2', 'n3', 'n4', 'n5'].map(one)) ?? '';
    expect(told).toMatch(/^n1 was bad and well again 9 times: the newest: .*So were 2 more nodes\.$/);
    expect(told.match(/1970/g)).toHaveLength(3 * 5 * 2);
    expect(episodesSentence([])).toBeNull();
  });

  test('is none while it lasts, and none of a node that never was well', () => {
    expect(courseAfter(allGood, byClient)).toMatchObject({ flapping: [], ill: [{ node: N1, since: lookAt(1), relapse: true }] });
    expect(courseAfter(byClient, byClient, allGood)).toMatchObject({ flapping: [], ill: [], whole: { state: 'well', episodes: 0 } });
    expect(courseAfter(byClient, allGood, byClient, allGood).flapping).toMatchObject([{ times: 1 }]);
  });

  test('neither begins nor ends with a look that knows nothing (I8)', () => {
    expect(courseAfter(allGood, silent, allGood, silent, allGood).flapping).toEqual([]);
    const broken = courseAfter(allGood, byClient, silent, byClient, allGood).flapping;
    expect(broken).toMatchObject([{ times: 1, episodes: [{ from: lookAt(1), to: lookAt(4) }] }]);
    expect(courseAfter(silent, byClient, allGood).flapping).toEqual([]);
  });

  test('is made by a port that could not be reached, too', () => {
    const lost = open({ outcome: 'unknown', findings: [found('CLIENT_UNREACHABLE', 'client')] });
    expect(courseAfter(allGood, lost, allGood).flapping).toMatchObject([{ times: 1, proven: false }]);
  });

  test('of different nodes at one time is one of the whole, at two times two', () => {
    const second = verification(NODES[1], [failing(found('LEAF_EXPIRED', 'client', NODES[1]))]);
    const [one, two, three] = [byClient[0], second, allGood[2]] as NodeVerification[];
    const both = [one, two, three] as Shown;
    expect(courseAfter(allGood, both, allGood).whole.episodes).toBe(1);
    const turns = courseAfter(allGood, byClient, allGood, [allGood[0], two, three] as Shown, allGood);
    expect(turns.whole.episodes).toBe(2);
    expect(turns.flapping.map(({ times: count }) => count)).toEqual([1, 1]);
  });

  test('says nothing before the activation is due', () => {
    const early = evidence(byClient, { now: COMPLETED + 1000, earlier: [] });
    expect(courseOf(early)).toMatchObject({ ill: [], flapping: [], notYetWell: NODES });
  });
});

describe('proof in an episode', () => {
  test('is made by two kinds in two looks of it', () => {
    expect(courseAfter(allGood, byClient, byNode, allGood).flapping).toMatchObject([
      { proven: true, findings: [{ seenBy: 'client' }, { seenBy: 'node' }] },
    ]);
  });

  test('is not made by two kinds in two episodes, nor by one kind however often', () => {
    expect(courseAfter(allGood, byClient, allGood, byNode, allGood).flapping).toMatchObject([{ times: 2, proven: false }]);
    expect(courseAfter(allGood, ...times(5, byClient), allGood).flapping).toMatchObject([{ proven: false }]);
  });

  test('is not made by one host that speaks as two kinds; by another one it is, whoever spoke first', () => {
    const own = against({ ...found('LEAF_EXPIRED', 'peer'), toldBy: N1 });
    const other = against({ ...found('LEAF_EXPIRED', 'peer'), toldBy: NODES[1] });
    expect(courseAfter(allGood, byNode, own, allGood).flapping).toMatchObject([{ proven: false }]);
    expect(courseAfter(allGood, own, other, byNode, allGood).flapping).toMatchObject([{ proven: true }]);
  });
});

describe('properties', () => {
  const state = fc.constantFrom('well', 'ill', 'silent');
  const looks = fc.array(fc.record({ states: fc.tuple(state, state, state), length: fc.integer({ min: 1, max: 6 }) }), { maxLength: 12 });
  const shownOf = (states: readonly string[]): Shown =>
    states.map((one, i) => {
      const node = NODES[i] as string;
      if (one === 'well') return allGood[i] as NodeVerification;
      return verification(node, one === 'ill' ? [failing(found('LEAF_EXPIRED', 'client', node))] : [{ outcome: 'unknown' }]);
    });

  test('episodes are counted from the shortened list as from every look', () => {
    fc.assert(
      fc.property(looks, (drawn) => {
        const states = drawn.flatMap(({ states: one, length }) => times(length, one));
        let earlier: WindowSummary[] = [];
        for (const [window, one] of states.entries()) {
          const seen = evidence(shownOf(one), { window, now: lookAt(window), earlier });
          const outcome = one.every((each) => each === 'well') ? 'good' : one.includes('ill') ? 'bad' : 'unclear';
          earlier = withCourse(earlier, { window, at: lookAt(window), outcome }, courseOf(seen));
        }
        expect(earlier.filter(({ course }) => course !== undefined).length).toBeLessThanOrEqual(1);
        for (const [i, node] of NODES.entries()) {
          const told = states.map((one) => one[i]).filter((one) => one !== 'silent');
          const turns = told.filter((one, at) => one !== told[at - 1]).join(' ');
          const counted = earlier.at(-1)?.course?.flapping.find((one) => one.node === node)?.times ?? 0;
          expect(counted).toBe([...turns.matchAll(/(?<=well )ill(?= well)/g)].length);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a state has room for it, however many nodes flap, however long and whatever they say', () => {
    const ring = Array.from({ length: 900 }, (_, i) => `i-${String(i).padStart(17, '0')}`);
    const wordy = (seenBy: 'client' | 'node' | 'peer', node: string) => ({
      ...found('LEAF_EXPIRED', seenBy, node),
      observed: 'x'.repeat(5000),
    });
    const bad = ring.map((node) => verification(node, [failing(wordy('client', node), wordy('node', node), wordy('peer', node))]));
    const well = ring.map((node) => verification(node, [{}]));
    let earlier: WindowSummary[] = [];
    for (let window = 0; window < 30; window++) {
      const seen = evidence(window % 2 === 0 ? well : bad, { window, now: lookAt(window), earlier, deployedNodes: ring });
      earlier = withCourse(earlier, { window, at: lookAt(window), outcome: 'good' }, courseOf(seen));
      expect(JSON.stringify(earlier).length).toBeLessThan(100 * 1024);
    }
    expect(earlier.at(-1)?.course?.whole.episodes).toBe(14);
  }, 30_000);
});
