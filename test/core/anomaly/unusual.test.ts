import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTold, noticed, type Unusual, type UnusualSoFar, unusualSentence } from '../../../core/anomaly/unusual.ts';
import { unusualIn } from '../../../core/anomaly/unusual-loads.ts';
import { STALE_AFTER_MS } from '../../../core/baseline/baseline.ts';
import { decideUnderProfile } from '../../../core/decide/decide-under-profile.ts';
import type { DeploymentEvidence } from '../../../core/decide/deployment-evidence.ts';
import type { Decision } from '../../../core/decide/verdict.ts';
import type { HealthStanding } from '../../../core/health/judge-health.ts';
import type { KnownBaselines } from '../../../core/load/gather-load.ts';
import type { LoadSample } from '../../../core/load/load-sample.ts';
import { allGood, found } from '../../fixtures/deployment-evidence.ts';
import { against, lastOf, open, rulesOf, times, watched } from '../../fixtures/watched.ts';
import { at as momentOf } from '../baseline/weeks.ts';
import { historyOf, watch } from './healthy.ts';

const SLOW: Unusual = { node: 'i-0', what: 'connection-time', words: 'much' };
const BUSY: Unusual = { node: 'i-1', what: 'cpu', words: 'much' };
const looks = (...found: (readonly Unusual[])[]): UnusualSoFar[] =>
  found.reduce<UnusualSoFar[]>((before, one, i) => noticed(before, one, i * 5000), []);

describe('noticing', () => {
  test('what is unusual for half a minute of looks on end is told, and stays told with its times', () => {
    expect(looks(...times(6, [SLOW])).some(isTold)).toBe(false);
    const passed = looks(...times(7, [SLOW]), [], []);
    expect(passed).toMatchObject([{ ...SLOW, since: 0, until: 30_000 }]);
    expect(unusualSentence(passed)).toBe(
      'Unusual, and by itself nothing against the deployment: connection-time of i-0: much, from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:30.000Z.',
    );
  });

  test('what comes and goes before that is forgotten, and two looks far apart are not three', () => {
    expect(looks([SLOW], [SLOW], [], [SLOW])).toMatchObject([{ since: 15_000, looks: 1 }]);
    expect(noticed(noticed([], [SLOW], 0), [SLOW], 60_000).some(isTold)).toBe(false);
    expect(unusualSentence(looks([SLOW]))).toBeNull();
  });

  test('each node and metric is noticed by itself, and no more than twelve are kept', () => {
    const both = looks(...times(7, [SLOW, BUSY]), [BUSY]);
    expect(both.filter(isTold).map(({ what }) => what)).toEqual(['connection-time', 'cpu']);
    const many = Array.from({ length: 40 }, (_, i) => ({ node: `i-${i}`, what: 'cpu', words: 'much' }));
    expect(looks(...times(9, many))).toHaveLength(12);
  });
});

