import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limitsInForce } from '../../../core/decide/limits-in-force.ts';
import { type WindowSummary, withWindow } from '../../../core/decide/window-summary.ts';
import { registration } from '../../fixtures/ring.ts';

const outcome = fc.constantFrom('good', 'bad', 'unclear') satisfies fc.Arbitrary<WindowSummary['outcome']>;
const runs = fc.array(fc.record({ outcome, unreachable: fc.boolean(), length: fc.integer({ min: 1, max: 30 }) }), { maxLength: 8 });
const unfold = (of: readonly { outcome: WindowSummary['outcome']; unreachable: boolean; length: number }[]): WindowSummary[] =>
  of
    .flatMap(({ length, ...one }) => Array.from({ length }, () => one))
    .map(({ outcome: is, unreachable }, i) => ({ window: i, at: i * 5000, outcome: is, ...(unreachable && { unreachable }) }));

test('a day of windows takes no more room than its changes do', () => {
  const day = unfold([{ outcome: 'good', unreachable: false, length: 17_280 }]).reduce(withWindow, [] as WindowSummary[]);
  expect(day.map(({ window }) => window)).toEqual([0, 1, 17_279]);
});

test('every deadline counts from the shortened list as from the whole one', () => {
  const since = (windows: readonly WindowSummary[]) => limitsInForce(windows, registration.limits, 0, null);
  fc.assert(
    fc.property(runs, (of) => {
      const windows = unfold(of);
      const kept = windows.reduce(withWindow, [] as WindowSummary[]);
      expect(since(kept)).toEqual(since(windows));
      expect(kept.at(-1)).toEqual(windows.at(-1));
      expect(kept.length).toBeLessThanOrEqual(3 * of.length);
    }),
  );
});
