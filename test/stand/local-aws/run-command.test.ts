import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  GetDocumentCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually, NODE, SILENT_NODE, type SmallStand, smallStand, takenEvents } from './small-stand.ts';

let stand: SmallStand;
let ssm: SSMClient;
beforeAll(async () => {
  stand = await smallStand(22);
  ssm = new SSMClient(stand.client);
});
afterAll(() => stand?.end());

/** Faults are switched on a running stand, by a call or by a file. */
const faults = (text: string) => fetch(`${stand.aws.endpoint}/_ringward/ssm-faults`, { method: 'POST', body: text });
afterEach(async () => {
  await faults('');
  rmSync(join(stand.folder, 'ran'), { force: true });
});

const script = (text: string) => writeFileSync(join(stand.folder, 'act.sh'), text);

async function send(request: string, more: Partial<SendCommandCommandInput> = {}): Promise<string> {
  const order = { DocumentName: 'small-act', InstanceIds: [NODE], Parameters: { Request: [request] }, ...more };
  return (await ssm.send(new SendCommandCommand(order))).Command?.CommandId ?? '';
}

const PENDING = new Set(['Pending', 'InProgress']);

async function ended(commandId: string, node = NODE, withinMs = 10_000): Promise<GetCommandInvocationCommandOutput> {
  return eventually(async () => {
    const found = await ssm.send(new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: node })).catch((error: Error) => {
      if (error.name === 'InvocationDoesNotExist') return undefined;
      throw error;
    });
    return found && !PENDING.has(found.Status ?? '') ? found : undefined;
  }, withinMs);
}

describe('a command', () => {
  test('runs the document’s script in the node’s folder, with its environment and the parameters as variables', async () => {
    script('echo "$SSM_Request|$HELLO|$(pwd)"; echo told >&2; exit 3\n');
    const answer = await ended(await send('abc_-9'));
    expect(answer.StandardOutputContent).toBe(`abc_-9|from the node|${stand.folder}\n`);
    expect(answer).toMatchObject({
      Status: 'Failed',
      StatusDetails: 'Failed',
      ResponseCode: 3,
      StandardErrorContent: 'told\n',
      DocumentVersion: '1',
    });
  });

  test('of AWS-RunShellScript runs its commands', async () => {
    const answer = await ended(await send('', { DocumentName: 'AWS-RunShellScript', Parameters: { commands: ['echo one', 'echo two'] } }));
    expect(answer).toMatchObject({ Status: 'Success', ResponseCode: 0, StandardOutputContent: 'one\ntwo\n' });
  });

  test.each([
    ['a value outside the allowed pattern', { Parameters: { Request: ['$(reboot)'] } }, 'InvalidParameters', /Request.*allowed pattern/],
    ['a second line behind an allowed one', { Parameters: { Request: ['abc\nreboot'] } }, 'InvalidParameters', /allowed pattern/],
    ['a parameter that is not the document’s', { Parameters: { Request: ['a'], Other: ['b'] } }, 'InvalidParameters', /Other/],
    ['a missing parameter', { Parameters: {} }, 'InvalidParameters', /Request.*required/],
    ['two values for a String', { Parameters: { Request: ['a', 'b'] } }, 'InvalidParameters', /exactly one/],
    ['a node that SSM does not know', { InstanceIds: ['i-0ffffffffffffffff'] }, 'InvalidInstanceId', /i-0ffffffffffffffff/],
    ['an unknown document', { DocumentName: 'no-such' }, 'InvalidDocument', /no-such/],
    ['an unknown version', { DocumentVersion: '9' }, 'InvalidDocumentVersion', /9/],
    [
      'another document under the pinned hash',
      { DocumentHash: 'a'.repeat(64), DocumentHashType: 'Sha256' as const },
      'InvalidDocument',
      /hash/,
    ],
  ])('is refused for %s, and nothing runs', async (_name, more, error, message) => {
    script('echo x >> ran\n');
    await expect(send('abc', more)).rejects.toMatchObject({ name: error, message: expect.stringMatching(message) });
    await sleep(50);
    expect(existsSync(join(stand.folder, 'ran'))).toBe(false);
  });

  test('with the document’s own version and hash is taken', async () => {
    script('echo pinned\n');
    const { Content = '' } = await ssm.send(new GetDocumentCommand({ Name: 'small-act', DocumentVersion: '1' }));
    const DocumentHash = createHash('sha256').update(Content).digest('hex');
    const answer = await ended(await send('abc', { DocumentVersion: '1', DocumentHash, DocumentHashType: 'Sha256' }));
    expect(answer.StandardOutputContent).toBe('pinned\n');
  });

  test('keeps 24,000 characters of output and 8,000 of errors', async () => {
    script('yes x | head -c 60000; yes y | head -c 20000 >&2\n');
    const answer = await ended(await send('abc'));
    expect([answer.StandardOutputContent?.length, answer.StandardErrorContent?.length]).toEqual([24_000, 8_000]);
  });

  test('that runs longer than its executionTimeout ends as ExecutionTimedOut with all its children', async () => {
    script('sh -c "sleep 3; echo late >> ran" & wait\n');
    const answer = await ended(await send('abc', { Parameters: { Request: ['abc'], executionTimeout: ['1'] } }));
    expect(answer).toMatchObject({ Status: 'TimedOut', StatusDetails: 'ExecutionTimedOut', ResponseCode: 137 });
    await sleep(2500);
    expect(existsSync(join(stand.folder, 'ran'))).toBe(false);
  });

  test('can be cancelled while it runs', async () => {
    script('sleep 20\n');
    const id = await send('abc');
    await sleep(200);
    await ssm.send(new CancelCommandCommand({ CommandId: id }));
    expect(await ended(id)).toMatchObject({ Status: 'Cancelled' });
  });

  test('is listed, told as events, and kept in the history', async () => {
    script('echo listed\n');
    const id = await send('event');
    await ended(id);
    const { CommandInvocations = [] } = await ssm.send(new ListCommandInvocationsCommand({ CommandId: id, Details: true }));
    expect(CommandInvocations[0]?.CommandPlugins?.[0]).toMatchObject({ Output: 'listed\n', ResponseCode: 0 });
    const { Commands = [] } = await ssm.send(new ListCommandsCommand({ CommandId: id }));
    expect(Commands[0]).toMatchObject({ Status: 'Success', CompletedCount: 1 });
    const told = await eventually(async () =>
      (await takenEvents(stand, 'EC2 Command Invocation Status-change Notification')).find(
        (event) => event['command-id'] === id && event.status === 'Success',
      ),
    );
    expect(told).toMatchObject({ 'document-name': 'small-act', 'instance-id': NODE });
    await eventually(async () =>
      (await takenEvents(stand, 'EC2 Command Status-change Notification')).find(
        (event) => event['command-id'] === id && event.status === 'Success',
      ),
    );
    const history = stand.lines('ssm-history.jsonl').filter((line) => JSON.stringify(line).includes(id));
    expect(history.map((line) => line.kind)).toEqual(expect.arrayContaining(['SendCommand', 'Invocation', 'Event']));
    expect(JSON.stringify(history)).toContain('event');
  });
});

