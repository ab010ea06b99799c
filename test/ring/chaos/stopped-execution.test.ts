/**
 * I5 and I6 when an execution dies: it is stopped at a random moment, and what had started it is sent again. The next
 * execution goes on under a higher epoch, the ring ends in I7, and a node refuses a command of the older epoch.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GetCommandInvocationCommand, SendCommandCommand, type SendCommandCommandInput, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveBackup } from '../../../adapters/dynamodb/backups.ts';
import { readReplyLine } from '../../../adapters/ssm/reply-line.ts';
import { FINAL_STATES } from '../../../core/intake/deployment-record.ts';
import { READ_ONLY_STEPS } from '../../../core/node/requests.ts';
import type { FailureName } from '../../../stand/failures.ts';
import { CLUSTER } from '../../../stand/ring/topology.ts';
import { ended, executionsOf, startMachine, stopExecution } from '../executions.ts';
import {
  deliver,
  makeDeployment,
  makeWhole,
  recordOf,
  sendCompleted,
  sendStarting,
  type TestDeployment,
  type TestStand,
  tell,
  theStand,
  waitFor,
  waitForEnd,
  waitForReport,
  waitForState,
} from '../stand.ts';
import { Account } from './account.ts';
import { diceOf, pointsOr } from './dice.ts';
import { expectRolledBack, handJson } from './roll-back-by-hand.ts';

let stand: TestStand;
beforeAll(async () => {
  stand = await theStand();
});
afterAll(async () => {
  await makeWhole(stand);
});

const running = async ({ id }: TestDeployment): Promise<string[]> =>
  (await executionsOf(stand, id)).filter(({ status }) => status === 'RUNNING').map(({ arn }) => arn);

/** The outermost first: one whose inner execution is stopped under it goes on, and hands over to a person. */
const OUTERMOST_FIRST = ['verify-deployment', 'back-up-cluster', 'roll-back', 'verify-node', 'roll-back-node'];
const depthOf = (arn: string): number => OUTERMOST_FIRST.findIndex((name) => arn.split(':').at(-2)?.endsWith(`-${name}`));

/** Stops every execution of the deployment; gives how many ran. What their functions still do, they do under a fenced epoch. */
async function stopAll(deployment: TestDeployment, account: Account, round: string, afterMs: number): Promise<number> {
  const record = await recordOf(stand, deployment.id);
  const arns = (await running(deployment)).toSorted((a, b) => depthOf(a) - depthOf(b));
  if (arns.length === 0) return 0;
  for (const arn of arns) await stopExecution(arn, 'stopped at a random moment').catch(() => undefined);
  const names = [
    ...new Set(
      arns.map((arn) =>
        arn
          .split(':')
          .at(-2)
          ?.replace(/^.*Workflows/, '')
          .replace(/[0-9A-F]{8}.*$/, ''),
      ),
    ),
  ];
  account.strike({
    round,
    victim: `${arns.length} executions (${names.join(', ')})`,
    phase: record?.state ?? 'unknown',
    atMs: afterMs,
    stood: `epoch ${record?.epoch}`,
  });
  await waitFor('the end of the stopped executions', async () => ((await running(deployment)).length === 0 ? true : undefined));
  return arns.length;
}

/** Starts the work, stops it after a while, and starts it again as before; gives the epoch that was stopped. */
async function startStopStart(
  deployment: TestDeployment,
  start: () => Promise<unknown>,
  afterMs: number,
  account: Account,
  round: string,
): Promise<boolean> {
  await start();
  await waitFor('the execution', async () => ((await running(deployment)).length > 0 ? true : undefined), 20_000, 30);
  await pause(afterMs);
  const stopped = await stopAll(deployment, account, round, afterMs);
  const record = await recordOf(stand, deployment.id);
  if (stopped === 0 || (record && FINAL_STATES.has(record.state))) return false;
  await start();
  return true;
}

const points = pointsOr(2);
test(`executions are stopped at ${points} random moments and started again: a new epoch ends in the leaves of before`, {
  timeout: 120_000 + points * 90_000,
}, async () => {
  const dice = diceOf('stop');
  const account = new Account('stopped executions');
  for (let round = 1; account.strikes.length < points; round += 1) {
    const failure = dice.pick<FailureName>(['other-ca', 'expired-leaf']);
    const name = `round ${round}, ${failure}`;
    const began = performance.now();
    const deployment = await makeDeployment(stand, failure, 'stop');
    await startStopStart(deployment, () => sendStarting(deployment), dice.between(0, 2500), account, name);
    await waitForState(stand, deployment.id, ['backed-up']);
    await deliver(stand, deployment);
    const before = (await recordOf(stand, deployment.id))?.epoch ?? 0;
    const again = await startStopStart(deployment, () => sendCompleted(deployment), dice.between(0, 7000), account, name);
    await waitForEnd(stand, deployment.id);
    const record = await recordOf(stand, deployment.id);
    if (again) expect(record?.epoch).toBeGreaterThanOrEqual(before + 2);
    await expectRolledBack(stand, deployment);
    account.outcome(
      name,
      `${record?.state} under epoch ${record?.epoch}, proven on 9042 and 7000 of every node`,
      performance.now() - began,
    );
    await expectOldEpochRefused(deployment, record?.epoch ?? 0);
  }
});

