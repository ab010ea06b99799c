/** Each kind of deployment, by seeds of our own: what must be kept is never rolled back, what must be found is found in time and by its nodes. */
import { describe, expect, test } from 'vitest';
import { MeasuredPolicy } from '../../../../core/decide/measured/policy.ts';
import { decideLive, type Replay, replayTrace } from '../../../../core/decide/measured/replay.ts';
import { type Planted, STYLES, type Style, traceOf, World } from './traces.ts';

const styles = Object.values(STYLES);
const SEEDS = 3;
const from = (onset: number, value: number, node?: number) => (t: number, at: number) => (t >= onset && (node ?? at) === at ? value : 0);
const during = (start: number, end: number, value: number, node?: number) => (t: number, at: number) =>
  t >= start && t < end && (node ?? at) === at ? value : 0;

function replays(planted: Planted, policy = MeasuredPolicy.parse({}), seeds = SEEDS): Replay[] {
  return Array.from({ length: seeds }, (_, i) => {
    const style = styles[(i * 2 + 1) % styles.length] as Style;
    return replayTrace(traceOf(1000 + i, style, { baseline: [-300, 0], lengthS: 420, ...planted }), policy);
  });
}

describe('must be kept', () => {
  test.each<[string, Planted]>([
    ['a healthy deployment', {}],
    ['a node that stops for eight seconds', { stopped: (t, n) => (n === 1 && t >= 100 && t < 108 ? 108 : null) }],
    ['a cluster that stops for eight seconds', { stopped: (t) => (t >= 100 && t < 108 ? 108 : null) }],
    ['eight seconds in which nothing is answered', { tlsFails: during(100, 108, 1), cqlFails: during(100, 108, 1) }],
    ['5 % of handshakes failing', { tlsFails: from(0, 0.05) }],
    ['a load that makes everything 1.3 times slower', { slower: (t) => Math.log(1 + 0.3 * Math.min(1, Math.max(0, t / 120))) }],
    ['an innocent batch job', { slower: during(120, 240, Math.log(1.25)) }],
  ])('%s', (_, planted) => {
    expect(replays(planted).map(({ verdict }) => verdict)).not.toContain('roll-back');
  });

  test('a healthy deployment is kept, not only left alone: by odds, after its soak', () => {
    for (const { verdict, decisionS, scope, because } of replays({})) {
      expect([verdict, scope]).toEqual(['keep', []]);
      expect(decisionS).toBeGreaterThanOrEqual(180);
      expect(because).toMatch(/on each of 3 nodes 4 measured factors are below their thresholds, by odds of at least 100 to 1/);
    }
  });

  test('exactly 10 % of handshakes failing is not above 10 %', () => {
    const exactly = replays({ tlsFails: from(0, 0.1) }, MeasuredPolicy.parse({}), 4).map(({ verdict }) => verdict);
    expect(exactly).not.toContain('roll-back');
    expect(exactly).not.toContain('keep');
  });

  test('an old baseline accuses nobody, and clears nobody who is slower than it: held', () => {
    for (const { verdict, because } of replays({ baseline: [-3600, -3300], slower: () => Math.log(1.8) })) {
      expect(verdict).toBe('hold');
      expect(because).toContain('no fresh baseline');
    }
  });

  test('nodes that were not deployed to are a control: a load that hits all is not the deployment’s doing', () => {
    const rows = traceOf(5, STYLES.calm as Style, { baseline: [-300, 0], lengthS: 300, slower: from(60, Math.log(2.2)) });
    expect(replayTrace(rows).verdict).toBe('roll-back');
    expect(replayTrace(rows, undefined, { deployed: ['n1', 'n2'] }).verdict).not.toBe('roll-back');
  });
});

test.each([1.8, 2, 3, 6])(
  'a time %f times the usual goes back with an interval that begins at the limit or beyond, and holds what is true',
  (ratio) => {
    for (const { verdict, because } of replays({ slower: from(60, Math.log(ratio)) })) {
      const [, low, high] = /at least ([\d.]+)×\)|([\d.]+)× to ([\d.]+)×\)/.exec(because)?.filter((part) => part !== undefined) ?? [];
      expect([verdict, because]).toEqual(['roll-back', expect.stringContaining('95 % interval')]);
      expect(Number(low)).toBeGreaterThanOrEqual(1.5);
      expect(Number(low)).toBeLessThan(ratio * 1.05);
      expect(Number(high ?? 100)).toBeGreaterThan(ratio * 0.95);
    }
  },
);

test('a share goes back with an interval that begins at the limit or beyond', () => {
  for (const [share, node] of [
    [0.2, undefined],
    [0.5, 1],
    [0.9, 2],
  ] as const)
    for (const { because } of replays({ tlsFails: from(60, share, node) })) {
      const [, low, high] = /: ([\d.]+) % to ([\d.]+) %\)/.exec(because) ?? [];
      expect(Number(low)).toBeGreaterThanOrEqual(10);
      // What is told of the cluster, where a node stands out in it, is the cluster's share.
      expect(Number(low) / 100).toBeLessThan(share * 1.05);
      expect(Number(high) / 100).toBeGreaterThan(share / (because.includes('the cluster') && node !== undefined ? 3 : 1) - 0.02);
    }
});

test('what happens to all nodes that were deployed to is told of them, not of a cluster that is well elsewhere', () => {
  const rows = traceOf(3, STYLES.calm as Style, { baseline: [-300, 0], lengthS: 300, tlsFails: (t, n) => (t > 60 && n > 0 ? 0.5 : 0) });
  const told = (deployed: string[]): string => replayTrace(rows, undefined, { deployed }).because;
  expect(told(['n3'])).toMatch(/^Roll back n3: \d+ % of TLS handshakes fail on n3 in/);
  expect(told(['n2', 'n3'])).toMatch(/^Roll back n2, n3: \d+ % of TLS handshakes fail on (the 2 nodes deployed to|n2|n3) in/);
});

