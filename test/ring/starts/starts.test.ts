/**
 * The ways to start Ringward, one story on one node: a good renewal is kept, judged again by a person, and rolled
 * back when an alarm comes inside its watch; another is rolled back because a person says so.
 */
import { CloudWatchClient, PutMetricAlarmCommand, PutMetricDataCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listEvidence, readEvidence } from '../../../adapters/s3/evidence.ts';
import { activate, prepare, putInPlace } from '../../../stand/deployer.ts';
import { heal } from '../../../stand/heal.ts';
import type { RingNode } from '../../../stand/ring/topology.ts';
import { ended, startMachine } from '../executions.ts';
import {
  CLUSTER,
  deliver,
  deployUpToCompleted,
  makeDeployment,
  recordOf,
  sendStarting,
  serves,
  type TestDeployment,
  type TestStand,
  tell,
  theStand,
  waitFor,
  waitForReport,
  waitForState,
  witness,
} from '../stand.ts';
import { lettersOf, putEvents, startedBy, touched } from './traces.ts';

const cloudWatch = new CloudWatchClient({});
const parse = (output: string | null): Record<string, unknown> => JSON.parse(output ?? 'null') as Record<string, unknown>;

let stand: TestStand;
let node: RingNode;
/** The renewal that the first test has kept. */
let kept: TestDeployment;
beforeAll(async () => {
  stand = await theStand();
  node = stand.ring.nodes.at(-1) as RingNode;
});
afterAll(async () => {
  await heal(stand.ring, stand.ring.nodes, tell);
});

const seenOn = async (one: RingNode) => (await witness(stand.ring)).find((seen) => seen.node === one.node);

test('only PutEvents, and the Completed event three times at once: one verdict, the other two say whose duplicate they are', async () => {
  kept = await deployUpToCompleted(stand, 'none', 'starts', [node]);
  const backedUp = await recordOf(stand, kept.id);
  const completed = { detailType: 'Certificate Deployment Completed', detail: kept.detail };
  await putEvents(completed, completed, completed);
  const runs = await startedBy(stand, 'verify-deployment', `"${kept.id}"`, 3);
  const outputs = runs.map(
    ({ status, output }) => ({ status, ...parse(output) }) as { status: string; outcome: string; verdict?: string; why?: string },
  );
  expect(outputs.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  expect(outputs.map(({ outcome }) => outcome).toSorted()).toEqual(['duplicate', 'duplicate', 'kept']);
  for (const { why } of outputs.filter(({ outcome }) => outcome === 'duplicate')) expect(why).toContain('by the execution before');
  const record = await recordOf(stand, kept.id);
  expect(record).toMatchObject({ state: 'kept', verdict: { verdict: 'keep', epoch: record?.epoch } });
  expect(record?.executions.map(({ kind }) => kind)).toEqual(['starting', 'completed']);
  const timeline = await stand.installation.timeline(CLUSTER, kept.id);
  expect(timeline.filter(({ what }) => what.startsWith('verdict '))).toHaveLength(1);
  expect(timeline.filter(({ what }) => what.includes('deployment completed'))).toHaveLength(1);
  expect(record?.epoch).toBeGreaterThan(backedUp?.epoch ?? 0);
});

test('an event for a deployment that is decided is refused, lands in the dead-letter queue, and changes nothing', async () => {
  const before = await touched(stand, [CLUSTER]);
  await putEvents({ detailType: 'Certificate Deployment Completed', detail: { ...kept.detail, requestedBy: 'late-pipeline' } });
  const [run] = await startedBy(stand, 'verify-deployment', '"late-pipeline"');
  expect(run).toMatchObject({ status: 'FAILED', error: 'DEPLOYMENT_DECIDED' });
  expect(run?.cause).toContain(kept.id);
  expect(run?.cause).toContain('a new attempt needs a new deploymentId');
  expect(await lettersOf(stand, [run?.arn ?? ''])).toMatchObject([
    { body: { error: 'DEPLOYMENT_DECIDED', input: { detail: { deploymentId: kept.id } } } },
  ]);
  expect(await touched(stand, [CLUSTER])).toEqual(before);
});

test('check-certificates answers in the call, and as an asynchronous run, alike', async () => {
  const request = { cluster: CLUSTER };
  const answered = await stand.installation.answer('check-certificates', request);
  const arn = await startMachine(stand, 'check-certificates', request);
  // An express execution that nobody waits for leaves its answer as evidence; Step Functions itself keeps none.
  const name = arn.split(':').slice(7).join('-');
  const key = await waitFor(
    'the answer of the asynchronous check',
    async () => (await listEvidence(`checks/${CLUSTER}/`)).find((one) => one.includes(name)),
    60_000,
  );
  const left = await readEvidence(key);
  expect(outcomesOf(left)).toEqual(outcomesOf(answered.output));
  expect(outcomesOf(answered.output)).toMatchObject({ outcome: 'passed' });
  expect(outcomesOf(answered.output).nodes).toHaveLength(stand.ring.nodes.length);
});

/** An answer without what differs from call to call: the words of each check. */
function outcomesOf(answer: unknown): { readonly outcome: string; readonly nodes: readonly string[] } {
  const { outcome, nodes } = answer as {
    outcome: string;
    nodes: { node: string; outcome: string; checks: string[]; served: object; onDisk: string }[];
  };
  return {
    outcome,
    nodes: nodes
      .map(
        (one) =>
          `${one.node} ${one.outcome} ${JSON.stringify(one.served)} ${one.onDisk} ${one.checks.map((check) => check.split(': ').slice(0, 2).join(' ')).join(', ')}`,
      )
      .toSorted(),
  };
}

test('verify-deployment by a person’s JSON: fresh evidence, the same verdict', async () => {
  const arn = await startMachine(stand, 'verify-deployment', { cluster: CLUSTER, deployment: kept.id, requestedBy: 'night-shift' });
  const run = await ended(arn);
  expect(run.status).toBe('SUCCEEDED');
  expect(parse(run.output)).toMatchObject({ outcome: 'kept', verdict: 'keep', deployment: kept.id, nextStep: 'Nothing to do.' });
  expect((await stand.installation.timeline(CLUSTER, kept.id)).map(({ what }) => what)).toContainEqual(
    expect.stringContaining('verification asked for by night-shift'),
  );
});

test('an alarm that no cluster names changes nothing, and says why', async () => {
  const alarm = `billing-${kept.id}`;
  await cloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: alarm,
      Namespace: 'Billing',
      MetricName: 'Cost',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
    }),
  );
  const before = await touched(stand, [CLUSTER]);
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName: alarm, StateValue: 'ALARM', StateReason: 'costs' }));
  const [run] = await startedBy(stand, 'verify-deployment', alarm);
  expect(run?.status).toBe('SUCCEEDED');
  expect(parse(run?.output ?? null)).toEqual({
    outcome: 'unrelated',
    error: 'ALARM_UNRELATED',
    why: `no registered cluster names the alarm ${alarm} under alarms`,
  });
  expect(await touched(stand, [CLUSTER])).toEqual(before);
});

