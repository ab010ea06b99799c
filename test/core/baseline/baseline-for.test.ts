/** What is expected, from the best source there is, and said in words; never by another environment's. */
import { describe, expect, test } from 'vitest';
import { type Baseline, emptyBaseline } from '../../../core/baseline/baseline.ts';
import { type BaselineQuestion, baselineFor, isEvidence } from '../../../core/baseline/baseline-for.ts';
import { learn } from '../../../core/baseline/learn.ts';
import { BaselineMetric } from '../../../core/baseline/metric.ts';
import { type BaselineOverride, inForce, overrideSentence, readOverride } from '../../../core/baseline/override.ts';
import { at, trueLevel, type Weeks, weeksOf } from './weeks.ts';

const HOUR = 3_600_000;
const WEEKS: Weeks = { seed: 11, hours: 168 * 8 };
const NOW = at(WEEKS.hours) + HOUR / 2;
const version: Baseline<'production'> = learn(emptyBaseline('production', 'payments', 'i-0'), weeksOf(WEEKS), at(WEEKS.hours));
const staging: Baseline<'staging'> = { ...version, environment: 'staging' };
const override: BaselineOverride = readOverride({
  environment: 'production',
  cluster: 'payments',
  node: '*',
  metric: 'throughput',
  value: 900,
  reason: 'sale until Friday',
  approver: 'M. Berg',
  requestedBy: 'ops@desk',
  from: NOW - HOUR,
  expiresAt: NOW + HOUR,
});
const ask = (bent: Partial<BaselineQuestion<'production'>> = {}) =>
  baselineFor<'production'>({
    environment: 'production',
    cluster: 'payments',
    node: 'i-0',
    metric: 'throughput',
    at: NOW,
    versions: [version],
    overrides: [],
    window: null,
    peers: [],
    ...bent,
  });
const window = (from: number, to: number, value: number) => ({
  from,
  to,
  value,
  how: `mean of the ${(to - from) / 1000} s before the deployment`,
});

describe('sources', () => {
  test('seasonal: near the true level, with spread, quantiles and where it was learnt from', () => {
    const answer = ask();
    expect(answer).toMatchObject({ source: 'seasonal', stale: false });
    expect(Math.abs(Math.log((answer.value ?? 0) / trueLevel(WEEKS, WEEKS.hours)))).toBeLessThan(0.15);
    expect(answer.spread).toBeGreaterThan(5);
    const { p05 = 0, p50 = 0, p95 = 0 } = answer.quantiles ?? {};
    expect(p05 < p50 && p50 < p95).toBe(true);
    expect(answer.words).toMatch(/usual for Monday 00:00 UTC, learnt from 56 days, version 1/);
  });

  test('a recent window, moved as the week’s pattern moves from then to now', () => {
    // Evening to morning: at hour 6 the level is highest, at hour 4 lower.
    const moment = at(168 * 7 + 6) + HOUR / 2;
    const of = (hour: number): number => trueLevel(WEEKS, 168 * 7 + hour);
    const answer = ask({
      at: moment,
      versions: [{ ...version, learnedAt: moment }],
      window: window(moment - 2 * HOUR, moment - 1.9 * HOUR, of(4)),
    });
    expect(answer.source).toBe('recent-window');
    expect(answer.words).toContain('moved from');
    expect(Math.abs(Math.log((answer.value ?? 0) / of(6)))).toBeLessThan(Math.abs(Math.log(of(4) / of(6))));
  });

  test('an old window gives way to the season; without a season it serves, and says so', () => {
    const old = window(NOW - 30 * HOUR, NOW - 29 * HOUR, 123);
    expect(ask({ window: old }).source).toBe('seasonal');
    expect(ask({ window: old, versions: [] })).toMatchObject({
      source: 'recent-window',
      value: 123,
      words: expect.stringContaining('no baseline has been learnt yet'),
    });
  });

  test('without any baseline a window of before serves, then other nodes, and the answer says so; without all it says that', () => {
    const recent = window(NOW - 600_000, NOW, 150);
    expect(ask({ versions: [], window: recent })).toMatchObject({
      source: 'recent-window',
      value: 150,
      words: expect.stringContaining('no baseline has been learnt yet'),
    });
    const peers = [
      { node: 'i-1', value: 100 },
      { node: 'i-2', value: 140 },
      { node: 'i-3', value: 120 },
    ];
    expect(ask({ versions: [], peers })).toMatchObject({
      source: 'other-nodes',
      value: 120,
      words: expect.stringContaining('median of i-1, i-2, i-3'),
    });
    const nothing = ask({ versions: [] });
    expect(nothing).toMatchObject({ source: 'none', value: null });
    expect(isEvidence(nothing)).toBe(false);
  });

  test('too little history is no season: two days are not used, three are', () => {
    const learntFor = (days: number) =>
      ask({ versions: [learn(emptyBaseline('production', 'payments', 'i-0'), weeksOf(WEEKS), at(days * 24))] });
    expect([learntFor(2).source, learntFor(4).source]).toEqual(['none', 'seasonal']);
  });

  test('what was learnt after the moment does not judge it', () => {
    expect(ask({ at: NOW - 168 * HOUR }).source).toBe('none');
  });

  test('each of the seven metrics is learnt and expected in its own unit', () => {
    const values = {
      'connection-time': 6,
      'query-time': 1.5,
      throughput: 200,
      'error-rate': 0.002,
      cpu: 0.2,
      memory: 0.4,
      network: 300_000,
    };
    const samples = Array.from({ length: 24 * 5 }, (_, hour) => ({ at: at(hour), node: 'i-0', values }));
    const learnt = learn(emptyBaseline('production', 'payments', 'i-0'), samples, at(24 * 5));
    for (const metric of BaselineMetric.options) {
      const { value, source } = ask({ metric, at: at(24 * 5), versions: [learnt] });
      expect([metric, source]).toEqual([metric, 'seasonal']);
      expect(Math.abs((value ?? 0) / values[metric] - 1)).toBeLessThan(0.01);
    }
  });
});