describe('must be found', () => {
  const all = ['n1', 'n2', 'n3'];
  test.each<[string, number, Planted, readonly string[], number]>([
    ['twice the response time', 60, { slower: from(60, Math.log(2)) }, all, 120],
    ['20 % of handshakes failing', 60, { tlsFails: from(60, 0.2) }, all, 120],
    ['a ramp far beyond', 30, { slower: (t) => Math.log(1 + 2 * Math.min(1, Math.max(0, (t - 30) / 120))) }, all, 200],
    ['flapping, 30 s on and 30 s off', 30, { slower: (t) => (t >= 30 && (t - 30) % 60 < 30 ? Math.log(2.5) : 0) }, all, 300],
    ['one node of three, twice as slow', 60, { slower: from(60, Math.log(2.2), 1) }, ['n2'], 300],
    ['one node of three, 40 % of handshakes failing', 60, { tlsFails: from(60, 0.4, 2) }, ['n3'], 120],
    ['a late onset', 300, { slower: from(300, Math.log(2)) }, all, 120],
    ['45 % of requests failing', 60, { cqlFails: from(60, 0.45) }, all, 120],
    ['a cluster that never answers again', 60, { tlsFails: from(60, 1), cqlFails: from(60, 1) }, all, 60],
  ])('%s', (_, onset, planted, scope, within) => {
    for (const replay of replays(planted)) {
      expect(replay).toMatchObject({ verdict: 'roll-back', scope });
      expect(replay.decisionS).toBeGreaterThan(onset);
      expect(replay.decisionS).toBeLessThanOrEqual(onset + within);
    }
  });

  test('the sentence tells nodes, what was seen, for how long, the limit and the interval', () => {
    const [replay] = replays({ tlsFails: from(60, 0.5, 2) });
    expect(replay?.because).toMatch(
      /^Roll back n3: \d+ % of TLS handshakes fail on n3 in the last \d+ s, limit 10 % \(95 % interval, however often one looks: [\d.]+ % to \d+ %\)\.$/,
    );
    expect(replay?.accounts[0]).toMatchObject({ factor: 'tlsFailures', node: 'n3' });
  });

  test('what shows after "keep" would have been said, is rolled back all the same', () => {
    const rows = traceOf(9, STYLES.calm as Style, { baseline: [-300, 0], slower: from(700, Math.log(2.5)) });
    const before = replayTrace(rows.filter(({ t_ms }) => t_ms < 690_000));
    expect([before.verdict, before.decisionS]).toEqual(['keep', 600]);
    expect(replayTrace(rows)).toMatchObject({ verdict: 'roll-back' });
  });
});

describe('the score', () => {
  const both: Planted = { tlsFails: from(0, 0.088), slower: () => Math.log(1.42), lengthS: 600 };
  const run = (planted: Planted, policy: object = {}) => replays(planted, MeasuredPolicy.parse(policy), 2).map(({ verdict }) => verdict);
  test('two factors, each below its own threshold, decide together; either alone does not', () => {
    expect(run(both)).toEqual(['roll-back', 'roll-back']);
    expect(run({ ...both, tlsFails: () => 0 })).not.toContain('roll-back');
    expect(run({ ...both, slower: () => 0 })).not.toContain('roll-back');
  });
  test('weight 0 silences a factor, in its own account and in the score', () => {
    const silent = { weights: { tlsFailures: 0, cqlErrors: 1, tlsTime: 1, cqlTime: 1 } };
    expect(run({ tlsFails: from(60, 0.6) }, silent)).toEqual(['keep', 'keep']);
    expect(run(both, { weights: { tlsFailures: 40, cqlErrors: 10, tlsTime: 0, cqlTime: 0 } })).not.toContain('roll-back');
  });
});

test('probing follows suspicion: few while calm, a burst that ends the question in seconds, never more than the ceiling', () => {
  const policy = MeasuredPolicy.parse({});
  const world = new World(12, STYLES.calm as Style, { tlsFails: from(60, 0.2) });
  const live = decideLive(policy);
  for (let t = -300; t < 0; t++) world.second(t, 10, (row) => live.offer(row));
  const rates: number[] = [];
  let verdict = null;
  for (let t = 0; t < 120 && verdict === null; t++) {
    const { tls } = live.rate();
    rates.push(tls);
    world.second(t, tls, (row) => live.offer(row));
    verdict = live.advance((t + 1) * 1000);
  }
  expect(verdict).toMatchObject({ verdict: 'roll-back' });
  expect(verdict?.decisionS).toBeLessThanOrEqual(60 + 25);
  const calm = rates.slice(10, 60).toSorted((a, b) => a - b);
  expect(calm[25]).toBeLessThanOrEqual(10);
  expect(Math.max(...rates)).toBeGreaterThan(100);
  expect(Math.max(...rates)).toBeLessThanOrEqual(policy.probing.most);
});

test('bursts end when their budget is spent', () => {
  const policy = MeasuredPolicy.parse({ thresholds: { tlsFailures: 0.5 }, probing: { burstBudget: 1000 } });
  const world = new World(13, STYLES.calm as Style, { tlsFails: from(0, 0.45) });
  const live = decideLive(policy);
  for (let t = -120; t < 0; t++) world.second(t, 10, (row) => live.offer(row));
  let probes = 0;
  for (let t = 0; t < 200; t++) {
    const { tls } = live.rate();
    probes += tls;
    world.second(t, tls, (row) => live.offer(row));
    live.advance((t + 1) * 1000);
  }
  expect(probes).toBeLessThanOrEqual(200 * 9 + 1000 + policy.probing.most);
});
