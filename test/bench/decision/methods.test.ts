import { describe, expect, test } from 'vitest';
import { argoRollouts } from '../../../bench/decision/methods/argo-rollouts.ts';
import { BlockBetting } from '../../../bench/decision/methods/block-betting.ts';
import { cloudWatch } from '../../../bench/decision/methods/cloudwatch.ts';
import { flagger } from '../../../bench/decision/methods/flagger.ts';
import { isHigh, kayenta } from '../../../bench/decision/methods/kayenta.ts';
import { shiftOf } from '../../../bench/decision/methods/mann-whitney.ts';
import { naive } from '../../../bench/decision/methods/naive.ts';
import { isBad, type Minute, type Minutes, minutesOf } from '../../../bench/decision/minutes.ts';
import { Draws } from '../../../bench/decision/random.ts';
import { Trace } from '../../../bench/decision/trace.ts';

/** A minute of 600 probes of each kind. */
const minute = ({ ms = 10, mean = Number.NaN, tlsFailed = 0, cqlFailed = 0 } = {}): Minute =>
  values(ms, Number.isNaN(mean) ? ms : mean, tlsFailed, cqlFailed);
const values = (ms: number, mean: number, tlsFailed: number, cqlFailed: number): Minute => ({
  tls: { probes: 600, failed: tlsFailed, mean, median: ms },
  cql: { probes: 600, failed: cqlFailed, mean: mean / 4, median: ms / 4 },
});
const GOOD = minute();
const SLOW = minute({ ms: 20 });
const minutes = (after: readonly Minute[], beginS = 0): Minutes => ({
  before: [9.9, 10, 10.1, 10.2, 9.8].map((ms) => minute({ ms })),
  baseline: GOOD,
  after,
  beginS,
});
/** G and S for good and slow minutes. */
const told = (text: string, beginS = 0) =>
  minutes(
    [...text].map((letter) => (letter === 'S' ? SLOW : GOOD)),
    beginS,
  );

describe('a minute', () => {
  test.each([
    ['as ever', minute(), false],
    ['60 of 600 handshakes: exactly a tenth is not above it', minute({ tlsFailed: 60 }), false],
    ['61 of 600', minute({ tlsFailed: 61 }), true],
    ['20 percentage points of errors are not above them', minute({ cqlFailed: 120 }), false],
    ['121 of 600 reads', minute({ cqlFailed: 121 }), true],
    ['1.5 × is not above it', minute({ ms: 15 }), false],
    ['1.51 ×', minute({ ms: 15.1 }), true],
  ])('%s', (_, one, bad) => {
    expect(isBad(one, GOOD, 'median')).toBe(bad);
  });

  test('mean and median are not the same', () => {
    const tail = minute({ ms: 10, mean: 30 });
    expect([isBad(tail, GOOD, 'mean'), isBad(tail, GOOD, 'median')]).toEqual([true, false]);
  });

  test('without a baseline only failures are judged', () => {
    expect(isBad(SLOW, null, 'mean')).toBe(false);
    expect(isBad(minute({ tlsFailed: 100 }), null, 'mean')).toBe(true);
  });

  test('is made of the rows of its 60 s, of the answered ones for time, after the grace', () => {
    const trace = new Trace(8);
    const rows: [tMs: number, kind: number, answer: number][] = [
      [-40_000, 0, 10],
      [-20_000, 0, 12],
      [-10_000, 1, -3],
      [10_000, 0, 99],
      [60_000, 0, 20],
      [70_000, 0, 40],
      [80_000, 0, -2000],
      [120_000, 1, 5],
    ];
    for (const [at, [tMs, kind, answer]] of rows.entries()) {
      trace.tMs[at] = tMs;
      trace.kind[at] = kind;
      trace.answer[at] = answer;
    }
    trace.count = rows.length;
    trace.graceS = 60;
    const { before, baseline, after, beginS } = minutesOf(trace, 190_000);
    expect(beginS).toBe(60);
    expect(before).toHaveLength(1);
    expect(baseline?.tls).toEqual({ probes: 2, failed: 0, mean: 11, median: 10 });
    expect(baseline?.cql).toMatchObject({ probes: 1, failed: 1 });
    expect(after).toHaveLength(2);
    expect(after[0]?.tls).toEqual({ probes: 3, failed: 1, mean: 30, median: 20 });
    expect(after[1]?.cql).toEqual({ probes: 1, failed: 0, mean: 5, median: 5 });
  });
});

