/** Live probing goes from stretch to stretch, by functions that end in between: nothing may be lost, judged twice, or judged otherwise than in a replay. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { measuredEvidence } from '../../../../core/decide/measured/measured-evidence.ts';
import { PRODUCTION } from '../../../../core/decide/measured/policy.ts';
import type { ProbeRow } from '../../../../core/decide/measured/probe-row.ts';
import { replayTrace } from '../../../../core/decide/measured/replay.ts';
import type { MeasuredState } from '../../../../core/decide/measured/state.ts';
import { beginWatch, Stretch } from '../../../../core/decide/measured/stretch.ts';
import { type Planted, STYLES, traceOf } from './traces.ts';

const calm = STYLES.calm as never;
const DEPLOYED = ['n1', 'n2', 'n3'];
const through = (state: MeasuredState): MeasuredState => JSON.parse(JSON.stringify(state)) as MeasuredState;

/** Probes in stretches that end at these seconds, each from the stored state of the one before; and the rows that were judged. */
function probed(
  trace: readonly ProbeRow[],
  ends: readonly number[],
  deployed = DEPLOYED,
): { state: MeasuredState; judged: ProbeRow[]; accusedS: number | null } {
  const before = trace.filter(({ t_ms }) => t_ms < 0);
  const after = trace.filter(({ t_ms }) => t_ms >= 0).toSorted((a, b) => a.t_ms - b.t_ms);
  let state = beginWatch(PRODUCTION, deployed, before);
  let accusedS: number | null = null;
  const judged = [...before];
  let next = 0;
  for (const endS of ends) {
    const stretch = new Stretch(through(state));
    for (; next < after.length && (after[next] as ProbeRow).t_ms < endS * 1000; next++) {
      const row = after[next] as ProbeRow;
      if (stretch.offer(row)) judged.push(row);
      if (stretch.advance(row.t_ms)) accusedS ??= row.t_ms / 1000;
    }
    state = stretch.end();
  }
  return { state, judged, accusedS };
}

test('property: stretches of whole seconds give the very state of one stretch', () => {
  const trace = traceOf(3, calm, { baseline: [-90, 0], lengthS: 60, slower: (t, node) => (t > 20 && node === 1 ? 0.8 : 0) });
  const whole = JSON.stringify(probed(trace, [60]).state);
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 59 }), { maxLength: 12 }), (cuts) => {
      expect(JSON.stringify(probed(trace, [...cuts.toSorted((a, b) => a - b), 60]).state)).toBe(whole);
    }),
    { numRuns: 20 },
  );
});

test('property: wherever stretches end, no probe is judged twice, and the trace of what was judged replays to the same evidence', () => {
  const trace = traceOf(5, calm, { baseline: [-90, 0], lengthS: 60, tlsFails: (_, node) => (node === 2 ? 0.3 : 0) });
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.5, max: 59, noNaN: true }), { maxLength: 8 }), (cuts) => {
      const { state, judged } = probed(trace, [...cuts.toSorted((a, b) => a - b), 60]);
      expect(new Set(judged.map((row) => JSON.stringify(row))).size).toBe(judged.length);
      let replayed: MeasuredState | undefined;
      replayTrace(judged, PRODUCTION, { deployed: DEPLOYED }, (one) => {
        replayed ??= one;
        if (one.untilS <= state.untilS) replayed = one;
      });
      // The replay stops at its verdict; until then both are one.
      expect(replayed?.lnScore).toBeCloseTo(state.untilS === replayed?.untilS ? state.lnScore : (replayed?.lnScore ?? 0), 6);
    }),
    { numRuns: 20 },
  );
});

const half = (planted: Planted) => traceOf(7, calm, { baseline: [-90, 0], lengthS: 240, ...planted });

test('one node twice as slow is accused, alone, within the pause in which it shows', () => {
  const { state, accusedS } = probed(half({ slower: (t, node) => (t > 5 && node === 0 ? Math.log(2) : 0) }), [5, 10, 15, 20, 40, 80, 160]);
  expect(measuredEvidence(state, 'required', 160)).toMatchObject({ accused: ['n1'] });
  expect(measuredEvidence(state, 'required', 160).because).toContain('95 % interval');
  expect(accusedS).toBeLessThan(100);
});

test('a good deployment is shown to be well, and nothing is open for "keep" after its soak', () => {
  const { state } = probed(half({}), [50, 100, 150, 200]);
  expect(measuredEvidence(state, 'required', 200)).toMatchObject({ accused: [], open: [], notices: [] });
  expect(measuredEvidence(state, 'required', 60).open.join()).toContain('soak of 180 s');
});

test('without any probe of before, failures still accuse; times are not judged for "keep", and that is told', () => {
  const blind = half({ tlsFails: (_, node) => (node === 1 ? 0.3 : 0) }).filter(({ t_ms }) => t_ms >= 0);
  expect(measuredEvidence(probed(blind, [120]).state, 'required', 120)).toMatchObject({ accused: ['n2'] });
  const good = half({}).filter(({ t_ms }) => t_ms >= 0);
  const seen = measuredEvidence(probed(good, [200]).state, 'required', 200);
  expect([seen.open, seen.accused]).toEqual([[], []]);
  expect(seen.notices.join()).toContain('nothing was probed before');
});

test('silence is no evidence: nothing probed, or a node that is seen no more, keeps "keep" open', () => {
  expect(measuredEvidence(null, 'required', 300)).toMatchObject({ accused: [], open: ['nothing was probed'] });
  const silent = half({}).filter(({ t_ms, node }) => t_ms < 100_000 || node !== 'n2');
  expect(measuredEvidence(probed(silent, [200]).state, 'required', 200).open.join()).toContain('n2: tls probes: none for');
});

test('a node that was not deployed to is never accused', () => {
  const { state } = probed(half({ slower: (_, node) => (node === 2 ? Math.log(3) : 0) }), [200], ['n1', 'n2']);
  expect(measuredEvidence(state, 'required', 200).accused).toEqual([]);
});
