/** Each time-out of verification, provoked by something that hangs, with limits short enough to be waited for: what it ends in is defined (I12). */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Registration } from '../../../core/cluster/registration.ts';
import type { Report } from '../../../core/report/model.ts';
import { putInPlace } from '../../../stand/deployer.ts';
import { heal } from '../../../stand/heal.ts';
import { mainPid, nodetool, systemctl } from '../../../stand/ring/service.ts';
import type { RingNode } from '../../../stand/ring/topology.ts';
import { Application } from '../health/provoked.ts';
import { registerAs } from '../registered.ts';
import {
  deployUpToCompleted,
  makeDeployment,
  makeWhole,
  sendCompleted,
  sendStarting,
  type TestStand,
  tell,
  theStand,
  waitForReport,
  waitForState,
} from '../stand.ts';

const application = new Application(18_481);
let stand: TestStand;
let node: RingNode;
beforeAll(async () => {
  stand = await theStand();
  node = stand.ring.nodes.at(-1) as RingNode;
  await makeWhole(stand);
  await application.start();
});
afterAll(async () => {
  await application.stop();
  await heal(stand.ring, stand.ring.nodes, tell);
});

/** With limits of its own for as long as the work takes. */
async function withLimits<T>(limits: Partial<Registration['limits']>, work: () => Promise<T>, health: object = {}): Promise<T> {
  const again = await registerAs(stand, (before) => ({ ...before, health, limits: { ...before.limits, ...limits } }));
  try {
    return await work();
  } finally {
    await again();
  }
}

/** No other time-out that could have ended it comes before; a machine that is busy may take its time. */
const LONG_BEFORE_ALL = 120;

/** How long the verdict took from the completed event, s. */
const tookSeconds = (report: Report): number => report.detectMs / 1000;

test('network: a client port that is closed while the node is up ends in hold after the network’s time', async () => {
  const report = await withLimits({ networkSeconds: 12, verificationSeconds: 200 }, async () => {
    const deployment = await deployUpToCompleted(stand, 'none', 'unreachable', [node]);
    await nodetool(node, 'disablebinary');
    try {
      await sendCompleted(deployment);
      return await waitForReport(stand, deployment.id);
    } finally {
      await nodetool(node, 'enablebinary');
    }
  });
  expect(report.verdict).toMatchObject({
    verdict: 'hold',
    reason: expect.stringContaining('longer than the 12 s that connectivity may take'),
  });
  expect(tookSeconds(report)).toBeLessThan(LONG_BEFORE_ALL);
});

test('monitoring: checks that never stay good for a soak end in hold after the monitoring’s time', async () => {
  const checks = [{ kind: 'http', name: 'flapping', url: `http://${application.target}/health`, intervalSeconds: 1, retries: 0 }];
  const report = await withLimits(
    { performanceSeconds: 25, soakSeconds: 15, verificationSeconds: 200 },
    async () => {
      const deployment = await deployUpToCompleted(stand, 'none', 'flapping', [node]);
      await sendCompleted(deployment);
      let flapping = true;
      const flaps = (async () => {
        for (let status = 500; flapping; status = status === 500 ? 200 : 500) {
          await pause(5000);
          await application.turn({ status });
        }
      })();
      const told = await waitForReport(stand, deployment.id).finally(() => {
        flapping = false;
      });
      await flaps;
      await application.turn({ status: 200 });
      return told;
    },
    { checks },
  );
  // Of 15 s, and longer after each episode.
  expect(report.verdict).toMatchObject({
    verdict: 'hold',
    reason: expect.stringMatching(/never stayed good for a soak of (1[5-9]|2[0-2]) s/),
  });
  expect(tookSeconds(report)).toBeLessThan(LONG_BEFORE_ALL);
});

test('all: evidence that stays incomplete ends in hold at the deadline of the whole verification', async () => {
  const checks = [{ kind: 'http', name: 'never well', url: `http://${application.target}/missing`, intervalSeconds: 1, retries: 0 }];
  const report = await withLimits(
    { verificationSeconds: 20 },
    async () => {
      const deployment = await deployUpToCompleted(stand, 'none', 'never-well', [node]);
      await sendCompleted(deployment);
      return waitForReport(stand, deployment.id);
    },
    { checks },
  );
  expect(report.verdict).toMatchObject({ verdict: 'hold', reason: expect.stringContaining('never well (status 404, not 200)') });
  expect(tookSeconds(report)).toBeLessThan(LONG_BEFORE_ALL);
});

test('start: a process that was restarted and hangs before it serves is proof after the start’s time, and goes back', async () => {
  const report = await withLimits({ nodeStartSeconds: 20, verificationSeconds: 200 }, async () => {
    const made = await makeDeployment(stand, 'none', 'hangs', [node]);
    const deployment = { ...made, detail: { ...made.detail, activation: 'restart' } };
    await sendStarting(deployment);
    await waitForState(stand, deployment.id, ['backed-up']);
    await systemctl(node, 'stop');
    await putInPlace(deployment.prepared);
    await systemctl(node, 'start');
    // Before any port is bound.
    await pause(700);
    process.kill(mainPid(node) as number, 'SIGSTOP');
    await sendCompleted(deployment);
    return waitForReport(stand, deployment.id);
  });
  tell(`start: ${report.verdict.verdict}: ${report.verdict.reason} → ${report.outcome}: ${report.nextStep}`);
  expect(report.verdict).toMatchObject({ verdict: 'roll-back', nodes: [node.node], reason: expect.stringContaining('service-state') });
  expect(report.verdict.evidence.map(({ code }) => code)).toContain('SERVICE_START_TIMED_OUT');
  expect(report.outcome).toBe('rolled-back');
});
