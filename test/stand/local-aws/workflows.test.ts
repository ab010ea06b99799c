import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DecryptCommand, GetPublicKeyCommand, KMSClient, SignCommand, VerifyCommand } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DeleteStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
} from '@aws-sdk/client-sfn';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { down, status, up } from '../../../stand/local-aws/index.ts';
import { eventually, execute, type SmallStand, smallStand, takenEvents } from './small-stand.ts';

let stand: SmallStand;
beforeAll(async () => {
  stand = await smallStand(21);
});
afterAll(() => stand?.end());

const invoke = async (payload: unknown) =>
  new LambdaClient(stand.client).send(new InvokeCommand({ FunctionName: stand.output('Function'), Payload: JSON.stringify(payload) }));

async function fanOut(nodes: unknown[], run: string) {
  const s3 = new S3Client({ ...stand.client, forcePathStyle: true });
  await s3.send(new PutObjectCommand({ Bucket: stand.output('Bucket'), Key: `${run}.json`, Body: JSON.stringify(nodes) }));
  return execute(stand, 'Parent', { key: `${run}.json`, width: 2, run });
}

describe('state machines', () => {
  test('a distributed map over an S3 list runs nested executions, and its expressions count', async () => {
    const ended = await fanOut([{ node: 'a' }, { node: 'b' }, { node: 'c' }], 'fan');
    expect(ended.status, `${ended.error} ${ended.cause}`).toBe('SUCCEEDED');
    const output = JSON.parse(ended.output ?? '') as { run: string; nodes: { echo: { node: string }; by: string }[]; both: unknown[] };
    expect(output.nodes.map((node) => node.echo.node)).toEqual(['a', 'b', 'c']);
    expect(output.nodes[0]?.by).toBe(stand.output('Child').split(':').at(-1));
    expect(JSON.stringify(output.both)).toBe('[2,"fan"]');
    const runs = await new SFNClient(stand.client).send(new ListMapRunsCommand({ executionArn: ended.executionArn }));
    expect(runs.mapRuns).toHaveLength(1);
  });

  test('a nested failure is States.TaskFailed, and the cause tells the function’s own error', async () => {
    const ended = await fanOut([{ node: 'good' }, { fail: 'QuorumLost' }], 'failing');
    expect(ended.status, `${ended.error} ${ended.cause}`).toBe('SUCCEEDED');
    const output = JSON.parse(ended.output ?? '') as { nodes: unknown[] };
    expect(output.nodes[1]).toEqual({ failed: 'QuorumLost', how: 'States.TaskFailed' });
  });

  test('the history tells the states inside a child execution', async () => {
    const ended = await execute(stand, 'Child', { node: 'h' });
    const sfn = new SFNClient(stand.client);
    const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn: ended.executionArn ?? '' }));
    const entered = events.flatMap((event) => event.stateEnteredEventDetails?.name ?? []);
    expect(entered).toEqual(['Run', 'Done']);
  });

  test('an express machine answers in the call; a standard one refuses', async () => {
    const sfn = new SFNClient({ ...stand.client, disableHostPrefix: true });
    const answer = await sfn.send(new StartSyncExecutionCommand({ stateMachineArn: stand.output('Express'), input: '{"node":"x"}' }));
    expect(answer.status).toBe('SUCCEEDED');
    expect(JSON.parse(answer.output ?? '')).toMatchObject({ echo: { node: 'x' } });
    await expect(sfn.send(new StartSyncExecutionCommand({ stateMachineArn: stand.output('Child'), input: '{}' }))).rejects.toThrow(
      /not supported/,
    );
  });

  test('a machine’s own TimeoutSeconds ends it as TIMED_OUT', async () => {
    const ended = await execute(stand, 'Waiting', {});
    expect(ended.status).toBe('TIMED_OUT');
  });

  test('the same name and input again is the same execution while it runs; afterwards the name is taken', async () => {
    const sfn = new SFNClient(stand.client);
    const order = { stateMachineArn: stand.output('Child'), name: 'once', input: '{"waitMs":600}' };
    const [first, second] = await Promise.all([sfn.send(new StartExecutionCommand(order)), sfn.send(new StartExecutionCommand(order))]);
    expect(second.executionArn).toBe(first.executionArn);
    await expect(sfn.send(new StartExecutionCommand({ ...order, input: '{}' }))).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: stand.output('Child') }));
    expect(executions.filter((execution) => execution.name === 'once')).toHaveLength(1);
  });
});

