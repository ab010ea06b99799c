/** A sample of the random histories, and each planted bug. All of them: `npm run bench -- histories`. */
import { expect, test } from 'vitest';
import { LEAST_EVENTS } from '../../../bench/histories/history.ts';
import { BUGS, type Bug } from '../../../bench/histories/node.ts';
import { play } from '../../../bench/histories/worker.ts';

const RUN = 7;

test('2,000 histories violate no invariant, each with all its events, and the same seed gives the same ones', () => {
  const played = play({ from: 0, to: 2000, run: RUN, bug: null });
  expect(played.violations).toEqual([]);
  expect(played.least).toBeGreaterThanOrEqual(LEAST_EVENTS);
  expect(play({ from: 0, to: 300, run: RUN, bug: null }).sum).toBe(play({ from: 0, to: 300, run: RUN, bug: null }).sum);
  expect(play({ from: 0, to: 300, run: RUN + 1, bug: null }).sum).not.toBe(play({ from: 0, to: 300, run: RUN, bug: null }).sum);
});

/** By which invariant each is found. */
const FOUND_BY: Readonly<Record<Bug, string>> = {
  'no-fence-on-node': 'I5',
  'no-fence-of-all': 'I3',
  'starts-mixture': 'I7',
  'survey-forgotten': 'I3',
  'goes-on-after-cancel': 'I13',
  'claims-without-proof': 'I2',
  'tries-for-ever': 'I12',
  'touches-what-is-back': 'I6',
  'forgets-who-is-left': 'I7',
};

test.each(BUGS)('the planted bug "%s" is found', (bug) => {
  const found = new Set<string>();
  for (let from = 0; from < 30_000 && !found.has(FOUND_BY[bug]); from += 500)
    for (const { invariant } of play({ from, to: from + 500, run: RUN, bug }).violations) found.add(invariant);
  expect([...found]).toContain(FOUND_BY[bug]);
});