describe('loads', () => {
  const history = historyOf(7);
  // A Wednesday noon after what was learnt.
  const NOW = momentOf(8 * 168 + 60);
  const well: HealthStanding = { results: [], score: 1, leastScore: 1, well: true };
  const known: KnownBaselines<'production'> = {
    environment: 'production',
    cluster: 'payments',
    versions: history.baselines,
    overrides: [],
  };
  const usual = history.next.get('i-0')?.[60] as { connectionMs: number; cpu: number };
  const samples = (share: number, errors = 0): LoadSample[] =>
    [0, 60, 120, 180].map((seconds) => ({
      at: NOW + seconds * 1000,
      uptimeMs: 1e7 + seconds * 1000,
      processors: 8,
      dropped: 0,
      requests: seconds * 50,
      errors: Math.round((errors * seconds) / 180),
      cpuMs: share * seconds * 1000 * 8,
    }));
  const seen = (soak: { samples?: LoadSample[]; connections?: number[] }, of = known, at = NOW + 180_000) =>
    unusualIn({ health: well, soak: { 'i-0': { samples: [], connections: [], ...soak } } }, of, at).map(({ what }) => what);

  test.each<[string, Parameters<typeof seen>[0], string[]]>([
    ['connections as ever', { connections: times(12, usual.connectionMs) }, []],
    ['connections that take four times as long, far below 100 ms', { connections: times(12, 4 * usual.connectionMs) }, ['connection-time']],
    ['too few connections', { connections: times(11, 4 * usual.connectionMs) }, []],
    ['one slow connection of twelve', { connections: [...times(11, usual.connectionMs), 500] }, []],
    ['CPU as ever', { samples: samples(usual.cpu) }, []],
    ['three times the CPU', { samples: samples(3 * usual.cpu) }, ['cpu']],
    ['too few looks at the CPU', { samples: samples(3 * usual.cpu).slice(1) }, []],
    ['four errors', { samples: samples(usual.cpu, 4) }, []],
    ['two in a hundred requests failing, a tenth of the limit', { samples: samples(usual.cpu, 180) }, ['error-rate']],
  ])('%s', (_, soak, what) => {
    expect(seen(soak)).toEqual(what);
  });

  test('say where they come from, and what is usual', () => {
    const [one] = unusualIn({ health: well, soak: { 'i-0': { samples: samples(0.6), connections: [] } } }, known, NOW + 180_000);
    expect(one?.words).toMatch(/^60\.0 %, usual are \d+\.\d % \(usual for Wednesday 12:00 UTC, learnt from 56 days/);
  });

  test('are never unusual where nobody knows what is usual: without a baseline, with a stale one, with a person’s value', () => {
    const slow = { connections: times(12, 900), samples: samples(0.9, 500) };
    expect(seen(slow)).toHaveLength(3);
    expect(seen(slow, { ...known, versions: [] })).toEqual([]);
    expect(seen(slow, known, NOW + STALE_AFTER_MS + 4 * 86_400_000)).toEqual([]);
    const override = {
      environment: 'production' as const,
      cluster: 'payments',
      node: '*',
      value: 1,
      reason: 'sale',
      approver: 'M. Berg',
      requestedBy: 'ada',
    };
    const overrides = (['connection-time', 'cpu', 'error-rate'] as const).map((metric) => ({
      ...override,
      metric,
      from: NOW - 1,
      expiresAt: NOW + 1e7,
    }));
    expect(seen(slow, { ...known, overrides })).toEqual([]);
  });

  test('answers of health checks that are told as unusual are told here, and belong to no node', () => {
    const result = {
      check: 'checkout',
      kind: 'tcp',
      outcome: 'passed' as const,
      before: 'passed' as const,
      weight: 1,
      observed: '',
      since: 1,
      runs: 9,
      failures: 0,
    };
    const health: HealthStanding = {
      ...well,
      results: [result, { ...result, check: 'orders', unusual: 'answers in 90 ms, usually in 20 ms' }],
    };
    expect(unusualIn({ health, soak: {} }, known, NOW)).toEqual([
      { what: 'health check orders', words: 'answers in 90 ms, usually in 20 ms' },
    ]);
  });
});

describe('what is unusual', () => {
  test('lengthens the watch and is told with the verdict', () => {
    const last = lastOf(times(80, allGood), rulesOf(), { unusual: [BUSY] });
    expect(last.evidence.limits.soakSeconds).toBe(270);
    expect(last.decision).toMatchObject({
      verdict: {
        verdict: 'keep',
        notices: [expect.stringContaining('cpu of i-1: much'), expect.stringContaining('as something is unusual')],
      },
    });
    const [, , , , , , , seventh] = watched(times(8, allGood), rulesOf(), { unusual: [BUSY] });
    expect(seventh?.decision).toMatchObject({ why: expect.stringContaining('Unusual, and by itself nothing against the deployment') });
    expect(
      lastOf(times(80, allGood), rulesOf('production', { stability: { unusualSoakFactor: 1 } }), { unusual: [BUSY] }).evidence.limits
        .soakSeconds,
    ).toBe(180);
  });

  test('property: in no look does it change a verdict but that "keep" is watched for longer, whatever else is seen', () => {
    const shown = fc.constantFrom(
      allGood,
      against(found('LEAF_EXPIRED', 'client')),
      against(found('LEAF_EXPIRED', 'client'), found('LEAF_EXPIRED', 'node')),
      open({ outcome: 'unknown' }),
    );
    const stretch = fc.record({ shown, length: fc.integer({ min: 1, max: 60 }) });
    const said = (decision: Decision) =>
      decision.decision === 'decided' ? `${decision.verdict.verdict} ${decision.verdict.nodes}` : 'watch';
    const withoutIt = ({ unusual: _, ...evidence }: DeploymentEvidence): DeploymentEvidence => ({
      ...evidence,
      earlier: evidence.earlier.map((one) => (one.course ? { ...one, course: { ...one.course, unusual: [] } } : one)),
    });
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 5 }), (drawn) => {
        const all = [...drawn.flatMap(({ shown: one, length }) => times(length, one)), ...times(180, allGood)];
        for (const { evidence, decision } of watched(all, rulesOf(), { unusual: [SLOW, BUSY] })) {
          const without = said(decideUnderProfile(withoutIt(evidence), rulesOf()));
          expect(without === 'keep ' ? ['watch', 'keep '] : [without]).toContain(said(decision));
        }
      }),
      { numRuns: 30 },
    );
  }, 30_000);
});

test('a few of many healthy deployments are told to be unusual, and nearly all of those with three times the load are', () => {
  const histories = [1, 2, 3].map(historyOf);
  const told = (wrong: Parameters<typeof watch>[3]) =>
    Array.from({ length: 60 }, (_, i) => watch(histories[i % 3] as (typeof histories)[number], 100 + i, 54, wrong)).filter((one) =>
      one.some(isTold),
    ).length;
  expect(told({})).toBeLessThanOrEqual(4);
  expect(told({ connection: 3, cpu: 3, answers: 3 })).toBeGreaterThanOrEqual(58);
}, 60_000);
