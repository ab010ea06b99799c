import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { brokenLinks, connects } from '../../../core/authority-change/links.ts';
import { nextSteps } from '../../../core/authority-change/next-steps.ts';
import { phaseOf } from '../../../core/authority-change/phase.ts';
import { wayBack } from '../../../core/authority-change/plan.ts';
import type { AuthorityState, End } from '../../../core/authority-change/state.ts';
import { anOrder, anyRing, broken, connectingRing, leaf, nodeOf, ringOf, shuffled, stepsOf, walk } from './rings.ts';

const SOAK = { soakSeconds: 180 };
const plan = (state: AuthorityState, towards: End) => nextSteps(state, towards, SOAK);
const three = (trust: readonly string[], shows: End) => ringOf(['a', 'b', 'c'].map((node) => nodeOf(node, trust, shows)));
const anEnd = fc.constantFrom<End>('old', 'new');
const RUNS = { numRuns: 400 };

/** Every store holds exactly what it holds at this end. */
function isAt({ truststores, keystores }: AuthorityState, end: End): boolean {
  const trust = truststores.every(({ present, ends }) => JSON.stringify(present.toSorted()) === JSON.stringify(ends[end]?.toSorted()));
  return trust && keystores.every(({ present, ends }) => Object.values(present).every((shown) => shown?.sha256 === ends[end]?.sha256));
}

/** Every state that the steps lead through, the first and the last included. */
const statesAlong = (from: AuthorityState, steps: ReturnType<typeof stepsOf>): AuthorityState[] =>
  Array.from({ length: steps.length + 1 }, (_, k) => walk(from, steps.slice(0, k)));

describe('forward', () => {
  test('union trust, then leaves, then the drop after a soak; each after a proof of all with all', () => {
    const { phases, obstacles, proofAfterwards } = plan(three(['o1'], 'old'), 'new');
    expect(obstacles).toEqual([]);
    expect(phases.map(({ phase, soakSeconds, steps }) => [phase, soakSeconds, steps.map(({ node }) => node).join('')])).toEqual([
      ['extend-trust', 0, 'abc'],
      ['replace-leaf', 0, 'abc'],
      ['reduce-trust', 180, 'abc'],
    ]);
    expect(phases.map(({ proofBefore }) => proofBefore?.eachToEach)).toEqual([undefined, ['a', 'b', 'c'], ['a', 'b', 'c']]);
    expect(phases[0]?.steps[0]).toMatchObject({ added: [{ sha256: 'n1', subject: 'CN=n1' }], removed: [] });
    expect(phases[1]?.steps[0]).toMatchObject({ to: 'a-new', shown: ['client', 'internode', 'dialling'] });
    expect(phases[2]?.steps[0]).toMatchObject({ added: [], removed: [{ sha256: 'o1' }] });
    expect(proofAfterwards).toEqual({ eachToEach: ['a', 'b', 'c'], clients: [] });
  });

  test('passes every phase by name, and back again', () => {
    const start = three(['o1'], 'old');
    const forward = statesAlong(start, stepsOf(plan(start, 'new'))).map(phaseOf);
    expect(forward).toEqual([
      'old',
      ...['extending-trust', 'extending-trust', 'union-trust'],
      ...['replacing-leaves', 'replacing-leaves', 'leaves-replaced'],
      ...['dropping-old', 'dropping-old', 'new'],
    ]);
    const end = walk(start, stepsOf(plan(start, 'new')));
    expect(statesAlong(end, stepsOf(plan(end, 'old'))).map(phaseOf)).toEqual(forward.toReversed());
  });
});