test('the median of a minute is that of its values in order', () => {
  const draws = new Draws(7);
  for (let round = 0; round < 300; round += 1) {
    const trace = new Trace(1 + draws.below(60));
    trace.count = trace.tMs.length;
    // Few different values, so that many are equal.
    for (let at = 0; at < trace.count; at += 1) trace.answer[at] = 1 + draws.below(round % 2 === 0 ? 4 : 1000);
    const sorted = trace.answer.toSorted();
    expect(minutesOf(trace, 60_000).after[0]?.tls.median).toBe(sorted[(sorted.length - 1) >> 1]);
  }
});

describe('the naive rule', () => {
  test('one minute is enough, also of the mean alone', () => {
    expect(naive.rollsBackAtS(told('GGSG'))).toBe(180);
    expect(naive.rollsBackAtS(minutes([GOOD, minute({ ms: 10, mean: 16 })]))).toBe(120);
    expect(naive.rollsBackAtS(told('GGGG'))).toBeNull();
    expect(naive.rollsBackAtS(told('S', 240))).toBe(300);
  });
});

describe('Argo Rollouts', () => {
  const limit0 = argoRollouts('0', 1, 0);
  const limit3 = argoRollouts('3', 1, 3);
  const documented = argoRollouts('5 × 3', 5, 3);

  test('fails when the failures are more than the limit, added up', () => {
    expect(limit0.rollsBackAtS(told('GS'))).toBe(120);
    expect(limit3.rollsBackAtS(told('SSSG'))).toBeNull();
    expect(limit3.rollsBackAtS(told('SSSS'))).toBe(240);
    expect(limit3.rollsBackAtS(told('SGSGSGS'))).toBe(420);
  });

  test('five minutes are one point, four of them are more than three', () => {
    expect(documented.rollsBackAtS(told('S'.repeat(20)))).toBe(1200);
    expect(documented.rollsBackAtS(told('S'.repeat(19)))).toBeNull();
    expect(documented.rollsBackAtS(told('SSGGG'.repeat(6)))).toBeNull();
    expect(documented.rollsBackAtS(told('SSSGG'.repeat(4)))).toBe(1200);
  });

  test('shares are those of the whole interval', () => {
    const burst = minute({ tlsFailed: 400 });
    expect(argoRollouts('5 × 0', 5, 0).rollsBackAtS(minutes([burst, GOOD, GOOD, GOOD, GOOD]))).toBe(300);
    expect(argoRollouts('5 × 0', 5, 0).rollsBackAtS(minutes([minute({ tlsFailed: 300 }), GOOD, GOOD, GOOD, GOOD]))).toBeNull();
  });
});

describe('Flagger', () => {
  test('five failed checks, whenever they were, and one tick later it rolls back', () => {
    expect(flagger.rollsBackAtS(told('SSSSS'))).toBeNull();
    expect(flagger.rollsBackAtS(told('SSSSSG'))).toBe(360);
    expect(flagger.rollsBackAtS(told('SGSGSGSGSG'))).toBe(600);
    expect(flagger.rollsBackAtS(told('SSSSGGGGGG'))).toBeNull();
  });
});

describe('CloudWatch', () => {
  test('two of the last three periods', () => {
    expect(cloudWatch.rollsBackAtS(told('SS'))).toBe(120);
    expect(cloudWatch.rollsBackAtS(told('GSGS'))).toBe(240);
    expect(cloudWatch.rollsBackAtS(told('SGGSGGS'))).toBeNull();
  });
});

