import { expect, test } from 'vitest';
import { hardlyHappened } from '../fixtures/interleavings.ts';

const RUNS = 100_000;

test('100,000 interleavings of voters, a liar, rival deciders, newer executions and a faulty table break no rule', {
  timeout: 600_000,
}, () => {
  expect(hardlyHappened(RUNS)).toEqual([]);
});
