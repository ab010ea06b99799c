import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Decider, Decision, LiveDecider } from '../../../bench/decision/decider.ts';
import { FIXED, Judge, type Judged, METHODS } from '../../../bench/decision/judge.ts';
import { kindNamed } from '../../../bench/decision/kinds.ts';
import { watch } from '../../../bench/decision/live.ts';
import { makeWorld } from '../../../bench/decision/make-world.ts';
import { judgeAll } from '../../../bench/decision/pool.ts';
import { figuresOf, foundTable, keptTable, rowsForPrograms } from '../../../bench/decision/summary.ts';
import { add, count, emptyTally, latencyAt, type Tally } from '../../../bench/decision/tally.ts';
import { writeTraces } from '../../../bench/decision/write-traces.ts';
import type { ProbeRow } from '../../../core/decide/measured/probe-row.ts';

const worldOf = (name: string) => makeWorld({ kind: kindNamed(name), index: 0, run: 1, nodes: 3, horizonMs: 60_000 }).world;

/** Wants a rate and decides when told to. */
class Scripted implements LiveDecider {
  readonly rows: ProbeRow[] = [];
  readonly advances: number[] = [];
  readonly #rate: { tls: number; cql: number };
  readonly #decides: (tMs: number) => Decision | null;

  constructor(rate: { tls: number; cql: number }, decides: (tMs: number) => Decision | null = () => null) {
    this.#rate = rate;
    this.#decides = decides;
  }

  offer(row: ProbeRow): void {
    this.rows.push(row);
  }

  advance(tMs: number): Decision | null {
    this.advances.push(tMs);
    return this.#decides(tMs);
  }

  rate(): { tls: number; cql: number } {
    return this.#rate;
  }

  state(): unknown {
    return null;
  }
}

const rollBack = (atMs: number) => (tMs: number) => (tMs >= atMs ? ({ verdict: 'roll-back', scope: [] } as const) : null);

describe('a live watch', () => {
  test('asks what is wanted: fractions too, in the order of time, node after node', () => {
    const decider = new Scripted({ tls: 2.5, cql: 0.2 });
    const watched = watch(worldOf('healthy-calm'), 60_000, decider);
    const tls = decider.rows.filter(({ kind }) => kind === 'tls');
    expect(tls).toHaveLength(900);
    expect(decider.rows.filter(({ kind }) => kind === 'cql')).toHaveLength(72);
    expect(tls.filter(({ node }) => node === 'n2')).toHaveLength(300);
    expect(decider.rows.every(({ t_ms }, at) => at === 0 || t_ms >= (decider.rows[at - 1]?.t_ms as number))).toBe(true);
    expect(watched).toMatchObject({ decision: null, decisionS: null, mostPerSecond: 4 });
    expect(watched.perSecondAfter).toBeCloseTo(2.7, 1);
  });

  test('is over with the decision, which counts when the last answer of its second is there', () => {
    const decider = new Scripted({ tls: 10, cql: 0 }, rollBack(5000));
    const { decisionS } = watch(worldOf('healthy-calm'), 60_000, decider);
    expect(decider.advances.at(-1)).toBe(5000);
    expect(decisionS).toBeGreaterThanOrEqual(5);
    expect(decisionS).toBeLessThan(5.3);
    expect(Math.max(...decider.rows.map(({ t_ms }) => t_ms))).toBeLessThan(5000);
  });

  test('a time-out is waited for', () => {
    const world = worldOf('gc-pause-all-nodes');
    const fromMs = world.scenario.stops[0]?.fromMs as number;
    const stopped = makeWorld({ kind: kindNamed('gc-pause-all-nodes'), index: 0, run: 1, nodes: 3, horizonMs: 900_000 }).world;
    const decider = new Scripted({ tls: 10, cql: 0 }, rollBack(Math.ceil(fromMs / 1000) * 1000 + 2000));
    const { decisionS } = watch(stopped, 900_000, decider);
    expect(decisionS).toBeGreaterThan(Math.ceil(fromMs / 1000) + 3);
  });

  test('the baseline is asked too, a stale one an hour before', () => {
    const decider = new Scripted({ tls: 1, cql: 1 });
    watch(worldOf('stale-baseline'), 60_000, decider);
    const before = decider.rows.filter(({ t_ms }) => t_ms < 0);
    expect(before).toHaveLength(600);
    expect(Math.max(...before.map(({ t_ms }) => t_ms))).toBeLessThan(-3_500_000);
  });

  test.each([Number.NaN, -1, 1e6])('a rate of %d is refused', (tls) => {
    expect(() => watch(worldOf('healthy-calm'), 60_000, new Scripted({ tls, cql: 1 }))).toThrow('probes per second');
  });
});