describe('functions', () => {
  test('run the deployed bundle with the deployed environment and Lambda’s own', async () => {
    const answer = await invoke({ hello: 1 });
    const payload = JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as Record<string, unknown>;
    expect(payload).toMatchObject({
      echo: { hello: 1 },
      name: stand.output('Function'),
      endpoint: stand.aws.endpoint,
      table: stand.output('Table'),
    });
  });

  test('keep the handler’s own error name and message', async () => {
    const answer = await invoke({ fail: 'EpochFenced' });
    expect(answer.FunctionError).toBe('Unhandled');
    expect(JSON.parse(Buffer.from(answer.Payload ?? []).toString())).toMatchObject({
      errorType: 'EpochFenced',
      errorMessage: 'asked to fail as EpochFenced',
    });
  });

  test('end at their time-out with Sandbox.Timedout, and serve again', async () => {
    const answer = await invoke({ waitMs: 10_000 });
    expect(JSON.parse(Buffer.from(answer.Payload ?? []).toString())).toMatchObject({ errorType: 'Sandbox.Timedout' });
    expect((await invoke({})).FunctionError).toBeUndefined();
  });

  test('are counted with what they cost', async () => {
    const before = stand.lines('invocations.jsonl').length;
    await invoke({ waitMs: 30 });
    const [record] = stand.lines('invocations.jsonl').slice(before);
    expect(record).toMatchObject({ function: stand.output('Function'), memoryMb: 256, error: null });
    expect(record?.billedMs).toBeGreaterThanOrEqual(30);
  });

  test('a killed host comes back within a second, and a workflow under way succeeds by its Retry', async () => {
    const host = status(stand.options).processes.functionHost ?? 0;
    const running = execute(stand, 'Child', { waitMs: 1500 });
    await sleep(400);
    process.kill(host, 'SIGKILL');
    const back = await eventually(async () => {
      const now = status(stand.options).processes.functionHost;
      return now && now !== host ? now : undefined;
    }, 1500);
    expect(back).not.toBe(host);
    const ended = await running;
    expect(ended.status, `${ended.error} ${ended.cause}`).toBe('SUCCEEDED');
    const { events = [] } = await new SFNClient(stand.client).send(
      new GetExecutionHistoryCommand({ executionArn: ended.executionArn ?? '' }),
    );
    expect(events.flatMap((event) => event.taskFailedEventDetails?.error ?? [])).toContain('Lambda.ServiceException');
  });
});

describe('events', () => {
  test('an alarm tripped by its metric, of its own dimensions only, is an event on the default bus', async () => {
    const cloudwatch = new CloudWatchClient(stand.client);
    const put = (cluster: string) =>
      cloudwatch.send(
        new PutMetricDataCommand({
          Namespace: 'Small',
          MetricData: [{ MetricName: 'failures', Value: 9, Dimensions: [{ Name: 'cluster', Value: cluster }] }],
        }),
      );
    await put('another');
    const state = async () =>
      (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [stand.output('AlarmName')] }))).MetricAlarms?.[0]?.StateValue;
    expect(await state()).not.toBe('ALARM');
    await put('payments');
    expect(await state()).toBe('ALARM');
    const detail = await eventually(async () =>
      (await takenEvents(stand, 'CloudWatch Alarm State Change')).find((event) => (event.state as { value: string }).value === 'ALARM'),
    );
    expect(detail).toMatchObject({
      alarmName: stand.output('AlarmName'),
      configuration: {
        metrics: [
          {
            metricStat: { metric: { namespace: 'Small', name: 'failures', dimensions: { cluster: 'payments' } }, period: 60, stat: 'Sum' },
          },
        ],
      },
    });
  });

  test('nobody but AWS may speak as aws.*', async () => {
    const entry = { Source: 'aws.cloudwatch', DetailType: 'CloudWatch Alarm State Change', Detail: '{}' };
    const answer = await new EventBridgeClient(stand.client).send(new PutEventsCommand({ Entries: [entry] }));
    expect(answer.Entries?.[0]?.ErrorCode).toBe('NotAuthorizedForSourceException');
  });
});

