/** Sources of evidence that break on the ring: who still decides, who is told, when they are asked again; and a person who is asked where nothing is certain. */
import { setTimeout as pause } from 'node:timers/promises';
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadBreakers } from '../../../adapters/dynamodb/breakers.ts';
import { environment } from '../../../adapters/environment/environment.ts';
import type { Breaker } from '../../../core/breaker/breaker.ts';
import type { Registration } from '../../../core/cluster/registration.ts';
import { heal } from '../../../stand/heal.ts';
import type { RingNode } from '../../../stand/ring/topology.ts';
import { Application } from '../health/provoked.ts';
import { registerAs } from '../registered.ts';
import {
  CLUSTER,
  deployUpToCompleted,
  makeWhole,
  recordOf,
  sendCompleted,
  ssmFaults,
  type TestStand,
  tell,
  theStand,
  timelineOf,
  waitFor,
  waitForReport,
} from '../stand.ts';

let stand: TestStand;
let registerAgain = async (): Promise<void> => undefined;
beforeAll(async () => {
  stand = await theStand();
  await makeWhole(stand);
});
afterEach(async () => {
  await ssmFaults('');
  await registerAgain();
  registerAgain = async () => undefined;
  await closeAll();
  await heal(stand.ring, stand.ring.nodes, tell);
});

async function register(change: (before: Registration) => unknown): Promise<void> {
  await registerAgain();
  registerAgain = await registerAs(stand, change);
}

/** The client's look cannot begin: nobody has an identity of that name. */
const withoutClient = (before: Registration): Registration => ({
  ...before,
  canary: { ...before.canary, identitySecret: 'ringward/payments/gone' },
});
const nodeOf = (i: number): RingNode => stand.ring.nodes[i] as RingNode;
const breakerOf = async (source: Breaker['source']): Promise<Breaker | undefined> =>
  (await loadBreakers(CLUSTER)).find((one) => one.source === source);
const watch = (): Promise<unknown> => stand.installation.answer('watch-cluster', { cluster: CLUSTER });

/** A source that is still known to be broken would not be asked in the next test either: without its item a breaker is closed. */
async function closeAll(): Promise<void> {
  const table = new DynamoDBClient({});
  for (const { cluster, source } of await loadBreakers(CLUSTER)) {
    const Key = { cluster: { S: cluster }, source: { S: source } };
    await table.send(new DeleteItemCommand({ TableName: environment('BREAKERS_TABLE'), Key }));
  }
}

test('the client’s identity is gone: its breaker opens after three looks, is tried by one caller half a minute later, and closes once it is back', async () => {
  await register(withoutClient);
  for (let looks = 0; looks < 3; looks += 1) await watch();
  const open = await breakerOf('client');
  expect(open).toMatchObject({ state: 'open', failures: 3, told: 'open' });
  await watch();
  // Not asked: nothing more failed, and nothing was tried.
  expect(await breakerOf('client')).toMatchObject({ state: 'open', failures: 3, openings: 1 });
  await registerAgain();
  await pause(Math.max(0, (open?.until ?? 0) - Date.now()));
  const looked = watch();
  await waitFor('a trial', async () => ((await breakerOf('client'))?.state === 'half-open' ? true : undefined), 30_000, 20);
  await looked;
  expect(await breakerOf('client')).toMatchObject({ state: 'closed', failures: 0, told: 'closed' });
});

describe('an expired leaf', () => {
  test('and no client to look: nodes and peers decide, it goes back, and the missing vantage point is told', async () => {
    const deployment = await deployUpToCompleted(stand, 'expired-leaf', 'no-client', [nodeOf(0)]);
    await register(withoutClient);
    await sendCompleted(deployment);
    const report = await waitForReport(stand, deployment.id);
    expect(report.verdict).toMatchObject({ verdict: 'roll-back', nodes: [nodeOf(0).node] });
    expect(report.verdict.vantagePoints.toSorted()).toEqual(['node', 'peer']);
    expect((await timelineOf(stand, deployment.id)).map(({ what }) => what)).toContain(
      'nobody votes from: client; the other two kinds decide',
    );
    tell(`without a client: ${report.verdict.reason} → ${report.outcome}`);
  });

  test('and no answer of any node: the client alone decides nothing, it is held', async () => {
    const deployment = await deployUpToCompleted(stand, 'expired-leaf', 'no-nodes', [nodeOf(0)]);
    await register((before) => ({ ...before, limits: { ...before.limits, verificationSeconds: 45, networkSeconds: 200 } }));
    await ssmFaults('loss=1');
    await sendCompleted(deployment);
    const report = await waitForReport(stand, deployment.id);
    await ssmFaults('');
    tell(`without nodes: ${report.verdict.reason} → ${report.outcome}`);
    expect([report.verdict.verdict, report.verdict.nodes, report.outcome]).toEqual(['hold', [], 'held']);
    expect((await timelineOf(stand, deployment.id)).map(({ what }) => what)).toContainEqual(
      expect.stringMatching(/nobody votes from: .*(node|peer)/),
    );
  });
});

describe('a check that never becomes well', () => {
  const application = new Application(18_483);
  beforeAll(() => application.start());
  afterAll(() => application.stop());
  const never = [{ kind: 'http', name: 'never well', url: `http://${application.target}/missing`, intervalSeconds: 1, retries: 0 }];
  const asked = (seconds: number) => (before: Registration) => ({
    ...before,
    health: { checks: never },
    limits: { ...before.limits, verificationSeconds: 30 },
    profile: { ...before.profile, decisionPoint: { seconds, default: 'hold' } },
  });

  async function deploy(whose: string, seconds: number) {
    await register(asked(seconds));
    const deployment = await deployUpToCompleted(stand, 'none', whose, [nodeOf(2)]);
    await sendCompleted(deployment);
    const standing = await waitFor(
      'a question',
      async () => {
        const record = await recordOf(stand, deployment.id);
        return (
          (record && (await stand.installation.decisionPoint({ cluster: CLUSTER, deployment: deployment.id, epoch: record.epoch }))) ??
          undefined
        );
      },
      120_000,
    );
    return { deployment, standing };
  }

  test('nobody answers: the default happens at the deadline, and the reason says so', async () => {
    const { deployment, standing } = await deploy('unanswered', 10);
    const report = await waitForReport(stand, deployment.id);
    expect([report.verdict.verdict, report.outcome]).toEqual(['hold', 'held']);
    expect(report.verdict.decidedAt).toBeGreaterThanOrEqual(standing.point.dueAt);
    tell(`nobody answered: ${report.verdict.reason}`);
    expect(report.verdict.reason).toMatch(/[Nn]obody answered/);
  });

  test('a person says keep: it is kept before the deadline, and the report says who and why', async () => {
    const { deployment, standing } = await deploy('answered', 300);
    const of = { cluster: CLUSTER, deployment: deployment.id, epoch: (await recordOf(stand, deployment.id))?.epoch ?? 0 };
    await stand.installation.decide(of, { answer: 'keep', by: 'ops@example.org', reason: 'a check of nothing', at: Date.now() });
    const report = await waitForReport(stand, deployment.id);
    tell(`a person kept: ${report.verdict.reason}`);
    expect([report.verdict.verdict, report.outcome]).toEqual(['keep', 'kept']);
    expect(report.verdict.decidedAt).toBeLessThan(standing.point.dueAt);
    expect(report.verdict.reason).toContain('ops@example.org');
  });
});
