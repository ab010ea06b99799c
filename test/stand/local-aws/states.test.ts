import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, type SmallStand, smallStand } from './small-stand.ts';

let stand: SmallStand;
let sfn: SFNClient;
let queue = '';
beforeAll(async () => {
  stand = await smallStand(24);
  sfn = new SFNClient(stand.client);
  queue = (await new SQSClient(stand.client).send(new CreateQueueCommand({ QueueName: 'tokens' }))).QueueUrl ?? '';
});
afterAll(() => stand?.end());

type States = Record<string, object>;
let machines = 0;

/** Starts a JSONata machine made of these states, the first one first. */
async function start(states: States, input: unknown = {}): Promise<string> {
  machines += 1;
  const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states });
  const roleArn = 'arn:aws:iam::123456789012:role/states';
  const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name: `m${machines}`, roleArn, definition }));
  return (await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }))).executionArn ?? '';
}

const ended = (executionArn: string) =>
  eventually(async () => {
    const found = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return found.status === 'RUNNING' ? undefined : found;
  });

const run = async (states: States, input: unknown = {}) => ended(await start(states, input));

const children = async (machine: string, status: 'RUNNING' | 'ABORTED') => {
  const found = await sfn.send(new ListExecutionsCommand({ stateMachineArn: stand.output(machine), statusFilter: status }));
  return found.executions ?? [];
};

const token = (extra: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
  Arguments: { QueueUrl: queue, MessageBody: { token: '{% $states.context.Task.Token %}' } },
  TimeoutSeconds: 20,
  End: true,
  ...extra,
});

async function nextToken(): Promise<string> {
  const sqs = new SQSClient(stand.client);
  return eventually(async () => {
    const message = (await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue }))).Messages?.[0];
    if (!message) return undefined;
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: message.ReceiptHandle }));
    return (JSON.parse(message.Body ?? '') as { token: string }).token;
  });
}

const invoke = (payload: object, extra: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: stand.output('Function'), Payload: payload },
  End: true,
  ...extra,
});

test('each branch of a Parallel waits for a token of its own', async () => {
  const branch = (name: string) => ({ StartAt: name, States: { [name]: token() } });
  const execution = await start({
    Both: { Type: 'Parallel', Branches: [branch('A'), branch('B')], Output: '{% $sort($states.result) %}', End: true },
  });
  const [one, two] = [await nextToken(), await nextToken()];
  expect(one).not.toBe(two);
  await sfn.send(new SendTaskSuccessCommand({ taskToken: one, output: '1' }));
  await sfn.send(new SendTaskSuccessCommand({ taskToken: two, output: '2' }));
  expect((await ended(execution)).output).toBe('[1, 2]');
});

test('a failed token is caught by its name', async () => {
  const execution = await start({
    Ask: token({ Catch: [{ ErrorEquals: ['Refused'], Output: '{% $states.errorOutput.Cause %}', Next: 'Told' }] }),
    Told: { Type: 'Pass', End: true },
  });
  await sfn.send(new SendTaskFailureCommand({ taskToken: await nextToken(), error: 'Refused', cause: 'not now' }));
  expect((await ended(execution)).output).toBe('"not now"');
});

test('a heartbeat that stays away ends the wait; one that comes prolongs it', async () => {
  const execution = await start({ Ask: token({ HeartbeatSeconds: 1 }) });
  const taskToken = await nextToken();
  const started = performance.now();
  await new Promise((settle) => setTimeout(settle, 700));
  await sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
  expect(await ended(execution)).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
  expect(performance.now() - started).toBeGreaterThan(1600);
});