describe('back', () => {
  test.each<[string, AuthorityState, string[], string]>([
    ['nothing was dropped: leaves at once', three(['o1', 'n1'], 'new'), ['replace-leaf', 'reduce-trust'], 'safe'],
    ['the old one was dropped: trust first', three(['n1'], 'new'), ['extend-trust', 'replace-leaf', 'reduce-trust'], 'trust-first'],
    [
      'one node has dropped it: that one is extended',
      ringOf([nodeOf('a', ['o1', 'n1'], 'new'), nodeOf('b', ['n1'], 'new')]),
      ['extend-trust', 'replace-leaf', 'reduce-trust'],
      'trust-first',
    ],
    ['trust was extended alone: it is reduced', three(['o1', 'n1'], 'old'), ['reduce-trust'], 'safe'],
    ['nothing was begun', three(['o1'], 'old'), [], 'safe'],
  ])('%s', (_, state, phases, way) => {
    const back = plan(state, 'old');
    expect(back.phases.map(({ phase }) => phase)).toEqual(phases);
    expect(wayBack(back)).toBe(way);
  });

  test('a node that shows a leaf which the others do not trust yet is heard first, then put back', () => {
    const early = ringOf([nodeOf('a', ['o1'], 'new'), nodeOf('b', ['o1'], 'old'), nodeOf('c', ['o1'], 'old')]);
    expect([connects(early), phaseOf(early)]).toEqual([false, 'out-of-order']);
    const back = plan(early, 'old');
    expect(back.phases.map(({ phase, steps }) => [phase, steps.map(({ node }) => node).join('')])).toEqual([
      ['extend-trust', 'bc'],
      ['replace-leaf', 'a'],
      ['reduce-trust', 'bc'],
    ]);
  });
});

describe('what is not possible is told, with the reason and the way forward', () => {
  const onlyNew = { name: 'billing', trusts: ['n1'], shows: null };
  const union = (shows: End, client: Parameters<typeof ringOf>[1]) =>
    ringOf(
      ['a', 'b'].map((node) => nodeOf(node, ['o1', 'n1'], shows)),
      client,
    );

  test('a client that trusts the new authority alone: forward only', () => {
    const back = plan(union('new', [onlyNew]), 'old');
    expect(back).toMatchObject({ phases: [], obstacles: [{ rule: 'client-would-refuse', who: 'billing', bars: 'leaves' }] });
    expect(back.obstacles[0]?.why).toMatch(/^billing accepts what a shows now, and trusts no authority of its old leaf$/);
    expect(back.obstacles[0]?.wayForward).toContain('Repair forward');
    expect(wayBack(back)).toBe('forward-only');
  });

  test('a client that trusts the old authority alone: leaves stay, trust is extended all the same', () => {
    const start = ringOf(
      ['a', 'b'].map((node) => nodeOf(node, ['o1'], 'old')),
      [{ name: 'billing', trusts: ['o1'], shows: null }],
    );
    const forward = plan(start, 'new');
    expect(forward.phases.map(({ phase }) => phase)).toEqual(['extend-trust']);
    expect(forward.obstacles[0]?.wayForward).toContain('trust the new authority beside the old one');
  });

  test('a client that no leaf pleases is told, and bars nothing', () => {
    const back = plan(union('new', [{ name: 'lost', trusts: [], shows: null }]), 'old');
    expect(back.obstacles).toMatchObject([{ rule: 'client-refuses-already', bars: 'nothing' }]);
    expect(back.phases.map(({ phase }) => phase)).toEqual(['replace-leaf', 'reduce-trust']);
  });

  test('an authority that a client shows a leaf of stays in the truststores', () => {
    const client = { name: 'billing', trusts: ['o1', 'n1'], shows: leaf('billing-leaf', 'o1') };
    const state = union('new', [client]);
    const forward = plan(state, 'new');
    expect(forward.phases).toEqual([]);
    expect(forward.obstacles).toMatchObject([
      { rule: 'client-needs-authority', who: 'billing', bars: 'drop' },
      { rule: 'client-needs-authority', who: 'billing', bars: 'drop' },
    ]);
  });

  test('a node that was not seen: no leaf is replaced, and nothing is known to connect (I8)', () => {
    const state = { ...three(['o1'], 'old'), unseen: [{ node: 'd', why: 'it did not answer' }] };
    expect([connects(state), phaseOf(state)]).toEqual([false, 'unknown']);
    const forward = plan(state, 'new');
    expect(forward.phases.map(({ phase }) => phase)).toEqual(['extend-trust']);
    expect(forward.obstacles).toMatchObject([{ rule: 'node-not-seen', who: 'd', bars: 'leaves' }]);
  });

  test('a store whose end is not known', () => {
    const [a, b] = [nodeOf('a', ['n1'], 'new'), nodeOf('b', ['n1'], 'new')];
    const blind = { ...a, keystore: { ...a.keystore, ends: { ...a.keystore.ends, old: null } } };
    const back = plan(ringOf([blind, b]), 'old');
    expect(back.phases.map(({ phase }) => phase)).toEqual(['extend-trust']);
    expect(back.obstacles).toMatchObject([{ rule: 'end-not-known', who: 'a', wayForward: expect.stringContaining('verified backup') }]);
    // What is shown is the new leaf, whatever the old one was.
    expect(phaseOf(ringOf([blind, b]))).toBe('new');
    const foreign = { ...blind, keystore: { ...blind.keystore, present: { internode: leaf('foreign', 'x') } } };
    expect(phaseOf(ringOf([foreign, b]))).toBe('unknown');
  });

  test('an end in which nodes would refuse each other is not gone to', () => {
    const [a, b] = [nodeOf('a', ['n1'], 'new'), nodeOf('b', ['n1'], 'new')];
    const deaf = { ...a, truststore: { ...a.truststore, ends: { ...a.truststore.ends, old: ['o2'] } } };
    const back = plan(ringOf([deaf, b]), 'old');
    expect(back).toMatchObject({ phases: [], obstacles: [{ rule: 'end-does-not-connect', who: 'a', bars: 'everything' }] });
  });
});

