/** What probes measure rolls back by itself, once the node's peers see it too. The certificate is good: nothing else speaks against it. More in test/long. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sabotage } from '../../../stand/saboteur/sabotage.ts';
import { type ProbedStand, probedStand } from './probed.ts';

let probed: ProbedStand;
beforeAll(async () => {
  probed = await probedStand();
});
afterAll(() => probed.end());

test('a node whose client port answers in more than twice the usual time goes back, and no other', async () => {
  const { report } = await probed.deployWhile('slow', () => sabotage(probed.node, 'slow', 200, 30));
  expect([report.verdict.verdict, report.verdict.nodes]).toEqual(['roll-back', [probed.node.node]]);
  expect(report.verdict.vantagePoints.toSorted()).toEqual(['client', 'peer']);
  expect(report.verdict.reason).toContain('95 % interval');
  expect(report.outcome).toBe('rolled-back');
});