describe('Mann-Whitney', () => {
  // Orders of the differences at 98 %: one more than the critical values of the tables for 1 % on one side.
  test.each([
    [5, 5, 2],
    [10, 5, 7],
    [10, 10, 20],
    [15, 15, 57],
  ])('%i against %i values: the interval begins at the difference number %i', (m, n, order) => {
    const experiment = Array.from({ length: m }, (_, at) => at * 100);
    const control = Array.from({ length: n }, (_, at) => -at);
    const differences = experiment.flatMap((one) => control.map((other) => one - other)).sort((a, b) => a - b);
    const { lower, upper } = shiftOf(experiment, control, 0.98);
    expect(lower).toBe(differences[order - 1]);
    expect(upper).toBe(differences[differences.length - order]);
  });

  test('the estimate is the median of all differences', () => {
    expect(shiftOf([11, 12, 16], [1, 2], 0.9).estimate).toBe(10.5);
    expect(() => shiftOf([], [1], 0.9)).toThrow('empty');
  });
});

describe('Kayenta', () => {
  test('a shift of all points is high, however small; a mixed one is not', () => {
    expect(isHigh([11, 11.1, 11.2, 11.3, 11.4], [9.8, 9.9, 10, 10.1, 10.2])).toBe(true);
    expect(isHigh([9.9, 10.2, 9.8, 10.4, 10], [9.8, 9.9, 10, 10.1, 10.2])).toBe(false);
    expect(isHigh([], [1])).toBe(false);
    expect(isHigh([8, 8.1, 8.2, 8.3, 8.4], [9.8, 9.9, 10, 10.1, 10.2])).toBe(false);
  });

  test('a shift whose interval begins below a quarter of its estimate is tolerated', () => {
    expect(isHigh([10.25, 10.3, 14, 15, 16], [9.8, 9.9, 10, 10.1, 10.2])).toBe(false);
    expect(isHigh([12, 12.5, 14, 15, 16], [9.8, 9.9, 10, 10.1, 10.2])).toBe(true);
  });

  test('judges after five points and every five more', () => {
    expect(kayenta.rollsBackAtS(told('SSSS'))).toBeNull();
    expect(kayenta.rollsBackAtS(told('SSSSS'))).toBe(300);
    expect(kayenta.rollsBackAtS(told('SSSSSSSS', 60))).toBe(360);
    expect(kayenta.rollsBackAtS(told('GGGGGSSSSSSSSSS'))).not.toBe(300);
  });

  test('one outlier is taken out', () => {
    expect(isHigh([10, 10.1, 9.9, 10, 500], [9.8, 9.9, 10, 10.1, 10.2])).toBe(false);
  });
});

describe('betting on blocks', () => {
  /** Ten probes a second of each kind on three nodes. */
  function run(answer: (tMs: number, node: number, kind: number) => number, graceS = 0): BlockBetting {
    const betting = new BlockBetting(3, graceS);
    for (let beat = -6000; beat < 6000 && !betting.found; beat += 1) {
      const [tMs, node, kind] = [beat * 50, Math.abs(beat >> 1) % 3, Math.abs(beat) & 1];
      betting.offer(tMs, node, kind, answer(tMs, node, kind));
    }
    return betting;
  }
  const steady = (tMs: number) => 10 + ((tMs / 50) % 7) / 10;

  test('nothing wrong, nothing found', () => {
    expect(run(steady).found).toBeNull();
  });

  test('every handshake fails: found in the fifth block, as no single one may decide', () => {
    const { found } = run((tMs, _, kind) => (tMs >= 0 && kind === 0 ? -5 : steady(tMs)));
    expect(found?.decisionS).toBe(15);
    expect(found?.scope).toEqual([]);
  });

  test('one node slow: it is named', () => {
    const { found } = run((tMs, node) => (tMs >= 0 && node === 2 ? 2.5 : 1) * steady(tMs));
    expect(found?.scope).toEqual([2]);
  });

  test('1.35 × is below the threshold; 1.7 × is not', () => {
    const slower = (factor: number) => run((tMs) => (tMs >= 0 ? factor : 1) * steady(tMs)).found;
    expect(slower(1.35)).toBeNull();
    expect(slower(1.7)).not.toBeNull();
  });

  test('nothing before the end of the grace', () => {
    const { found } = run((tMs, _, kind) => (tMs >= 0 && kind === 0 ? -5 : steady(tMs)), 60);
    expect(found?.decisionS).toBeGreaterThan(60);
  });
});