describe('one world judged', () => {
  const saying = (decision: ReturnType<Decider['replayTrace']>, declaredTo: number[] = []): Judge =>
    new Judge({
      name: 'scripted',
      replayTrace: (_, { graceS }) => {
        declaredTo.push(graceS);
        return decision;
      },
      decideLive: () => new Scripted({ tls: 1, cql: 1 }, rollBack(7000)),
    });
  const judgedAs = (kind: string, decision: ReturnType<Decider['replayTrace']>, live = false) =>
    saying(decision).judge(kindNamed(kind), 0, 1, live);
  const faulty = makeWorld({ kind: kindNamed('one-node-2x'), index: 0, run: 1, nodes: 3, horizonMs: 1_500_000 }).world.scenario.faulty;
  const node = `n${(faulty[0] as number) + 1}`;
  const other = node === 'n1' ? 'n2' : 'n1';

  test('the scope is right when it is exactly the node at fault, and only of a rollback', () => {
    const scopeRight = (verdict: 'roll-back' | 'hold', scope: string[]) =>
      judgedAs('one-node-2x', { verdict, decisionS: 30, scope }).scopeRight;
    expect(scopeRight('roll-back', [node])).toBe(true);
    expect(scopeRight('roll-back', [node, other])).toBe(false);
    expect(scopeRight('roll-back', [other])).toBe(false);
    expect(scopeRight('roll-back', [])).toBe(false);
    expect(scopeRight('hold', [node])).toBe(false);
    expect(judgedAs('latency-2x', { verdict: 'roll-back', decisionS: 30, scope: [] }).scopeRight).toBeNull();
  });

  test('only a rollback has a time; who keeps before the fault is told', () => {
    const at = METHODS.indexOf(FIXED);
    expect(judgedAs('late-2x', { verdict: 'roll-back', decisionS: 300, scope: [] })).toMatchObject({ keptBefore: false });
    expect(judgedAs('late-2x', { verdict: 'roll-back', decisionS: 300, scope: [] }).rollsBackAtS[at]).toBe(300);
    expect(judgedAs('late-2x', { verdict: 'keep', decisionS: 60, scope: [] })).toMatchObject({ keptBefore: true });
    expect(judgedAs('late-2x', { verdict: 'keep', decisionS: 60, scope: [] }).rollsBackAtS[at]).toBeNull();
    expect(judgedAs('healthy-calm', { verdict: 'keep', decisionS: 60, scope: [] }).keptBefore).toBe(false);
  });

  test('the declared grace is told to the decider, and a live watch is only made when wanted', () => {
    const declared: number[] = [];
    const judge = saying({ verdict: 'hold', decisionS: null, scope: [] }, declared);
    const without = judge.judge(kindNamed('restart-warm-up'), 0, 1, false);
    const live = judge.judge(kindNamed('healthy-calm'), 0, 1, true);
    expect(declared).toEqual([240, 0]);
    expect([without.rollsBackAtS.at(-1), without.rate]).toEqual([undefined, null]);
    expect(live.rollsBackAtS.at(-1)).toBeGreaterThanOrEqual(7);
    expect(live.rate).toMatchObject({ before: 2, after: 2, most: 2 });
  });
});