test('a real metric trips the template’s own alarm inside the watch of a kept deployment: fresh evidence, roll-back', async () => {
  // Somebody puts bad files in place without an event.
  const bad = await prepare('expired-leaf', stand.ring, [node]);
  await putInPlace(bad);
  await activate(bad, stand.ring);
  expect((await seenOn(node))?.client).toMatchObject({ verification: 'certificate has expired' });
  expect(outcomesOf((await stand.installation.answer('check-certificates', { cluster: CLUSTER })).output)).toMatchObject({
    outcome: 'failed',
  });
  const { epoch } = (await recordOf(stand, kept.id)) ?? { epoch: 0 };
  const alarm = stand.status.outputs.AlarmName as string;
  await cloudWatch.send(
    new PutMetricDataCommand({ Namespace: 'Ringward', MetricData: [{ MetricName: 'TlsHandshakeFailures', Value: 3 }] }),
  );
  const record = await waitForState(stand, kept.id, ['rolled-back']);
  expect(record.epoch).toBeGreaterThan(epoch);
  expect(record.executions.at(-1)?.kind).toBe('alarm');
  expect(record.verdict).toMatchObject({ verdict: 'roll-back', nodes: [node.node] });
  const report = await waitForReport(stand, kept.id);
  expect(report.timeline.map(({ what }) => what)).toContainEqual(
    expect.stringContaining(`alarm ${alarm}: ${kept.id} completed on ${CLUSTER}`),
  );
  // Back to the leaf of before the deployment, not to the renewed one.
  const before = kept.before.find((one) => one.node === node.node);
  const after = await seenOn(node);
  expect(after && serves(after, before?.client.leaf ?? null)).toBe(true);
  expect(after?.keystore).toBe(before?.keystore);
});

test('roll-back by a person’s JSON alone: the node goes back, and the report says who asked and why', async () => {
  const deployment = await makeDeployment(stand, 'none', 'human', [node]);
  await sendStarting(deployment);
  await waitForState(stand, deployment.id, ['backed-up']);
  await deliver(stand, deployment);
  const arn = await startMachine(stand, 'roll-back', {
    cluster: CLUSTER,
    deployment: 'latest',
    scope: 'node',
    nodes: [node.address],
    reason: 'wrong ticket',
    requestedBy: 'night-shift',
  });
  const run = await ended(arn);
  expect(run.status).toBe('SUCCEEDED');
  expect(parse(run.output)).toMatchObject({
    outcome: 'rolled-back',
    deployment: deployment.id,
    verdict: 'roll-back',
    reason: 'Asked for by night-shift: wrong ticket.',
  });
  const before = deployment.before.find((one) => one.node === node.node);
  const after = await seenOn(node);
  expect(after && serves(after, before?.client.leaf ?? null)).toBe(true);
  // A second one finds it done: refused, and nothing is sent to a node.
  const unchanged = await touched(stand, [CLUSTER]);
  const again = await ended(await startMachine(stand, 'roll-back', { cluster: CLUSTER, deployment: deployment.id }));
  expect(again).toMatchObject({ status: 'FAILED', error: 'DEPLOYMENT_DECIDED' });
  expect((await touched(stand, [CLUSTER])).commands).toBe(unchanged.commands);
});