describe('nodes', () => {
  test('are told with their state', async () => {
    const all = await ssm.send(new DescribeInstanceInformationCommand({}));
    expect(all.InstanceInformationList?.map((node) => [node.InstanceId, node.PingStatus])).toEqual([
      [NODE, 'Online'],
      [SILENT_NODE, 'ConnectionLost'],
    ]);
    const one = await ssm.send(new DescribeInstanceInformationCommand({ Filters: [{ Key: 'InstanceIds', Values: [NODE] }] }));
    expect(one.InstanceInformationList?.map((node) => node.IPAddress)).toEqual(['127.0.22.1']);
  });

  test('whose agent is silent leave a command pending until it is cancelled', async () => {
    script('echo x >> ran\n');
    const id = await send('abc', { InstanceIds: [SILENT_NODE] });
    await sleep(300);
    const waiting = await ssm.send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: SILENT_NODE }));
    expect(waiting).toMatchObject({ Status: 'Pending', ResponseCode: -1 });
    await ssm.send(new CancelCommandCommand({ CommandId: id }));
    expect(await ended(id, SILENT_NODE)).toMatchObject({ Status: 'Cancelled' });
    expect(existsSync(join(stand.folder, 'ran'))).toBe(false);
  });
});

describe('faults', () => {
  test('delay holds the command back', async () => {
    await faults('delay=400-500');
    script('echo ok\n');
    const started = performance.now();
    expect((await ended(await send('abc'))).Status).toBe('Success');
    expect(performance.now() - started).toBeGreaterThan(390);
  });

  test('loss leaves it pending and runs nothing', async () => {
    await faults('loss=1');
    script('echo x >> ran\n');
    const id = await send('abc');
    await sleep(300);
    expect(await ssm.send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: NODE }))).toMatchObject({ Status: 'Pending' });
    expect(existsSync(join(stand.folder, 'ran'))).toBe(false);
  });

  test('duplicate runs the script twice for one command', async () => {
    await faults('duplicate=1');
    script('echo x >> ran\n');
    await ended(await send('abc'));
    expect(readFileSync(join(stand.folder, 'ran'), 'utf8')).toBe('x\nx\n');
  });

  test('late-id hides the invocation at first, though its event is out already', async () => {
    await faults('late-id=600');
    script('echo ok\n');
    const id = await send('abc');
    await expect(ssm.send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: NODE }))).rejects.toMatchObject({
      name: 'InvocationDoesNotExist',
    });
    await eventually(
      async () =>
        (await takenEvents(stand, 'EC2 Command Invocation Status-change Notification')).find((event) => event['command-id'] === id),
      550,
    );
    expect((await ended(id)).Status).toBe('Success');
  });

  test('late-answer lets the command end before SendCommand has answered', async () => {
    await faults('late-answer=500');
    script('echo x >> ran\n');
    const answer = send('abc');
    await eventually(async () => (existsSync(join(stand.folder, 'ran')) ? true : undefined), 450);
    const id = await answer;
    expect((await ssm.send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: NODE }))).Status).toBe('Success');
  });

  test('lost-events drops them', async () => {
    await faults('lost-events=1');
    script('echo ok\n');
    const id = await send('abc');
    await ended(id);
    await sleep(500);
    const told = await takenEvents(stand, 'EC2 Command Invocation Status-change Notification');
    expect(told.filter((event) => event['command-id'] === id)).toEqual([]);
  });

  test('that cannot be read are refused with an example', async () => {
    const answer = await faults('loss=2');
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(/loss=2 is not a number from 0 to 1.*delay=200-800/);
  });
});
