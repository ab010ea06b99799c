/** The statistics that everything rests on: nothing earns at the threshold, whatever is looked at and when. */
import { describe, expect, test } from 'vitest';
import { capitalUntil, emptyWealth, evidenceOf, grow, type Wealth } from '../../../../core/decide/measured/account.ts';
import { NO_SPREAD, spreadOf } from '../../../../core/decide/measured/baseline.ts';
import {
  harmOfCommon,
  harmOfScore,
  harmOfShare,
  harmOfShift,
  safetyOfShare,
  safetyOfShift,
} from '../../../../core/decide/measured/bets.ts';
import { intervalOf } from '../../../../core/decide/measured/interval.ts';
import { partOf } from '../../../../core/decide/measured/parts.ts';
import { FACTORS, PRODUCTION } from '../../../../core/decide/measured/policy.ts';
import { SCORE_SHARES, safeSharesOf, sharesOf } from '../../../../core/decide/measured/state.ts';
import { seededRandom } from '../../../../stand/random.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Exact mean of e over a binomial. */
function meanOverBinomial(n: number, p: number, e: (failed: number) => readonly number[]): number[] {
  let chance = (1 - p) ** n;
  const sums = e(0).map((ln) => chance * Math.exp(ln));
  for (let failed = 1; failed <= n; failed++) {
    chance *= ((n - failed + 1) / failed) * (p / (1 - p));
    e(failed).forEach((ln, i) => {
      sums[i] = (sums[i] as number) + chance * Math.exp(ln);
    });
  }
  return sums;
}

describe('the mean of e at its threshold is at most 1', () => {
  test.each([1, 7, 30, 120, 600])('shares of %i probes, exactly', (n) => {
    for (const p0 of [0.1, 0.2, 0.45]) {
      for (const e of [harmOfShare, harmOfCommon, safetyOfShare])
        for (const value of meanOverBinomial(n, p0, (failed) => e(failed, n, 3, p0))) expect(value).toBeLessThanOrEqual(1 + 1e-9);
      for (const value of meanOverBinomial(n, p0 * 0.8, (failed) => harmOfShare(failed, n, 3, p0))) expect(value).toBeLessThanOrEqual(1);
    }
  });

  test.each([15, 60, 200])('ranks among %i values of before, over every rank', (of) => {
    const values = Array.from({ length: of }, (_, i) => i);
    // Exchangeable: the new value is as likely in each of the of + 1 gaps.
    const gaps = Array.from({ length: of + 1 }, (_, i) => i - 0.5);
    for (const bet of [harmOfShift, safetyOfShift]) {
      const all = gaps.map((x) => bet(x, spreadOf(values)).map(Math.exp));
      (all[0] as number[]).slice(0, -1).forEach((_, i) => {
        expect(mean(all.map((one) => one[i] as number))).toBeLessThanOrEqual(1);
      });
      // The sign: even odds around the median, but for the one value in the middle.
      expect(mean(all.map((one) => one.at(-1) as number))).toBeLessThanOrEqual(1 + 1 / of);
    }
  });

  test('the score, for any values between 0 and 1', () => {
    const random = seededRandom(5);
    for (const limit of [0.3, 0.5, 0.8]) {
      const scores = Array.from({ length: 20_000 }, () => (random() < limit ? 1 : 0));
      for (const i of [0, 1]) expect(mean(scores.map((score) => Math.exp(harmOfScore(score, limit)[i] as number)))).toBeLessThan(1.02);
    }
  });
});

test('an account exactly at its threshold stays an e-process: its mean at any moment is at most 1, caps and all', () => {
  const random = seededRandom(11);
  const runs = 1500;
  const sums = [20, 100, 300].map((at) => ({ at, sum: 0 }));
  let crossed = 0;
  for (let run = 0; run < runs; run++) {
    let wealth: Wealth = emptyWealth(4);
    let highest = 0;
    for (let block = 0; block < 300; block++) {
      let failed = 0;
      for (let i = 0; i < 30; i++) if (random() < 0.1) failed++;
      const capital = capitalUntil(block * 3 + 3, 900) - capitalUntil(block * 3, 900);
      wealth = grow(wealth, harmOfShare(failed, 30, 3, 0.1), new Array<number>(4).fill(1.95), capital);
      const e = evidenceOf(wealth, 1 - capitalUntil(block * 3 + 3, 900), new Array<number>(4).fill(1 / 4));
      highest = Math.max(highest, e);
      for (const one of sums) if (one.at === block + 1) one.sum += e;
    }
    if (highest >= 100) crossed++;
  }
  for (const { sum } of sums) expect(sum / runs).toBeLessThan(1.1);
  // Ville: at most one in a hundred ever reaches 100.
  expect(crossed / runs).toBeLessThanOrEqual(0.01);
});

test('capital comes in once: never more than all of it, and each bet has an expert with a share', () => {
  expect([capitalUntil(-5, 900), capitalUntil(0, 900), capitalUntil(900, 900), capitalUntil(5000, 900)]).toEqual([0, 0, 1, 1]);
  for (let s = 1; s < 900; s++) expect(capitalUntil(s + 1, 900)).toBeGreaterThanOrEqual(capitalUntil(s, 900));
  const sums = [sharesOf(0, 5), sharesOf(0, 8), sharesOf(2, 5), safeSharesOf(0), safeSharesOf(2), SCORE_SHARES];
  for (const shares of sums) expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  const spread = spreadOf([0, 1, 2]);
  expect(sharesOf(0, 8).length).toBe(harmOfShare(0, 1, 1, 0.1).length + harmOfCommon(0, 1, 1, 0.1).length + 1);
  expect(sharesOf(0, 5).length).toBe(harmOfShare(0, 1, 1, 0.1).length + 1);
  expect(sharesOf(2, 5).length).toBe(harmOfShift(0, spread).length + 1);
});

test('the parts of all accounts are 1 together, whatever the weights', () => {
  for (const weights of [PRODUCTION.weights, { tlsFailures: 0, cqlErrors: 3, tlsTime: 0, cqlTime: 1 }]) {
    const policy = { ...PRODUCTION, weights };
    const all = [...FACTORS, 'score' as const].reduce(
      (sum, factor) => sum + partOf(policy, factor, null) + 4 * partOf(policy, factor, 4),
      0,
    );
    expect(all).toBeCloseTo(1, 12);
  }
});

test('without values of before a shift is no evidence, in either direction', () => {
  expect([harmOfShift(9, NO_SPREAD), safetyOfShift(-9, NO_SPREAD)]).toEqual([
    [0, 0, 0, 0],
    [0, 0, 0],
  ]);
});

test('the interval holds the mean at every look at once, also under bursts', () => {
  const random = seededRandom(23);
  let missed = 0;
  const runs = 150;
  for (let run = 0; run < runs; run++) {
    const values: number[] = [];
    let out = false;
    for (let block = 0; block < 40; block++) {
      // Blocks of mean 0.2: four in five calm, one in five a burst of everything.
      values.push(random() < 0.2 ? 0.8 : 0.05);
      const { low, high } = intervalOf(values, 0.05);
      if (low > 0.2 || high < 0.2) out = true;
    }
    if (out) missed++;
  }
  expect(missed / runs).toBeLessThanOrEqual(0.05);
});

test('the interval narrows, and tells 20 % from 10 % within forty blocks', () => {
  const values = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 0.15 : 0.25));
  const { low, high } = intervalOf(values, 0.05);
  expect(low).toBeGreaterThan(0.1);
  expect(high).toBeLessThan(0.5);
});
