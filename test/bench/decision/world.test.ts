import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ALL_KINDS, kindNamed } from '../../../bench/decision/kinds.ts';
import { makeWorld } from '../../../bench/decision/make-world.ts';
import { Draws, NORMAL } from '../../../bench/decision/random.ts';
import { ALL, TIME_OUT_MS } from '../../../bench/decision/scenario.ts';
import { healthy } from '../../../bench/decision/scenario-parts.ts';
import { record, rowsOf, Trace } from '../../../bench/decision/trace.ts';
import { World } from '../../../bench/decision/world.ts';
import { linesOf } from '../../../bench/decision/write-traces.ts';

const horizonMs = 120_000;
const worldOf = (name: string, index: number, run = 1, nodes = 3) =>
  makeWorld({ kind: kindNamed(name), index, run, nodes, horizonMs }).world;
const digest = (world: World) =>
  createHash('sha256')
    .update(linesOf(record(world, horizonMs, new Trace(rowsOf(horizonMs)))))
    .digest('hex');

describe('one seed', () => {
  test.each(ALL_KINDS.map(({ name }) => name))('%s: the same bytes twice, others for another number or run', (name) => {
    const first = digest(worldOf(name, 7));
    expect(digest(worldOf(name, 7))).toBe(first);
    expect(digest(worldOf(name, 8))).not.toBe(first);
    expect(digest(worldOf(name, 7, 2))).not.toBe(first);
  });

  test('a world is the same however often it is asked', () => {
    const [seldom, often] = [worldOf('healthy-gc-bursts', 3), worldOf('healthy-gc-bursts', 3)];
    const answers: number[] = [];
    for (let tMs = -300_000; tMs < horizonMs; tMs += 700) answers.push(seldom.answer(tMs, 1, 0));
    const among: number[] = [];
    for (let tMs = -300_000; tMs < horizonMs; tMs += 7) {
      const answer = often.answer(tMs, 1, 0);
      often.answer(tMs, 2, 1);
      if ((tMs + 300_000) % 700 === 0) among.push(answer);
    }
    expect(among).toEqual(answers);
  });

  test('asked twice in one millisecond, it is two probes', () => {
    const world = worldOf('healthy-calm', 0);
    expect(world.answer(5000, 0, 0)).not.toBe(world.answer(5000, 0, 0));
  });

  test('after rewinding, the same again', () => {
    const world = worldOf('healthy-noisy-correlated', 5);
    expect(digest(world)).toBe(digest(world));
  });

  test('a hundred nodes answer, each on its own level', () => {
    const world = worldOf('healthy-unequal-nodes', 0, 1, 100);
    const medians = Array.from({ length: 100 }, (_, node) => {
      const answers = Array.from({ length: 41 }, (_unused, at) => world.answer(at * 500, node, 1)).filter((ms) => ms > 0);
      return answers.sort((a, b) => a - b)[answers.length >> 1] as number;
    });
    expect(Math.max(...medians) / Math.min(...medians)).toBeGreaterThan(2);
  });
});

describe('rows', () => {
  test('the form in which probes are recorded, in the order of time, ten a second of each kind', () => {
    const trace = record(worldOf('gc-pause-one-node', 0), horizonMs, new Trace(rowsOf(horizonMs)));
    const rows = [...trace.rows()];
    expect(Object.keys(rows[0] as object)).toEqual(['t_ms', 'node', 'kind', 'ok', 'ms']);
    expect(rows).toHaveLength(420 * 20);
    expect(rows.every(({ t_ms }, at) => Number.isInteger(t_ms) && (at === 0 || t_ms >= (rows[at - 1]?.t_ms as number)))).toBe(true);
    expect(new Set(rows.map(({ node }) => node))).toEqual(new Set(['n1', 'n2', 'n3']));
    for (const kind of ['tls', 'cql'])
      for (const node of ['n1', 'n2', 'n3']) {
        expect(Math.abs(rows.filter((row) => row.kind === kind && row.node === node).length - 1400)).toBeLessThanOrEqual(1);
      }
    expect(rows.every(({ ms, ok }) => ms > 0 && (ok ? ms < TIME_OUT_MS : ms <= TIME_OUT_MS))).toBe(true);
  });

  test('a stale baseline is an hour old, an absent one is none', () => {
    const timesOf = (name: string) => [...record(worldOf(name, 0), horizonMs, new Trace(rowsOf(horizonMs))).rows()].map(({ t_ms }) => t_ms);
    const stale = timesOf('stale-baseline').filter((tMs) => tMs < 0);
    expect(Math.max(...stale)).toBeLessThan(-3_500_000);
    expect(stale).toHaveLength(6000);
    expect(Math.min(...timesOf('no-baseline'))).toBeGreaterThanOrEqual(0);
  });
});

describe('a process that stands still', () => {
  const stopped = new World(healthy(new Draws(1), { stops: [{ node: 1, fromMs: 10_000, lengthMs: 8000 }] }), 1, 3, horizonMs);

  test('is answered after its end, or not within the time-out', () => {
    stopped.rewind();
    expect(stopped.probe(11_000, 1, 'tls')).toEqual({ ok: false, ms: TIME_OUT_MS });
    expect(stopped.probe(15_900, 1, 'cql')).toEqual({ ok: false, ms: TIME_OUT_MS });
    const late = stopped.probe(17_000, 1, 'cql');
    expect(late.ms).toBeGreaterThan(1000);
  });

  test('and no other with it', () => {
    stopped.rewind();
    const answers = Array.from({ length: 60 }, (_, at) => stopped.probe(10_000 + at * 100, 0, 'cql'));
    expect(answers.filter(({ ok }) => !ok).length).toBeLessThan(6);
  });

  test('all at once: no node answers', () => {
    const world = new World(healthy(new Draws(2), { stops: [{ node: ALL, fromMs: 0, lengthMs: 8000 }] }), 2, 3, horizonMs);
    expect([0, 1, 2].map((node) => world.probe(3000, node, 'tls').ok)).toEqual([false, false, false]);
  });
});

describe('chance', () => {
  test('normal numbers have mean 0 and deviation 1', () => {
    const mean = NORMAL.reduce((sum, value) => sum + value, 0) / NORMAL.length;
    const square = NORMAL.reduce((sum, value) => sum + value * value, 0) / NORMAL.length;
    expect(mean).toBeCloseTo(0, 6);
    expect(square).toBeCloseTo(1, 2);
    expect(NORMAL[Math.floor(NORMAL.length * 0.975)]).toBeCloseTo(1.96, 2);
  });

  test('uniform numbers fill their range evenly', () => {
    const draws = new Draws(42);
    const counts = new Array<number>(10).fill(0);
    for (let at = 0; at < 100_000; at += 1) {
      const value = Math.floor(draws.uniform() * 10);
      counts[value] = (counts[value] as number) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});