describe('keys', () => {
  test('unwrap RSA-OAEP-256 and sign ECDSA, as multi-Region keys', async () => {
    const kms = new KMSClient(stand.client);
    const wrapping = await kms.send(new GetPublicKeyCommand({ KeyId: stand.output('WrappingKeyId') }));
    const key = createPublicKey({ key: Buffer.from(wrapping.PublicKey ?? []), format: 'der', type: 'spki' });
    const wrapped = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, Buffer.from('content key'));
    const order = { KeyId: stand.output('WrappingKeyId'), CiphertextBlob: wrapped, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const;
    expect(Buffer.from((await kms.send(new DecryptCommand(order))).Plaintext ?? []).toString()).toBe('content key');
    const signed = { KeyId: stand.output('SigningKeyId'), Message: Buffer.from('entry'), SigningAlgorithm: 'ECDSA_SHA_256' } as const;
    const { Signature } = await kms.send(new SignCommand(signed));
    expect((await kms.send(new VerifyCommand({ ...signed, Signature }))).SignatureValid).toBe(true);
    expect(stand.output('WrappingKeyId')).toMatch(/^mrk-/);
  });
});

describe('the stand itself', () => {
  test('up again is quick and changes nothing', async () => {
    const started = performance.now();
    const again = await up(stand.options);
    expect(again.processes.aws).toBe(stand.aws.processes.aws);
    expect(again.outputs).toEqual(stand.aws.outputs);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('a changed template is taken in, and what the tables and buckets hold stays', async () => {
    const s3 = new S3Client({ ...stand.client, forcePathStyle: true });
    const kept = { Bucket: stand.output('Bucket'), Key: 'kept' };
    await s3.send(new PutObjectCommand({ ...kept, Body: 'still here' }));
    const file = join(stand.options.assembly ?? '', 'Small.template.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"Timeout": 3', '"Timeout": 4'));
    const changed = await up(stand.options);
    expect(changed.outputs).toEqual(stand.aws.outputs);
    const { remainingMs } = JSON.parse(Buffer.from((await invoke({})).Payload ?? []).toString()) as { remainingMs: number };
    expect(remainingMs).toBeGreaterThan(3000);
    expect(await (await s3.send(new GetObjectCommand(kept))).Body?.transformToString()).toBe('still here');
  });

  test('a taken port is told, and the stranger on it lives on', async () => {
    const other = { ...stand.options, stateFolder: `${stand.stateFolder}-other` };
    await expect(up(other)).rejects.toThrow(/Port 4566 of 127\.0\.21\.1 is taken.*--net/);
    expect(status(stand.options).up).toBe(true);
  });

  test('an event whose machine is gone lies in the target’s dead-letter queue', async () => {
    const { EventBridgeClient: Events, ListRulesCommand, ListTargetsByRuleCommand } = await import('@aws-sdk/client-eventbridge');
    const events = new Events(stand.client);
    const rule = (await events.send(new ListRulesCommand({}))).Rules?.find((found) => found.EventPattern?.includes('small.test'));
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: rule?.Name ?? '' }));
    await new SFNClient(stand.client).send(new DeleteStateMachineCommand({ stateMachineArn: Targets[0]?.Arn ?? '' }));
    await events.send(new PutEventsCommand({ Entries: [{ Source: 'small.test', DetailType: 'Lost', Detail: '{"n":1}' }] }));
    const message = await eventually(async () => {
      const order = { QueueUrl: stand.output('DeadLetterQueueUrl'), MessageAttributeNames: ['All'] };
      return (await new SQSClient(stand.client).send(new ReceiveMessageCommand(order))).Messages?.[0];
    });
    expect(JSON.parse(message.Body ?? '')).toMatchObject({ 'detail-type': 'Lost', detail: { n: 1 } });
    expect(message.MessageAttributes?.TARGET_ARN?.StringValue).toBe(Targets[0]?.Arn);
  });

  test('when the keeper is killed, nothing of it lives on', async () => {
    process.kill(status(stand.options).processes.ssm ?? 0, 'SIGKILL');
    await eventually(async () => (Object.values(status(stand.options).processes).every((pid) => pid === null) ? true : undefined), 3000);
    expect((await up(stand.options)).outputs).toHaveProperty('Bucket');
  });

  test('down ends every process, and after a crash up starts afresh', async () => {
    process.kill(status(stand.options).processes.aws ?? 0, 'SIGKILL');
    await eventually(async () => (status(stand.options).up ? undefined : true));
    const fresh = await up(stand.options);
    expect(fresh.processes.aws).not.toBe(stand.aws.processes.aws);
    await down(stand.options);
    expect(Object.values(status(stand.options).processes)).toEqual([null, null, null]);
  });
});
