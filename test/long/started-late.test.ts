/** The triggers of a start with production's own five minutes: a node that cannot start, and one that cannot join; and each a moment earlier. */
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Limits } from '../../core/profile/limits.ts';
import type { Report } from '../../core/report/model.ts';
import { putInPlace } from '../../stand/deployer.ts';
import { heal } from '../../stand/heal.ts';
import { mainPid, nodetool, systemctl } from '../../stand/ring/service.ts';
import { PATHS, type RingNode } from '../../stand/ring/topology.ts';
import { registerAs } from '../ring/registered.ts';
import {
  makeDeployment,
  makeWhole,
  sendCompleted,
  sendStarting,
  type TestStand,
  tell,
  theStand,
  waitForReport,
  waitForState,
} from '../ring/stand.ts';

const PRODUCTION = Limits.parse({});
const TIMER_MS = PRODUCTION.nodeStartSeconds * 1000;
/** A process that runs again needs so long until it answers. */
const EARLIER_MS = 40_000;
let stand: TestStand;
let node: RingNode;
let registerAgain = async (): Promise<void> => undefined;
beforeAll(async () => {
  stand = await theStand();
  node = stand.ring.nodes.at(-1) as RingNode;
  await makeWhole(stand);
  const { nodeStartSeconds, networkSeconds, verificationSeconds, performanceSeconds, activationGraceSeconds } = PRODUCTION;
  registerAgain = await registerAs(stand, (before) => ({
    ...before,
    limits: { ...before.limits, nodeStartSeconds, networkSeconds, verificationSeconds, performanceSeconds, activationGraceSeconds },
  }));
});
afterEach(async () => {
  await heal(stand.ring, stand.ring.nodes, tell);
});
afterAll(() => registerAgain());

/** A good renewal by restart; `start` starts the process, and `meanwhile` runs from then on. */
async function restartedBy(
  whose: string,
  start: () => Promise<unknown>,
  meanwhile: () => Promise<unknown>,
): Promise<{ report: Report; seconds: number }> {
  const made = await makeDeployment(stand, 'none', whose, [node]);
  const deployment = { ...made, detail: { ...made.detail, activation: 'restart' } };
  await sendStarting(deployment);
  await waitForState(stand, deployment.id, ['backed-up']);
  await systemctl(node, 'stop');
  await putInPlace(deployment.prepared);
  const started = Date.now();
  await start();
  await sendCompleted(deployment);
  const happening = meanwhile();
  const report = await waitForReport(stand, deployment.id, 800_000);
  await happening;
  const seconds = Math.round((report.verdict.decidedAt - started) / 100) / 10;
  tell(`${whose}: ${report.verdict.verdict} ${seconds} s after the start: ${report.verdict.reason} → ${report.outcome}`);
  return { report, seconds };
}

/** Stands still before any port is bound. */
async function startHanging(): Promise<void> {
  await systemctl(node, 'start');
  await pause(700);
  process.kill(mainPid(node) as number, 'SIGSTOP');
}

/** Runs, and stays outside of the ring until it is told to join; the next start joins by itself. */
async function startOutside(): Promise<void> {
  const file = node.folder + PATHS.jvmOptions;
  const options = await readFile(file, 'utf8');
  await writeFile(file, `${options.trimEnd()}\n-Dcassandra.join_ring=false\n`);
  try {
    await systemctl(node, 'start');
    await pause(5000);
  } finally {
    await writeFile(file, options);
  }
}

const never = async (): Promise<void> => undefined;

test('a node that cannot start goes back after five minutes', async () => {
  const { report, seconds } = await restartedBy('cannot-start', startHanging, never);
  expect(report.verdict).toMatchObject({ verdict: 'roll-back', nodes: [node.node] });
  expect(report.verdict.evidence.map(({ code }) => code)).toContain('SERVICE_START_TIMED_OUT');
  expect(seconds * 1000).toBeGreaterThan(TIMER_MS);
  expect(report.outcome).toBe('rolled-back');
});

test('one that starts a moment earlier is kept', async () => {
  const { report } = await restartedBy('late-start', startHanging, async () => {
    await pause(TIMER_MS - EARLIER_MS);
    process.kill(mainPid(node) as number, 'SIGCONT');
  });
  expect([report.verdict.verdict, report.verdict.nodes]).toEqual(['keep', []]);
});

test('a node that cannot join goes back after five minutes', async () => {
  const { report, seconds } = await restartedBy('cannot-join', startOutside, never);
  expect(report.verdict).toMatchObject({ verdict: 'roll-back', nodes: [node.node] });
  expect(report.verdict.evidence.map(({ code }) => code)).toContain('NODE_NOT_JOINED');
  expect(seconds * 1000).toBeGreaterThan(TIMER_MS);
  expect(report.outcome).toBe('rolled-back');
});

test('one that joins a moment earlier is kept', async () => {
  const { report } = await restartedBy('late-join', startOutside, async () => {
    await pause(TIMER_MS - EARLIER_MS);
    // `nodetool join` refuses where the node has tokens of before; the operation behind it does not.
    tell((await nodetool(node, 'sjk', 'mx', '-b', 'org.apache.cassandra.db:type=StorageService', '-mc', '-op', 'joinRing')).output);
  });
  expect([report.verdict.verdict, report.verdict.nodes]).toEqual(['keep', []]);
});
