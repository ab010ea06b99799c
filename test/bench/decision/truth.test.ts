import { describe, expect, test } from 'vitest';
import { ALL_KINDS, kindNamed } from '../../../bench/decision/kinds.ts';
import { makeWorld } from '../../../bench/decision/make-world.ts';
import { TEMPERAMENTS } from '../../../bench/decision/noise.ts';
import { Draws } from '../../../bench/decision/random.ts';
import type { Scenario } from '../../../bench/decision/scenario.ts';
import { failing, healthy, slower } from '../../../bench/decision/scenario-parts.ts';
import { record, rowsOf, Trace } from '../../../bench/decision/trace.ts';
import { brokenTruth, factorsOf, worstShare } from '../../../bench/decision/truth.ts';
import { World } from '../../../bench/decision/world.ts';

const horizonMs = 600_000;
const SEEDS = 12;
const trace = new Trace(rowsOf(horizonMs));

/** What probes measured, over all worlds of a kind: median as a factor of the baseline's, and share of failures, from and to in seconds. */
function measured(name: string, kind: number, which: { node?: 'faulty' | 'others'; fromS?: number; toS?: number } = {}) {
  const factors: number[] = [];
  let failed = 0;
  let probes = 0;
  for (let index = 0; index < SEEDS; index += 1) {
    const { world } = makeWorld({ kind: kindNamed(name), index, run: 1, nodes: 3, horizonMs });
    record(world, horizonMs, trace);
    const { faulty, onsetS } = world.scenario;
    const [from, to] = [((which.fromS ?? 0) + (onsetS ?? 0)) * 1000, ((which.toS ?? 600) + (onsetS ?? 0)) * 1000];
    const answers: { before: number[]; after: number[] } = { before: [], after: [] };
    for (let at = 0; at < trace.count; at += 1) {
      if (trace.kind[at] !== kind) continue;
      if (which.node !== undefined && faulty.includes(trace.node[at] as number) !== (which.node === 'faulty')) continue;
      const [tMs, answer] = [trace.tMs[at] as number, trace.answer[at] as number];
      const after = tMs >= from && tMs < to;
      if (after) probes += 1;
      if (after && answer < 0) failed += 1;
      if (answer > 0 && (after || tMs < 0)) answers[after ? 'after' : 'before'].push(answer);
    }
    const median = (of: number[]) => Float64Array.from(of).sort()[of.length >> 1] as number;
    factors.push(median(answers.after) / median(answers.before));
  }
  return { factor: factors.sort((a, b) => a - b)[factors.length >> 1] as number, share: failed / probes };
}

describe('what probes see of a fault is what the kind says', () => {
  test.each([
    ['latency-2x', 0, 2],
    ['latency-2x', 1, 2],
    ['latency-3x', 1, 3],
    ['latency-2x-cql-only', 0, 1],
    ['latency-2x-cql-only', 1, 2],
    ['traffic-shift', 1, 1.22],
    ['healthy-calm', 0, 1],
  ])('%s, kind %i: %f × the median', (name, kind, factor) => {
    expect(Math.abs(measured(name, kind).factor / factor - 1)).toBeLessThan(0.15);
  });

  test('ramps arrive at their factor', () => {
    expect(Math.abs(measured('ramp-to-2x', 1, { fromS: 240 }).factor / 2 - 1)).toBeLessThan(0.15);
    expect(Math.abs(measured('ramp-to-1.3x', 1, { fromS: 300 }).factor / 1.3 - 1)).toBeLessThan(0.1);
  });

  test('a stale baseline is of faster times', () => {
    const { factor } = measured('stale-baseline', 1);
    expect(factor).toBeGreaterThan(1.5);
    expect(factor).toBeLessThan(2.6);
  });

  test.each([
    ['tls-failures-5', 0, 0.05, 0.006],
    ['tls-failures-20', 0, 0.2, 0.015],
    ['tls-failures-50', 0, 0.5, 0.03],
    ['tls-20-stale-baseline', 0, 0.2, 0.015],
    ['tls-failures-exactly-10', 0, 0.1, 0.006],
    ['cql-errors-40', 1, 0.4, 0.03],
    ['cql-errors-40', 0, 0, 0.02],
    ['healthy-heavy-tails', 0, 0, 0.03],
  ])('%s, kind %i: a share of %f fails', (name, kind, share, within) => {
    expect(Math.abs(measured(name, kind).share - share)).toBeLessThan(within);
  });

  test('one node only', () => {
    expect(Math.abs(measured('one-node-2x', 1, { node: 'faulty' }).factor / 2 - 1)).toBeLessThan(0.15);
    expect(Math.abs(measured('one-node-2x', 1, { node: 'others' }).factor - 1)).toBeLessThan(0.15);
    const share = measured('one-node-tls', 0, { node: 'faulty' }).share;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.5);
    expect(measured('one-node-tls', 0, { node: 'others' }).share).toBeLessThan(0.02);
  });

  test('what comes late is not there before', () => {
    expect(measured('late-tls-20', 0, { fromS: -120, toS: 0 }).share).toBeLessThan(0.02);
    expect(Math.abs(measured('late-tls-20', 0, { toS: 300 }).share - 0.2)).toBeLessThan(0.02);
    expect(Math.abs(measured('late-2x', 1, { fromS: -120, toS: 0 }).factor - 1)).toBeLessThan(0.15);
    expect(Math.abs(measured('late-2x', 1, { toS: 300 }).factor / 2 - 1)).toBeLessThan(0.15);
  });

  test('flapping: on and off', () => {
    for (let index = 0; index < SEEDS; index += 1) {
      const { world } = makeWorld({ kind: kindNamed('flapping-tls'), index, run: 1, nodes: 3, horizonMs });
      const flap = world.scenario.failing[0]?.flap as { onMs: number; offMs: number };
      const shareIn = (fromMs: number, toMs: number) => {
        world.rewind();
        let failed = 0;
        for (let at = 0; at < 400; at += 1) if (world.answer(Math.floor(fromMs + ((toMs - fromMs) * at) / 400), at % 3, 0) < 0) failed += 1;
        return failed / 400;
      };
      expect(shareIn(0, flap.onMs)).toBeGreaterThan(0.2);
      expect(shareIn(flap.onMs + 1000, flap.onMs + flap.offMs - 1000)).toBeLessThan(0.1);
    }
  });
});

