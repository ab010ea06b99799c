/** The checks of performance on the ring, green and red: a CPU burner, a leak, a throttle; and clients that do not come back. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../core/report/model.ts';
import { median } from '../../../core/statistics/statistics.ts';
import { askOptions } from '../../../stand/cql-probe.ts';
import { heal } from '../../../stand/heal.ts';
import { startLoad } from '../../../stand/load/load.ts';
import { CLIENT, clientCredentials } from '../../../stand/pki/material.ts';
import { CLIENT_PORT, type RingNode } from '../../../stand/ring/topology.ts';
import { sabotage, throttle } from '../../../stand/saboteur/sabotage.ts';
import { registerAs } from '../registered.ts';
import { CLUSTER, deployUpToCompleted, makeWhole, sendCompleted, type TestStand, tell, theStand, waitForReport } from '../stand.ts';

let stand: TestStand;
let node: RingNode;
let load: Awaited<ReturnType<typeof startLoad>>;
let registerAgain = async (): Promise<void> => undefined;
/** What changes shows as well under few queries, and those of the ring, its looks and this load share two processors. */
const GENTLE = { rate: 40, probeEveryMs: 2000 };
/** Looks that a soak must have room for: three windows between four, and collections for a trend; and a pause between them, seconds. */
const LOOKS = 7;
const BETWEEN_LOOKS = 2;
/** The longest leaves a test its time for the rest of a deployment. */
const SOAK = { least: 60, most: 170 };
/** Long enough for windows and collections from which a trend can be told, on this machine as it is now. */
let soakSeconds: number;
beforeAll(async () => {
  stand = await theStand();
  node = stand.ring.nodes.at(-1) as RingNode;
  await makeWhole(stand);
  load = await startLoad(stand.ring, GENTLE);
  // As many watches with the load on as are kept: what is usual before a deployment, and nothing of other tests.
  const looks: number[] = [];
  const connections: number[] = [];
  const credentials = await clientCredentials(stand.ring.pki, CLIENT);
  for (let i = 0; i < 6; i += 1) {
    await pause(3000);
    const began = performance.now();
    let looking = true;
    const look = stand.installation.answer('watch-cluster', { cluster: CLUSTER }).finally(() => {
      looking = false;
    });
    while (looking) {
      const { ok, ms } = await askOptions(node.address, CLIENT_PORT, credentials);
      if (ok) connections.push(ms);
      await pause(250);
    }
    await look;
    looks.push((performance.now() - began) / 1000);
  }
  const [lookSeconds, besideLooks] = [median(looks), median(connections)];
  soakSeconds = Math.ceil(Math.min(SOAK.most, Math.max(SOAK.least, LOOKS * (BETWEEN_LOOKS + lookSeconds))));
  // The 100 ms of the user story are of nodes with processors of their own; here three share two with load and looks, and so
  // does the function that dials them, which takes three to five times as long as this bare connection (68 ms beside 21 ms, 81 beside 16).
  const connectionMs = Math.max(100, 8 * besideLooks);
  tell(
    `a look takes ${lookSeconds.toFixed(1)} s here: a soak of ${soakSeconds} s; a connection beside it ${besideLooks.toFixed(0)} ms: below ${connectionMs.toFixed(0)} ms`,
  );
  registerAgain = await registerAs(stand, (before) => ({
    ...before,
    limits: { ...before.limits, soakSeconds, windowSeconds: 2, nodeLookSeconds: BETWEEN_LOOKS, connectionMs },
  }));
});
afterAll(async () => {
  await load.stop().catch(() => undefined);
  await registerAgain();
  await heal(stand.ring, stand.ring.nodes, tell);
});

/** A good renewal of one node, with something else going wrong meanwhile; what its last window says of performance. */
async function deployWhile(whose: string, harm: () => Promise<void>): Promise<{ report: Report; outcomeOf: (check: string) => string }> {
  const deployment = await deployUpToCompleted(stand, 'none', whose, [node]);
  const harmed = harm();
  await sendCompleted(deployment);
  const report = await waitForReport(stand, deployment.id);
  await harmed;
  const last = report.verifications.toSorted((a, b) => a.window - b.window).at(-1);
  const checks = last?.nodes.find((one) => one.node === node.node)?.checks.filter(({ advisory }) => advisory) ?? [];
  for (const { check, outcome, summary } of checks) tell(`${whose.padEnd(10)} ${check.padEnd(20)} ${outcome.padEnd(8)} ${summary}`);
  return { report, outcomeOf: (name) => checks.find(({ check }) => check === name)?.outcome ?? 'missing' };
}

test('nothing goes wrong but garbage: connections, throughput, memory, CPU and clients are green, and the deployment is kept', async () => {
  const { report, outcomeOf } = await deployWhile('quiet', () => sabotage(node, 'leak', soakSeconds + 30, 0));
  expect(report.verdict.verdict).toBe('keep');
  expect(['connection-latency', 'throughput', 'memory', 'cpu', 'clients-back'].map(outcomeOf)).toEqual(
    Array.from({ length: 5 }, () => 'passed'),
  );
});

describe('advice, never a verdict', () => {
  test('a CPU burner inside the node: cpu is red, and the deployment is kept all the same', async () => {
    const { report, outcomeOf } = await deployWhile('burner', () => sabotage(node, 'burn', soakSeconds + 30, 2));
    expect([outcomeOf('cpu'), report.verdict.verdict]).toEqual(['failed', 'keep']);
  });

  test('a leak inside the node: memory is red', async () => {
    const { outcomeOf } = await deployWhile('leak', () => sabotage(node, 'leak', soakSeconds + 30, 1));
    expect(outcomeOf('memory')).toBe('failed');
  });

  test('a throttle: throughput is red', async () => {
    const { outcomeOf } = await deployWhile('throttle', () => throttle(node, soakSeconds + 10, 0.8));
    expect(outcomeOf('throughput')).toBe('failed');
  });
});

test('clients that are gone are named', async () => {
  await load.stop();
  // Connections are counted in every look: no trend has to be waited for.
  const again = await registerAs(stand, (before) => ({ ...before, limits: { ...before.limits, soakSeconds: 10 } }));
  try {
    const { outcomeOf } = await deployWhile('gone', async () => undefined);
    expect(outcomeOf('clients-back')).toBe('failed');
  } finally {
    await again();
  }
});
