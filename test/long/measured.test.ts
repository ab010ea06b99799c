/**
 * The triggers that are measured, with production's thresholds, each fired and each a little below; what comes and goes; and what looks like a fault and
 * is innocent. The certificate is good in every case, so nothing but measurements can speak against it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLoad } from '../../stand/load/load.ts';
import { freeze, sabotage } from '../../stand/saboteur/sabotage.ts';
import { GENTLE, type ProbedStand, probedStand } from '../ring/measured/probed.ts';

let probed: ProbedStand;
beforeAll(async () => {
  probed = await probedStand();
});
afterAll(() => probed.end());

/** Longer than the watch. */
const ALL_ALONG = 290;

describe('above the threshold: the node that it is about goes back, and no other', () => {
  test.each([
    ['slow', 'its client port answers in more than 1.5 times the usual time', 30],
    ['refuse', '20 % of the handshakes with it fail, above 10 %', 20],
    ['fail', '50 % of the requests to it fail, above 20 points', 50],
  ] as const)('%s: %s', async (whose, _, amount) => {
    const { report } = await probed.deployWhile(whose, () => sabotage(probed.node, whose, ALL_ALONG, amount));
    expect([report.verdict.verdict, report.verdict.nodes]).toEqual(['roll-back', [probed.node.node]]);
    expect(report.verdict.vantagePoints.toSorted()).toEqual(['client', 'peer']);
    expect(report.verdict.reason).toContain('95 % interval');
  });
});

describe('below it: nothing goes back', () => {
  test.each([
    ['slow', 'its client port answers in less than 1.5 times the usual time', 1],
    ['refuse', '7 % of the handshakes with it fail', 7],
    ['fail', '12 % of the requests to it fail', 12],
  ] as const)('%s: %s', async (whose, _, amount) => {
    const { report } = await probed.deployWhile(`below-${whose}`, () => sabotage(probed.node, whose, ALL_ALONG, amount));
    expect(report.verdict.verdict).not.toBe('roll-back');
  });
});

test('flapping: slow for 15 s, well for 15 s, again and again: it is never kept', async () => {
  const { report } = await probed.deployWhile('flapping', async () => {
    for (let i = 0; i < 6; i++) {
      await sabotage(probed.node, 'slow', 15, 30);
      await pause(30_000);
    }
  });
  expect(report.verdict.verdict).not.toBe('keep');
  expect([[], [probed.node.node]]).toContainEqual(report.verdict.nodes);
});

describe('what is innocent is kept', () => {
  test.each([
    ['quiet', 'nothing happens but the load', async () => undefined],
    ['pause', 'the process stands still for 8 s, as in a long collection', async () => pause(12_000).then(() => freeze(probed.node, 8))],
    [
      'batch',
      'a batch job doubles the load of the whole ring',
      async () => {
        const batch = await startLoad(probed.stand.ring, GENTLE);
        await pause(60_000);
        await batch.stop();
      },
    ],
  ])('%s: %s', async (whose, _, meanwhile) => {
    const { report } = await probed.deployWhile(whose, meanwhile);
    expect([report.verdict.verdict, report.verdict.nodes]).toEqual(['keep', []]);
  });
});
