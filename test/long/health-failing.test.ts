/** The trigger of health checks with production's own five minutes: in company it goes back, alone a person is asked, a moment earlier it is kept. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Limits } from '../../core/profile/limits.ts';
import { Profile } from '../../core/profile/profile.ts';
import type { Report } from '../../core/report/model.ts';
import { heal } from '../../stand/heal.ts';
import { withClient } from '../../stand/ring/schema.ts';
import { KEYSPACE, type RingNode } from '../../stand/ring/topology.ts';
import { Application, settle } from '../ring/health/provoked.ts';
import { registerAs } from '../ring/registered.ts';
import { CLUSTER, deployUpToCompleted, makeWhole, sendCompleted, type TestStand, tell, theStand, waitForReport } from '../ring/stand.ts';

const TIMER_MS = Profile.parse({}).measured.healthFailingSeconds * 1000;
const application = new Application(18_482);
const TABLE = `${KEYSPACE}.orders`;
let stand: TestStand;
let node: RingNode;
let registerAgain = async (): Promise<void> => undefined;

/** An application, and a query of one row to the ring. */
const checks = [
  { kind: 'http', name: 'application', url: `http://${application.target}/health` },
  { kind: 'tcp', name: 'port', host: '127.0.0.1', port: application.port },
  { kind: 'cql', name: 'orders', query: `SELECT id FROM ${TABLE}` },
];
const run = (...statements: readonly string[]): Promise<void> =>
  withClient(stand.ring, async (client) => {
    for (const statement of statements) await client.execute(statement);
  });
const lost = (): Promise<void> => run(`DELETE FROM ${TABLE} WHERE id = 1`);
const found = (): Promise<void> => run(`INSERT INTO ${TABLE} (id) VALUES (1)`);

beforeAll(async () => {
  stand = await theStand();
  node = stand.ring.nodes.at(-1) as RingNode;
  await makeWhole(stand);
  await application.start();
  await run(`CREATE TABLE IF NOT EXISTS ${TABLE} (id int PRIMARY KEY)`);
  await found();
  const { verificationSeconds, performanceSeconds } = Limits.parse({});
  registerAgain = await registerAs(stand, (before) => ({
    ...before,
    limits: { ...before.limits, windowSeconds: 5, nodeLookSeconds: 60, verificationSeconds, performanceSeconds },
    health: { checks },
  }));
});
afterAll(async () => {
  await registerAgain();
  await application.stop();
  await run(`DROP TABLE IF EXISTS ${TABLE}`);
  await heal(stand.ring, stand.ring.nodes, tell);
});

/** A good renewal of one node; `harm` comes right before its completed event. */
async function deployWhile(
  whose: string,
  harm: () => Promise<unknown>,
  meanwhile: () => Promise<unknown>,
): Promise<{ report: Report; seconds: number }> {
  await found();
  await application.turn({ status: 200 });
  await settle();
  await makeWhole(stand);
  await stand.installation.answer('watch-cluster', { cluster: CLUSTER });
  const deployment = await deployUpToCompleted(stand, 'none', whose, [node]);
  await harm();
  const since = Date.now();
  await sendCompleted(deployment);
  const happening = meanwhile();
  const report = await waitForReport(stand, deployment.id, 800_000);
  await happening;
  const seconds = Math.round((report.verdict.decidedAt - since) / 100) / 10;
  tell(`${whose}: ${report.verdict.verdict} after ${seconds} s: ${report.verdict.reason}`);
  return { report, seconds };
}

const both = (): Promise<unknown> => Promise.all([application.turn({ status: 500 }), lost()]);
const never = async (): Promise<void> => undefined;

test('an application and a query to the ring fail for more than five minutes: the deployment goes back', async () => {
  const { report, seconds } = await deployWhile('health-both', both, never);
  expect(report.verdict).toMatchObject({ verdict: 'roll-back', nodes: [node.node], reason: expect.stringContaining('longer than 300 s') });
  expect(report.verdict.evidence.map(({ where }) => where)).toEqual(
    expect.arrayContaining(['health check application', 'health check orders']),
  );
  expect(seconds * 1000).toBeGreaterThan(TIMER_MS);
  expect(report.outcome).toBe('rolled-back');
});

test('a moment earlier both are back: it is kept', async () => {
  const { report } = await deployWhile('health-back', both, async () => {
    await pause(TIMER_MS - 20_000);
    await Promise.all([application.turn({ status: 200 }), found()]);
  });
  expect([report.verdict.verdict, report.verdict.nodes]).toEqual(['keep', []]);
});

test('the application crashes, which two checks see: the ring is well, nothing goes back, and a person is asked', async () => {
  const { report, seconds } = await deployWhile('health-alone', () => application.stop(), never);
  await application.start();
  expect([report.verdict.verdict, report.verdict.nodes]).toEqual(['hold', []]);
  expect(report.verdict.reason).toContain('no evidence of another kind agrees');
  expect(seconds * 1000).toBeGreaterThan(TIMER_MS);
});
