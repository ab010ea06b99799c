import { expect, test } from 'vitest';
import { interleave, seen } from '../../fixtures/interleavings.ts';

const RUNS = 2000;
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000_000);

test('interleavings: one verdict an epoch, none of an old epoch, none on one kind’s word, none caused or prevented by a liar or a silent voter', {
  timeout: 60_000,
}, () => {
  interleave(RUNS, SEED);
  console.info(`seed ${SEED}, ${RUNS} interleavings: ${JSON.stringify(seen)}`);
  expect(
    Object.entries(seen).filter(([, count]) => count < RUNS / 100),
    'kinds of event that hardly happened',
  ).toEqual([]);
});