describe('an authority of the same name', () => {
  test('with another key is another one: it is added', () => {
    const rekeyed = ringOf(['a', 'b'].map((node) => nodeOf(node, ['o1'], 'old')));
    expect(plan(rekeyed, 'new').phases[0]?.steps).toHaveLength(2);
  });

  test('with the same key in another certificate accepts the same leaves', () => {
    const renewed = ringOf(['a', 'b'].map((node) => nodeOf(node, ['o1b'], 'old')));
    expect(connects(renewed)).toBe(true);
    // The file is not that of the end all the same: its certificate is put in beside, then the other one taken out.
    expect(plan(renewed, 'old').phases.map(({ phase }) => phase)).toEqual(['extend-trust', 'reduce-trust']);
  });
});

describe('properties', () => {
  test('from any ring that connects, every prefix of the steps, in any order within a phase, connects; the end is the wanted one', () => {
    let whole = 0;
    fc.assert(
      fc.property(connectingRing, anEnd, anOrder, (ring, end, order) => {
        const planned = plan(ring, end);
        const steps = shuffled(planned, order);
        for (const state of statesAlong(ring, steps)) expect([...broken(state)]).toEqual([]);
        if (planned.obstacles.length > 0) return;
        whole++;
        expect(isAt(walk(ring, steps), end)).toBe(true);
      }),
      RUNS,
    );
    expect(whole).toBeGreaterThan(50);
  });

  test('from any ring at all no link is ever broken that was not; without an obstacle the end is the wanted one, and connects', () => {
    let [whole, mended] = [0, 0];
    fc.assert(
      fc.property(anyRing, anEnd, anOrder, (ring, end, order) => {
        const planned = plan(ring, end);
        const steps = shuffled(planned, order);
        let before = broken(ring);
        for (const state of statesAlong(ring, steps)) {
          const now = broken(state);
          expect([...now].filter((link) => !before.has(link))).toEqual([]);
          before = now;
        }
        if (planned.obstacles.length > 0) return;
        whole++;
        if (broken(ring).size > 0) mended++;
        expect(isAt(walk(ring, steps), end)).toBe(true);
        // What a client shows is its owners' to change: where no authority of either end lets it in, it stays out.
        expect([...before].filter((link) => !link.includes('client '))).toEqual([]);
      }),
      RUNS,
    );
    expect([whole > 50, mended > 20]).toEqual([true, true]);
  });

  test('going back after any number of steps forward, or forward after any number back, ends where it began or was meant to', () => {
    fc.assert(
      fc.property(connectingRing, anOrder, fc.nat(), fc.nat(), (ring, order, k, j) => {
        const toOld = plan(ring, 'old');
        const [back, forward] = [plan(ring, 'old'), plan(ring, 'new')];
        if (back.obstacles.length + forward.obstacles.length > 0) return;
        const start = walk(ring, stepsOf(toOld));
        const steps = shuffled(plan(start, 'new'), order);
        const midway = walk(start, steps.slice(0, k % (steps.length + 1)));
        const home = shuffled(plan(midway, 'old'), order);
        for (const state of statesAlong(midway, home)) expect(connects(state)).toBe(true);
        expect(isAt(walk(midway, home), 'old')).toBe(true);
        const turned = walk(midway, home.slice(0, j % (home.length + 1)));
        const again = shuffled(plan(turned, 'new'), order);
        for (const state of statesAlong(turned, again)) expect(connects(state)).toBe(true);
        expect(isAt(walk(turned, again), 'new')).toBe(true);
      }),
      RUNS,
    );
  });

  test('who refuses whom is what the plainest loops say', () => {
    fc.assert(
      fc.property(anyRing, (ring) => {
        const told = brokenLinks(ring).map(({ truster, by, shower, shown }) => `${truster} ${by} ${shower} ${shown}`);
        expect(told.toSorted()).toEqual([...broken(ring)].toSorted());
        expect(connects(ring)).toBe(told.length === 0);
      }),
      RUNS,
    );
  });

  test('a plan made anew after any step leads to the same end; at the end there is nothing to do', () => {
    fc.assert(
      fc.property(anyRing, anEnd, fc.nat(), (ring, end, k) => {
        const steps = stepsOf(plan(ring, end));
        const midway = walk(ring, steps.slice(0, k % (steps.length + 1)));
        const last = walk(ring, steps);
        const resumed = walk(midway, stepsOf(plan(midway, end)));
        const holds = ({ truststores, keystores }: AuthorityState) => [truststores.map(({ present }) => present.toSorted()), keystores];
        expect(holds(resumed)).toEqual(holds(last));
        expect(stepsOf(plan(last, end))).toEqual([]);
      }),
      RUNS,
    );
  });

  test('no phase touches a keystore and a truststore; phases come in their order; a step is done once', () => {
    fc.assert(
      fc.property(anyRing, anEnd, (ring, end) => {
        const { phases } = plan(ring, end);
        const order = ['extend-trust', 'replace-leaf', 'reduce-trust'];
        expect(phases.map(({ phase }) => phase)).toEqual(order.filter((kind) => phases.some(({ phase }) => phase === kind)));
        for (const { phase, steps, soakSeconds, proofBefore } of phases) {
          expect(new Set(steps.map(({ kind }) => kind))).toEqual(new Set([phase]));
          expect(new Set(steps.map(({ node, store }) => `${node} ${store}`)).size).toBe(steps.length);
          expect(soakSeconds).toBe(phase === 'reduce-trust' ? 180 : 0);
          expect(proofBefore === null).toBe(phase === 'extend-trust');
        }
      }),
      RUNS,
    );
  });
});

test('a thousand nodes are planned at once', () => {
  const nodes = Array.from({ length: 1000 }, (_, i) => nodeOf(`n${i}`, i % 3 ? ['n1'] : ['o1', 'n1'], 'new'));
  const since = performance.now();
  const { phases } = plan(ringOf(nodes), 'old');
  expect(performance.now() - since).toBeLessThan(2000);
  expect(phases.map(({ steps }) => steps.length)).toEqual([666, 1000, 1000]);
});
