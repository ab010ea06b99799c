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

async function goesBack(whose: 'slow' | 'refuse', amount: number): Promise<void> {
  const { report } = await probed.deployWhile(whose, () => sabotage(probed.node, whose, ALL_ALONG, amount));
  expect([report.verdict.verdict, report.verdict.nodes]).toEqual(['roll-back', [probed.node.node]]);
  expect(report.verdict.vantagePoints.toSorted()).toEqual(['client', 'peer']);
  expect(report.verdict.reason).toContain('95 % interval');
}

async function doesNotGoBack(whose: 'slow' | 'refuse' | 'fail', amount: number): Promise<void> {
  const { report } = await probed.deployWhile(`below-${whose}`, () => sabotage(probed.node, whose, ALL_ALONG, amount));
  expect(report.verdict.verdict).not.toBe('roll-back');
}

describe('above its threshold the node goes back that it is about, and no other', () => {
  test('handshakes: 20 % of them fail, above 10 %', () => goesBack('refuse', 20));
  test('response time: more than 1.5 times the usual', () => goesBack('slow', 30));
  // A connection that is cut right after its handshake is also proof for whoever dials it: which of the two comes first is chance.
  test('errors: 50 % of the fresh connections are cut after their handshake, above 20 points', async () => {
    const { report } = await probed.deployWhile('fail', () => sabotage(probed.node, 'fail', ALL_ALONG, 50));
    expect([report.verdict.verdict, report.verdict.nodes]).toEqual(['roll-back', [probed.node.node]]);
    expect(report.verdict.vantagePoints.length).toBeGreaterThan(1);
  });
});

describe('below its threshold nothing goes back', () => {
  test('handshakes: 7 % of them fail', () => doesNotGoBack('refuse', 7));
  test('response time: less than 1.5 times the usual', () => doesNotGoBack('slow', 1));
  test('errors: 12 % of the requests fail', () => doesNotGoBack('fail', 12));
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
