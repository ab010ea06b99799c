/**
 * What probes measure, on the ring under load: a slow node, handshakes that fail now and then, both coming and going; and what looks like it and is
 * innocent. The certificate is good in every case, so nothing but measurements can speak against it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../core/report/model.ts';
import { heal } from '../../../stand/heal.ts';
import { startLoad } from '../../../stand/load/load.ts';
import type { RingNode } from '../../../stand/ring/topology.ts';
import { freeze, sabotage } from '../../../stand/saboteur/sabotage.ts';
import { registerAs } from '../registered.ts';
import { deployUpToCompleted, makeWhole, sendCompleted, type TestStand, tell, theStand, timelineOf, waitForReport } from '../stand.ts';

let stand: TestStand;
let node: RingNode;
let load: Awaited<ReturnType<typeof startLoad>>;
let registerAgain = async (): Promise<void> => undefined;

/** The ring, its load and its prober share two processors: what fills them is slow for everybody, and hides what is slow for one. */
const GENTLE = { rate: 40, probeEveryMs: 2000 };

beforeAll(async () => {
  stand = await theStand();
  node = stand.ring.nodes.at(-1) as RingNode;
  await makeWhole(stand);
  registerAgain = await registerAs(stand, (before) => ({
    ...before,
    limits: { ...before.limits, soakSeconds: 45, windowSeconds: 5, nodeLookSeconds: 60, verificationSeconds: 240, performanceSeconds: 240 },
    profile: {
      ...before.profile,
      measured: {
        // Production's thresholds and error rate; the times are a stand's, and so is the burst: the ring and its prober share two processors.
        probes: 'required',
        beforeSeconds: 45,
        soakS: 45,
        watchS: 45,
        horizonS: 240,
        probing: { calmPerNode: 3, burstPerNode: 3, most: 9 },
      },
    },
  }));
  load = await startLoad(stand.ring, GENTLE);
});
afterAll(async () => {
  await load.stop().catch(() => undefined);
  await registerAgain();
  await heal(stand.ring, stand.ring.nodes, tell);
});

/** A good renewal of one node, and what happens meanwhile. */
async function deployWhile(whose: string, meanwhile: () => Promise<unknown>): Promise<{ report: Report; seconds: number }> {
  await makeWhole(stand);
  const deployment = await deployUpToCompleted(stand, 'none', whose, [node]);
  const since = Date.now();
  const happening = meanwhile();
  await sendCompleted(deployment);
  const report = await waitForReport(stand, deployment.id, 290_000);
  const seconds = Math.round((report.verdict.decidedAt - since) / 100) / 10;
  tell(`${whose.padEnd(9)} ${report.verdict.verdict} after ${seconds} s: ${report.verdict.reason}`);
  for (const { what } of (await timelineOf(stand, deployment.id)).filter(({ area }) => area === 'decide')) tell(`  ${what}`);
  await happening;
  return { report, seconds };
}

describe('measurements roll back the node that they are about, and no other', () => {
  test.each([
    ['slow', 'its client port answers in more than twice the usual time', () => sabotage(node, 'slow', 200, 30), 120],
    // Three probes a second and no burst: a fifth is told from a tenth after minutes.
    ['refuse', '20 % of the handshakes with it fail', () => sabotage(node, 'refuse', 230, 20), 235],
  ] as const)('%s: %s', async (whose, _, meanwhile, within) => {
    const { report, seconds } = await deployWhile(whose, meanwhile);
    expect([report.verdict.verdict, report.verdict.nodes]).toEqual(['roll-back', [node.node]]);
    expect(report.verdict.vantagePoints.toSorted()).toEqual(['client', 'peer']);
    expect(report.verdict.reason).toContain('95 % interval');
    expect(seconds).toBeLessThan(within);
  });

  test('flapping: slow for 15 s, well for 15 s, again and again: it is never kept', async () => {
    const { report } = await deployWhile('flapping', async () => {
      for (let i = 0; i < 6; i++) {
        await sabotage(node, 'slow', 15, 30);
        await pause(30_000);
      }
    });
    expect(report.verdict.verdict).not.toBe('keep');
    expect([[], [node.node]]).toContainEqual(report.verdict.nodes);
  });
});

describe('what is innocent is kept', () => {
  test.each([
    ['quiet', 'nothing happens but the load', async () => undefined],
    ['pause', 'the process stands still for 8 s, as in a long collection', async () => pause(12_000).then(() => freeze(node, 8))],
    [
      'batch',
      'a batch job doubles the load of the whole ring',
      async () => {
        const batch = await startLoad(stand.ring, GENTLE);
        await pause(60_000);
        await batch.stop();
      },
    ],
  ])('%s: %s', async (whose, _, meanwhile) => {
    const { report } = await deployWhile(whose, meanwhile);
    expect([report.verdict.verdict, report.verdict.nodes]).toEqual(['keep', []]);
  });
});