describe('staleness', () => {
  test('a week without a value: it is shown, said to be stale, and nothing is judged by it', () => {
    const fresh = ask({ at: NOW + 6 * 24 * HOUR });
    expect([fresh.stale, isEvidence(fresh)]).toEqual([false, true]);
    const stale = ask({ at: NOW + 8 * 24 * HOUR });
    expect(stale).toMatchObject({
      source: 'seasonal',
      stale: true,
      words: expect.stringContaining('stale: its newest value is 8 days old'),
    });
    expect(isEvidence(stale)).toBe(false);
  });

  test('a stale one gives way to other nodes, and does not move a window', () => {
    const moment = NOW + 8 * 24 * HOUR;
    expect(ask({ at: moment, peers: [{ node: 'i-1', value: 77 }] })).toMatchObject({
      source: 'other-nodes',
      value: 77,
      words: expect.stringContaining('stale'),
    });
    expect(ask({ at: moment, window: window(moment - HOUR, moment, 55) })).toMatchObject({
      source: 'recent-window',
      value: 55,
      words: expect.stringContaining('stale'),
    });
  });
});

describe('environments', () => {
  test('staging’s never judges production: the compiler refuses it, and so does the function', () => {
    const question = {
      environment: 'production',
      cluster: 'payments',
      node: 'i-0',
      metric: 'throughput',
      at: NOW,
      overrides: [],
      window: null,
      peers: [],
    } as const;
    // @ts-expect-error a baseline of staging is no baseline of production
    expect(() => baselineFor({ ...question, versions: [staging] })).toThrow(
      /BASELINE_OF_OTHER_ENVIRONMENT.*A baseline of staging was about to judge production/,
    );
    expect(() => baselineFor({ ...question, versions: [version, staging as unknown as Baseline<'production'>] })).toThrow(
      'BASELINE_OF_OTHER_ENVIRONMENT',
    );
    expect(baselineFor({ ...question, environment: 'staging', versions: [staging] }).source).toBe('seasonal');
  });

  test('nor does an override of another environment, nor a baseline of another cluster', () => {
    expect(() => ask({ overrides: [{ ...override, environment: 'staging' }] })).toThrow('BASELINE_OF_OTHER_ENVIRONMENT');
    expect(() => ask({ versions: [{ ...version, cluster: 'orders' }] })).toThrow('BASELINE_OF_OTHER_CLUSTER');
  });
});

describe('overrides', () => {
  test('one in force is taken before everything, and says whose it is, why, and until when', () => {
    const answer = ask({ overrides: [override], window: window(NOW - 60_000, NOW, 1) });
    expect(answer).toMatchObject({ source: 'override', value: 900, stale: false });
    for (const said of ['M. Berg', 'ops@desk', 'sale until Friday', new Date(override.expiresAt).toISOString()])
      expect(answer.words).toContain(said);
    expect(answer.words).toBe(overrideSentence(override));
  });

  test('it expires by itself: at that very moment the learnt value is back', () => {
    expect(ask({ overrides: [override], at: override.expiresAt - 1 }).source).toBe('override');
    expect(ask({ overrides: [override], at: override.expiresAt }).source).toBe('seasonal');
    expect([inForce([override], override.expiresAt - 1), inForce([override], override.expiresAt)]).toEqual([[override], []]);
  });

  test('a node’s own comes before that of every node; a newer one replaces an older for good', () => {
    const own = { ...override, node: 'i-0', value: 50 };
    expect(ask({ overrides: [override, own] }).value).toBe(50);
    expect(ask({ node: 'i-1', versions: [], overrides: [override, own] }).value).toBe(900);
    const ended = { ...override, from: NOW - 60_000, expiresAt: NOW - 30_000, value: 1 };
    expect(ask({ overrides: [override, ended] }).source).toBe('seasonal');
    expect(ask({ metric: 'cpu', overrides: [override] }).source).toBe('none');
  });

  test.each([
    ['without a reason', { reason: ' ' }, 'reason'],
    ['without an approver', { approver: undefined }, 'approver'],
    ['for a metric that nobody knows', { metric: 'latency' }, 'metric'],
    ['below nought', { value: -1 }, 'value'],
    ['that is no number', { value: Number.NaN }, 'value'],
    ['over before it begins', { expiresAt: NOW - 2 * HOUR }, 'expiresAt'],
    ['for longer than 30 days', { expiresAt: NOW + 31 * 24 * HOUR }, 'expiresAt'],
    ['with a key nobody knows', { aprover: 'x' }, 'aprover'],
  ])('one %s is refused by field', (_, bent, field) => {
    expect(() => readOverride({ ...override, ...bent })).toThrow(new RegExp(`FIELD_INVALID.*field ${field}`));
  });
});
