import { expect, test } from 'vitest';
import { interleave, seen } from '../fixtures/interleavings.ts';

const RUNS = 100_000;
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000_000);

test('100,000 interleavings of voters, a liar, rival deciders, newer executions and a faulty table break no rule', {
  timeout: 600_000,
}, () => {
  interleave(RUNS, SEED);
  console.info(`seed ${SEED}, ${RUNS} interleavings: ${JSON.stringify(seen)}`);
  expect(
    Object.entries(seen).filter(([, count]) => count < RUNS / 100),
    'kinds of event that hardly happened',
  ).toEqual([]);
});