test('an execution is stopped in its rollback: the next one carries its verdict out, also over nodes that are back already', {
  timeout: 300_000,
}, async () => {
  const account = new Account('stopped in the rollback');
  const deployment = await makeDeployment(stand, 'other-ca', 'stop-late');
  await sendStarting(deployment);
  await waitForState(stand, deployment.id, ['backed-up']);
  await expectOlderEpochToWriteNoBackup(deployment);
  await deliver(stand, deployment);
  await sendCompleted(deployment);
  await waitForState(stand, deployment.id, ['rolling-back']);
  // Every node reloads within this, and the looks after it take longer still.
  const afterMs = 2500;
  await pause(afterMs);
  expect(await stopAll(deployment, account, 'in the rollback', afterMs)).toBeGreaterThan(0);
  const stopped = await recordOf(stand, deployment.id);
  expect(stopped?.state).toBe('rolling-back');
  await sendCompleted(deployment);
  await waitForEnd(stand, deployment.id);
  const record = await recordOf(stand, deployment.id);
  expect(record).toMatchObject({ state: 'rolled-back', epoch: (stopped?.epoch ?? 0) + 1 });
  expect(record?.verdict).toEqual({ ...stopped?.verdict, epoch: record?.epoch });
  await expectRolledBack(stand, deployment);
  const report = await waitForReport(stand, deployment.id);
  expect(report).toMatchObject({ outcome: 'rolled-back', epoch: record?.epoch });
  expect(report.nodes.map(({ outcome, deployed }) => [outcome, deployed !== null])).toEqual(
    stand.ring.nodes.map(() => ['old-verified', true]),
  );
});

/** A function outlives its stopped execution: what it writes then must not stand in the place of a newer backup. */
async function expectOlderEpochToWriteNoBackup({ id }: TestDeployment): Promise<void> {
  const before = await stand.installation.backups(CLUSTER, id);
  const [backup] = before;
  if (!backup) throw new Error(`${id} has no backup`);
  const late = saveBackup({ ...backup, status: 'refused', epoch: backup.epoch - 1 }, backup.epoch - 1);
  await expect(late).rejects.toMatchObject({ code: 'EPOCH_STALE' });
  expect(await stand.installation.backups(CLUSTER, id)).toEqual(before);
}

test('a rollback that a person started is stopped and started again with the same JSON: a new epoch ends it', {
  timeout: 300_000,
}, async () => {
  const dice = diceOf('stop by hand');
  const account = new Account('stopped rollback');
  const deployment = await makeDeployment(stand, 'other-ca', 'stop-hand');
  await sendStarting(deployment);
  await waitForState(stand, deployment.id, ['backed-up']);
  await deliver(stand, deployment);
  const began = performance.now();
  const json = handJson(deployment, { way: 'hot' });
  const first = await startMachine(stand, 'roll-back', json);
  await waitForState(stand, deployment.id, ['rolling-back']);
  const afterMs = dice.between(500, 3000);
  await pause(afterMs);
  expect(await stopAll(deployment, account, 'by hand', afterMs)).toBeGreaterThan(0);
  const fenced = (await recordOf(stand, deployment.id))?.epoch ?? 0;
  const second = await ended(await startMachine(stand, 'roll-back', json));
  expect((await ended(first)).status).toBe('ABORTED');
  expect(second.status, second.cause ?? '').toBe('SUCCEEDED');
  const record = await recordOf(stand, deployment.id);
  expect(record?.epoch).toBe(fenced + 1);
  await expectRolledBack(stand, deployment);
  account.outcome('by hand', `${record?.state} under epoch ${record?.epoch}`, performance.now() - began);
  await expectOldEpochRefused(deployment, record?.epoch ?? 0);
});

interface SentCommand {
  readonly kind: string;
  readonly request: SendCommandCommandInput;
}

/** Sends the newest acting command of an older epoch once more, exactly as it was sent: the node itself refuses it. */
async function expectOldEpochRefused({ id }: TestDeployment, epoch: number): Promise<void> {
  const lines = readFileSync(join(stand.ring.folder, 'local-aws/ssm-history.jsonl'), 'utf8').trim().split('\n');
  const sent = lines.flatMap((line) => {
    const { kind, request } = JSON.parse(line) as SentCommand;
    // The history holds commands of others too: health documents and shell scripts carry no request of ours.
    const [packed] = kind === 'SendCommand' ? (request.Parameters?.Request ?? []) : [];
    if (!packed) return [];
    const asked = JSON.parse(Buffer.from(packed, 'base64url').toString()) as {
      deployment: string;
      epoch: number;
      step: (typeof READ_ONLY_STEPS)[number];
      node: string;
    };
    return asked.deployment === id && !READ_ONLY_STEPS.includes(asked.step) ? [{ request, ...asked }] : [];
  });
  // A node knows the newest epoch by an acting command of it; one that nobody acted on since has nothing to fence.
  const fenced = new Set(sent.filter((command) => command.epoch === epoch).map(({ node }) => node));
  if (fenced.size === 0) return tell(`no node was left for epoch ${epoch} to act on: all were back already`);
  const old = sent.filter((command) => command.epoch < epoch && fenced.has(command.node)).at(-1);
  if (!old) throw new Error(`no acting command of ${id} was sent under an epoch older than ${epoch}`);
  const ssm = new SSMClient({});
  const { Command } = await ssm.send(new SendCommandCommand(old.request));
  const look = async (): Promise<string | undefined> => {
    const found = await ssm.send(new GetCommandInvocationCommand({ CommandId: Command?.CommandId, InstanceId: old.node }));
    return ['Pending', 'InProgress', 'Delayed'].includes(found.Status ?? '') ? undefined : (found.StandardOutputContent ?? '');
  };
  const reply = readReplyLine(await waitFor('the answer to the old command', look));
  tell(`epoch ${old.epoch} asks ${old.node} for ${old.step} again → ${reply.ok ? 'ok' : `${reply.error.code}: ${reply.error.message}`}`);
  expect(reply).toMatchObject({ ok: false, error: { code: 'EPOCH_STALE' } });
}
