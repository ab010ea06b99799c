/** The fold: the same rows give the same bytes, live and in a replay, in any order, through JSON; small and fast. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { learnBaseline } from '../../../../core/decide/measured/baseline.ts';
import { accused, conclude } from '../../../../core/decide/measured/conclude.ts';
import { fold } from '../../../../core/decide/measured/fold.ts';
import { type MeasuredPolicy, PRODUCTION, readMeasuredPolicy } from '../../../../core/decide/measured/policy.ts';
import type { ProbeRow } from '../../../../core/decide/measured/probe-row.ts';
import { decideLive, replayTrace } from '../../../../core/decide/measured/replay.ts';
import { type MeasuredState, start } from '../../../../core/decide/measured/state.ts';
import { WindowBuilder } from '../../../../core/decide/measured/window-builder.ts';
import { type Planted, STYLES, traceOf, World } from './traces.ts';

const swaying = STYLES.swaying as never;
const everyone = (): boolean => true;

function windowsOf(rows: readonly ProbeRow[], policy: MeasuredPolicy = PRODUCTION) {
  const builder = new WindowBuilder(policy.timeoutMs, policy.horizonS);
  for (const row of rows) builder.add(row);
  const before = builder.takeUntil(0);
  return { before, after: builder.takeUntil(policy.horizonS) };
}

function folded(rows: readonly ProbeRow[], through: (state: MeasuredState) => MeasuredState = (state) => state): MeasuredState {
  const { before, after } = windowsOf(rows);
  return after.reduce((state, window) => fold(through(state), window), start(PRODUCTION, {}, learnBaseline(before, everyone)));
}

const short: Planted = { baseline: [-90, 0], lengthS: 40 };

test('property: rows of a window in any order, and some of them twice, give the same state', () => {
  const rows = traceOf(1, swaying, short);
  const expected = JSON.stringify(folded(rows));
  fc.assert(
    fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), fc.subarray(rows), (shuffled, twice) => {
      expect(JSON.stringify(folded([...shuffled, ...twice]))).toBe(expected);
    }),
    { numRuns: 15 },
  );
});

test('a state goes through JSON at any moment and comes back the same', () => {
  const rows = traceOf(2, swaying, { ...short, slower: (t) => (t > 10 ? Math.log(2) : 0) });
  expect(folded(rows, (state) => JSON.parse(JSON.stringify(state)) as MeasuredState)).toEqual(folded(rows));
});

test('a fold changes nothing but what it returns', () => {
  const { before, after } = windowsOf(traceOf(3, swaying, short));
  const state = start(PRODUCTION, {}, learnBaseline(before, everyone));
  const text = JSON.stringify(state);
  fold(state, after[0] as never);
  expect(JSON.stringify(state)).toBe(text);
});

test('a window that was folded already, or one that is none, changes nothing', () => {
  const { before, after } = windowsOf(traceOf(3, swaying, short));
  const state = after.reduce(fold, start(PRODUCTION, {}, learnBaseline(before, everyone)));
  expect(fold(state, after[5] as never)).toBe(state);
  expect(fold(state, { fromS: 50, toS: 50, nodes: [] })).toBe(state);
});

test('golden: a trace twice gives equal bytes; so does a second one live', () => {
  const planted: Planted = { lengthS: 300, baseline: [-200, 0], tlsFails: (t) => (t >= 60 ? 0.3 : 0) };
  const rows = traceOf(4, swaying, planted);
  const once = replayTrace(rows);
  expect(JSON.stringify(replayTrace(traceOf(4, swaying, planted)))).toBe(JSON.stringify(once));
  const live = decideLive();
  for (const row of rows) if (row.t_ms < 0) live.offer(row);
  let decided = null;
  for (let t = 0; t < 300 && decided === null; t++) {
    for (const row of rows) if (Math.floor(row.t_ms / 1000) === t) live.offer(row);
    decided = live.advance((t + 1) * 1000);
  }
  expect(decided).toEqual(once);
});

test('a row that comes late counts where it comes; a slow probe is not lost', () => {
  const live = decideLive();
  for (const row of traceOf(5, swaying, { baseline: [-90, 0], lengthS: 0 })) live.offer(row);
  live.advance(5000);
  live.offer({ t_ms: 1000, node: 'n1', kind: 'tls', ok: false, ms: 0 });
  live.advance(6000);
  expect(live.state()?.nodes[0]?.open?.tls.failed).toBe(1);
});

function hundredNodes(planted: Planted): { slowestMs: number; largest: number } {
  const world = new World(6, swaying, { nodes: 100, ...planted });
  const builder = new WindowBuilder(5000, 900);
  for (let t = -120; t < 0; t++) world.second(t, 100, (row) => void builder.add(row));
  let state = start(PRODUCTION, {}, learnBaseline(builder.takeUntil(0), everyone));
  const times: number[] = [];
  let largest = 0;
  for (let t = 0; t < 150; t++) {
    world.second(t, 100, (row) => void builder.add(row));
    const [window] = builder.takeUntil(t + 1);
    const began = process.cpuUsage();
    state = fold(state, window as never);
    conclude(state, t + 1);
    const { user, system } = process.cpuUsage(began);
    times.push((user + system) / 1000);
    largest = Math.max(largest, JSON.stringify(state).length);
    if (accused(state)) break;
  }
  // Of the processor's time, and the median: other work on this machine is not ours.
  return { slowestMs: times.toSorted((a, b) => a - b)[times.length >> 1] as number, largest };
}

test('a hundred nodes: a window is judged within 5 ms, and the state stays below 64 KiB, healthy or all of them bad', () => {
  const healthy = hundredNodes({});
  const bad = hundredNodes({ slower: () => Math.log(1.45), tlsFails: () => 0.09, cqlFails: () => 0.15 });
  for (const { slowestMs, largest } of [healthy, bad]) {
    expect(slowestMs).toBeLessThan(5);
    expect(largest).toBeLessThan(65_536);
  }
}, 30_000);

test('property: whatever numbers come, the verdict is one of three, its figures are finite, and NaN never keeps', () => {
  const row = fc.record({
    t_ms: fc.oneof(fc.integer({ min: -200_000, max: 400_000 }), fc.constantFrom(Number.NaN, 1e15, -1e15, Number.POSITIVE_INFINITY, 0.5)),
    node: fc.constantFrom('n1', 'n2', '', 'constructor', '10.0.1.7'),
    kind: fc.constantFrom('tls', 'cql', 'x'),
    ok: fc.boolean(),
    ms: fc.oneof(fc.double(), fc.constantFrom(0, 5, 1e9, -1, Number.NaN)),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 400 }), (rows) => {
      const replay = replayTrace(rows as ProbeRow[]);
      expect(['roll-back', 'hold']).toContain(replay.verdict);
      expect(JSON.stringify(replay)).not.toMatch(/NaN|Infinity|undefined/);
      for (const { log10Wealth } of replay.accounts) expect(Number.isFinite(log10Wealth)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('a state whose wealth is no number is held, never kept', () => {
  const state = { ...folded(traceOf(7, swaying, { baseline: [-200, 0], lengthS: 250 })), lnScore: Number.NaN };
  expect(conclude(state, 899, true)).toMatchObject({ decision: 'decided', verdict: { verdict: 'hold' } });
});

test('a policy decides what counts: grace ignores what comes in it, and then ends', () => {
  const rows = traceOf(8, swaying, { baseline: [-200, 0], lengthS: 250, tlsFails: () => 0.6 });
  const at = (policy: object): number => replayTrace(rows, readMeasuredPolicy(policy)).decisionS ?? Number.NaN;
  const plain = at({});
  expect(plain).toBeLessThan(40);
  expect(at({ graceS: 60 })).toBeGreaterThan(60);
  expect(at({ graceS: 60, warmUpS: 30 })).toBeGreaterThan(90);
  expect(at({ graceS: 60, warmUpS: 30 })).toBeLessThan(90 + plain + 20);
});