test('a function that fails while it should hand the token on fails the task', async () => {
  const states = {
    Ask: invoke({ fail: 'NoApprover' }, { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', TimeoutSeconds: 20 }),
  };
  expect(await run(states)).toMatchObject({ status: 'FAILED', error: 'NoApprover' });
});

test('a TimeoutSeconds expression ends the task, and the nested execution that it waits for', async () => {
  const nested = {
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Arguments: { StateMachineArn: stand.output('Child'), Name: 'too-long', Input: { waitMs: 2500 } },
    TimeoutSeconds: '{% $states.input.limit %}',
    End: true,
  };
  expect(await run({ Nested: nested }, { limit: 1 })).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  expect((await children('Child', 'ABORTED')).map((execution) => execution.name)).toContain('too-long');
});

test('a stopped execution stops what it waits for, and stays ABORTED when that would have ended', async () => {
  const nested = {
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Arguments: { StateMachineArn: stand.output('Child'), Name: 'stopped-with-parent', Input: { waitMs: 800 } },
    End: true,
  };
  const execution = await start({ Nested: nested });
  await eventually(async () => (await children('Child', 'RUNNING')).find((child) => child.name === 'stopped-with-parent'));
  await sfn.send(new StopExecutionCommand({ executionArn: execution, error: 'Operator', cause: 'by hand' }));
  expect((await children('Child', 'ABORTED')).map((child) => child.name)).toContain('stopped-with-parent');
  await new Promise((settle) => setTimeout(settle, 1000));
  expect(await ended(execution)).toMatchObject({ status: 'ABORTED', error: 'Operator' });
});

test('a name that is taken by an ended execution is an error that a workflow can catch', async () => {
  const nested = {
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution',
    Arguments: { StateMachineArn: stand.output('Child'), Name: 'taken', Input: {} },
  };
  const first = await run({ Start: { ...nested, End: true } });
  const { ExecutionArn } = JSON.parse(first.output ?? '') as { ExecutionArn: string };
  await ended(ExecutionArn);
  const again = await run({
    Start: { ...nested, Catch: [{ ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], Next: 'Known' }], End: true },
    Known: { Type: 'Pass', Output: 'known', End: true },
  });
  expect(again.output).toBe('"known"');
});

test('a Choice’s own Output counts for its Default', async () => {
  const states = {
    Which: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.n > 5 %}', Next: 'End' }], Default: 'End', Output: { was: 'small' } },
    End: { Type: 'Succeed' },
  };
  expect(JSON.parse((await run(states, { n: 1 })).output ?? '')).toEqual({ was: 'small' });
});

test('a payload above 256 KiB ends in States.DataLimitExceeded', async () => {
  const states = { Grow: { Type: 'Pass', Output: '{% $pad("x", 300000) %}', End: true } };
  expect(await run(states)).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
});

test('Retry waits no longer than MaxDelaySeconds, and then the error stands by its name', async () => {
  const retry = { ErrorEquals: ['Busy'], IntervalSeconds: 1, BackoffRate: 10, MaxDelaySeconds: 1, MaxAttempts: 2 };
  const started = performance.now();
  expect(await run({ Try: invoke({ fail: 'Busy' }, { Retry: [retry] }) })).toMatchObject({ status: 'FAILED', error: 'Busy' });
  expect(performance.now() - started).toBeLessThan(4000);
});

const each = (extra: object, states: States) => ({
  Each: {
    Type: 'Map',
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, StartAt: Object.keys(states)[0], States: states },
    End: true,
    ...extra,
  },
});

test('one failed child of a distributed map fails it, unless it is tolerated', async () => {
  const child = { Try: invoke({ fail: "{% $states.input = 2 ? 'Bad' : '' %}" }, { Output: '{% $states.input %}' }) };
  const items = { Items: '{% [1..3] %}' };
  expect(await run(each(items, child))).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
  const tolerated = await run(each({ ...items, ToleratedFailureCount: '{% 1 %}' }, child));
  expect(tolerated.output).toBe('[1, 3]');
});

test('a child of a distributed map sees no variable of its parent', async () => {
  const states = {
    Set: { Type: 'Pass', Assign: { secret: 1 }, Next: 'Each' },
    ...each({ Items: '{% [1] %}' }, { Look: { Type: 'Pass', Output: '{% $exists($secret) %}', End: true } }),
  };
  expect((await run(states)).output).toBe('[false]');
});

test('an item reader takes the version that it names', async () => {
  const s3 = new S3Client({ ...stand.client, forcePathStyle: true });
  const object = { Bucket: stand.output('Bucket'), Key: 'manifest.json' };
  const { VersionId } = await s3.send(new PutObjectCommand({ ...object, Body: '["first"]' }));
  await s3.send(new PutObjectCommand({ ...object, Body: '["second"]' }));
  const ItemReader = {
    Resource: 'arn:aws:states:::s3:getObject',
    ReaderConfig: { InputType: 'JSON' },
    Arguments: { ...object, VersionId },
  };
  expect((await run(each({ ItemReader }, { Pass: { Type: 'Pass', End: true } }))).output).toBe('["first"]');
});