const judged = (onsetS: number | null, atS: number | null | undefined): Judged => ({
  redrawn: 0,
  onsetS,
  rollsBackAtS: METHODS.map(() => atS),
  verdict: atS === null ? 'hold' : 'roll-back',
  keptBefore: false,
  scopeRight: null,
  replayMs: 1,
  rate: null,
});

const tallyOf = (kind: string, all: readonly Judged[]): Tally => {
  const tally = emptyTally(kind);
  for (const one of all) count(tally, one);
  return tally;
};

describe('the tally', () => {
  test('time counts from the onset; a miss is infinite; a rollback before the fault is a miss', () => {
    const tally = tallyOf('late-2x', [judged(100, 130), judged(100, 140), judged(100, 90), judged(100, null)]);
    const method = tally.methods[0] as Tally['methods'][number];
    expect(method).toEqual({ judged: 4, rolledBack: 3, afterS: [30, 40] });
    expect(latencyAt(method, 0.25)).toBe(30);
    expect(latencyAt(method, 0.5)).toBe(40);
    expect(latencyAt(method, 0.95)).toBe(Number.POSITIVE_INFINITY);
    expect(foundTable(new Map([['late-2x', tally]]))).toContain('40/– (50 %)');
  });

  test('what was not run is not counted', () => {
    expect(tallyOf('late-2x', [judged(0, undefined)]).methods[0]).toEqual({ judged: 0, rolledBack: 0, afterS: [] });
  });

  test('two portions add up', () => {
    const one = tallyOf('late-2x', [judged(0, 10)]);
    add(one, tallyOf('late-2x', [judged(0, 20), judged(0, null)]));
    expect(one.worlds).toBe(3);
    expect(one.methods[0]).toEqual({ judged: 3, rolledBack: 2, afterS: [10, 20] });
    expect(one.verdicts).toEqual({ keep: 0, 'roll-back': 2, hold: 1 });
  });

  test('the portions do not depend on how the work is cut', async () => {
    const portion = { kind: 'latency-3x', liveBelow: 1, run: 1 };
    const whole = await judgeAll([{ ...portion, from: 0, to: 4 }], () => undefined);
    const parts = await judgeAll(
      [
        { ...portion, from: 0, to: 2 },
        { ...portion, from: 2, to: 4 },
      ],
      () => undefined,
    );
    const of = (tallies: ReadonlyMap<string, Tally>) =>
      tallies.get('latency-3x')?.methods.map(({ judged: worlds, afterS }) => [worlds, afterS.toSorted((a, b) => a - b)]);
    expect(of(parts)).toEqual(of(whole));
    expect(whole.get('latency-3x')?.methods[0]?.afterS).toHaveLength(4);
  });

  test('what a thread throws ends the bench', async () => {
    await expect(judgeAll([{ kind: 'no-such-kind', from: 0, to: 1, liveBelow: 0, run: 1 }], () => undefined)).rejects.toThrow(
      'no-such-kind',
    );
  });
});