describe('the truth of every kind', () => {
  const kept = ALL_KINDS.filter(({ group }) => group === 'kept');
  test.each(kept.map(({ name }) => name))('%s: no node and no cluster above the thresholds in any minute', (name) => {
    for (let index = 0; index < SEEDS; index += 1) {
      const { world } = makeWorld({ kind: kindNamed(name), index, run: 1, nodes: 3, horizonMs });
      const fromMs = world.scenario.graceS * 1000;
      for (const kind of [0, 1]) expect(factorsOf(world, kind, fromMs, horizonMs).most).toBeLessThanOrEqual(1.5);
      expect(worstShare(world, 0, fromMs, horizonMs)).toBeLessThanOrEqual(0.1);
      expect(worstShare(world, 1, fromMs, horizonMs)).toBeLessThanOrEqual(world.scenario.noise.errors.cql + 0.2);
    }
  });

  test('there are enough kinds, each told once, and each says what is true of it', () => {
    expect(kept.length).toBeGreaterThanOrEqual(14);
    expect(ALL_KINDS.filter(({ group }) => group === 'found').length).toBeGreaterThanOrEqual(11);
    expect(new Set(ALL_KINDS.map(({ name }) => name)).size).toBe(ALL_KINDS.length);
    for (const { truth } of ALL_KINDS) expect(truth.length).toBeGreaterThan(10);
  });
});

describe('a world that breaks its truth is seen', () => {
  const calm = (part: Partial<Scenario>) =>
    new World(
      healthy(new Draws(3), { noise: { ...TEMPERAMENTS.calm(new Draws(3)), day: { factor: 1, phase: 0 } }, ...part }),
      3,
      3,
      horizonMs,
    );

  test('response time above 1.5 × for longer than a minute', () => {
    expect(brokenTruth(calm({}), 'kept')).toBeNull();
    expect(brokenTruth(calm({ elevations: [slower(1.4, 0)] }), 'kept')).toBeNull();
    expect(brokenTruth(calm({ elevations: [slower(1.7, 0)] }), 'kept')).toContain('× the baseline');
    expect(brokenTruth(calm({ elevations: [slower(1.7, 0, { node: 2 })] }), 'kept')).toContain('× the baseline');
    expect(brokenTruth(calm({ elevations: [slower(1.7, 100, { toMs: 120_000 })] }), 'kept')).toBeNull();
  });

  test('failing handshakes above a tenth', () => {
    expect(brokenTruth(calm({ failing: [failing(0.08, 0, new Draws(1), { burst: 1 })] }), 'kept')).toBeNull();
    expect(brokenTruth(calm({ failing: [failing(0.12, 0, new Draws(1), { burst: 1 })] }), 'kept')).toContain('handshakes fail');
  });

  test('innocent load that falls together stays below the threshold', () => {
    const load = slower(1.35, 0, { innocent: true });
    const { most, least } = factorsOf(calm({ elevations: [load, load, load] }), 1, 0, horizonMs);
    expect(most).toBeLessThan(1.45);
    expect(least).toBeGreaterThan(1.3);
  });

  test('the grace period is not held against it', () => {
    expect(brokenTruth(calm({ elevations: [slower(3, 0, { toMs: 200_000 })] }), 'kept')).toContain('× the baseline');
    expect(brokenTruth(calm({ elevations: [slower(3, 0, { toMs: 200_000 })], graceS: 200 }), 'kept')).toBeNull();
  });

  test('a fault that the noise hides is none', () => {
    expect(brokenTruth(calm({ onsetS: 0, elevations: [slower(2, 0)] }), 'found')).toBeNull();
    const hidden = calm({ onsetS: 0, elevations: [slower(2, 0), slower(0.6, 0, { innocent: true })] });
    expect(brokenTruth(hidden, 'found')).toContain('only');
  });
});
