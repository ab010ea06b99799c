import { expect, test } from 'vitest';
import { hardlyHappened } from '../../fixtures/interleavings.ts';

const RUNS = 2000;

test('interleavings: one verdict an epoch, none of an old epoch, none on one kind’s word, none caused or prevented by a liar or a silent voter', {
  timeout: 60_000,
}, () => {
  expect(hardlyHappened(RUNS)).toEqual([]);
});