describe('the figures', () => {
  const large = { windowMs: 1, stateKiB: 2 };
  const named = (tallies: ReadonlyMap<string, Tally>, name: string) => figuresOf(tallies, large).find((one) => one.name === name);

  test('false rollbacks: of all, and of the worst kind', () => {
    const wrong = tallyOf('healthy-calm', [judged(null, 60), ...Array.from({ length: 99 }, () => judged(null, null))]);
    const right = tallyOf(
      'ramp-to-1.3x',
      Array.from({ length: 300 }, () => judged(null, null)),
    );
    const tallies = new Map([wrong, right].map((tally) => [tally.kind, tally]));
    expect(named(tallies, 'falsePerThousand')).toMatchObject({ value: 2.5, ok: false });
    expect(named(tallies, 'falsePerThousandWorstKind')).toMatchObject({ value: 10, ok: false });
    expect(named(tallies, 'naiveFalsePercent')).toMatchObject({ value: 1, ok: false });
    expect(keptTable(tallies)).toMatch(/healthy-calm +100 +10 /);
  });

  test('programs get the tables too; no number for what was missed', () => {
    const tallies = new Map([['latency-2x', tallyOf('latency-2x', [judged(0, 20), judged(0, null)])]]);
    expect(rowsForPrograms(tallies)).toMatchObject([
      {
        kind: 'latency-2x',
        group: 'found',
        methods: [
          { method: METHODS[0], worlds: 2, medianS: 20, p95S: null, missedPercent: 50 },
          ...METHODS.slice(1).map((method) => ({ method })),
        ],
      },
    ]);
  });

  test('exactly on a threshold is shown and not counted', () => {
    const apart = tallyOf('tls-failures-exactly-10', [judged(null, 60)]);
    const kept = tallyOf('healthy-calm', [judged(null, null)]);
    const tallies = new Map([apart, kept].map((tally) => [tally.kind, tally]));
    expect(named(tallies, 'falsePerThousand')).toMatchObject({ value: 0, ok: true });
    expect(keptTable(tallies)).toContain('(tls-failures-exactly-10)');
  });

  test('a missed fault makes a p95 infinite, and a scope is of the found ones', () => {
    const tallies = new Map([
      ['latency-2x', tallyOf('latency-2x', [judged(0, 20), judged(0, null)])],
      [
        'one-node-2x',
        tallyOf('one-node-2x', [{ ...judged(0, 20), scopeRight: true }, { ...judged(0, 20), scopeRight: false }, judged(0, null)]),
      ],
    ]);
    expect(named(tallies, 'latency2xP95S')).toMatchObject({ value: Number.POSITIVE_INFINITY, ok: false });
    expect(named(tallies, 'oneNodeFoundPercent')?.value).toBeCloseTo(66.7, 1);
    expect(named(tallies, 'oneNodeScopePercent')?.value).toBe(50);
    expect(named(tallies, 'falsePerThousand')).toBeUndefined();
  });

  test('the speed is that of the slower fault', () => {
    const times = (ours: number, theirs: number): Judged => ({
      ...judged(0, ours),
      rollsBackAtS: METHODS.map((name) => (name === 'Argo, limit 3' || name === 'Kayenta, 5 points' ? theirs : ours)),
    });
    const tallies = new Map([
      ['latency-2x', tallyOf('latency-2x', [times(20, 240)])],
      ['tls-failures-20', tallyOf('tls-failures-20', [times(40, 240)])],
    ]);
    expect(named(tallies, 'speedupArgo')).toMatchObject({ value: 6, ok: true });
    expect(named(tallies, 'speedupKayenta')).toMatchObject({ value: 6, ok: false });
  });
});

test('traces are written as JSON lines, with what is true of them beside', () => {
  const folder = mkdtempSync(join(tmpdir(), 'traces-'));
  try {
    expect(writeTraces(folder, ['one-node-tls', 'restart-warm-up'], 2, 1)).toBe(4);
    expect(readdirSync(folder).sort()).toEqual([
      'index.json',
      'one-node-tls-0.jsonl',
      'one-node-tls-1.jsonl',
      'restart-warm-up-0.jsonl',
      'restart-warm-up-1.jsonl',
    ]);
    const rows = readFileSync(join(folder, 'one-node-tls-0.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ProbeRow);
    expect(rows).toHaveLength(36_000);
    const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
      trace: string;
      scope: string[];
      graceS: number;
      must: string;
    }[];
    const [first] = index;
    expect(first).toMatchObject({ trace: 'one-node-tls-0.jsonl', must: 'found', graceS: 0 });
    const failing = rows.filter(({ t_ms, node, kind }) => t_ms >= 0 && kind === 'tls' && node === first?.scope[0]);
    expect(failing.filter(({ ok }) => !ok).length / failing.length).toBeGreaterThan(0.15);
    expect(index.find(({ trace }) => trace === 'restart-warm-up-1.jsonl')).toMatchObject({ graceS: 240, scope: [], must: 'kept' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
