/** What a start leaves behind, and what it must not touch: dead letters, epochs, node commands, deployments. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { QueuedLetter } from '../../../adapters/sqs/dead-letter-queue.ts';
import { REPOSITORY } from '../../../stand/ring/topology.ts';
import { describe, type Execution, ended, executions, type MachineName } from '../executions.ts';
import { type TestStand, waitFor } from '../stand.ts';

const run = promisify(execFile);
const dynamo = new DynamoDBClient({});
const events = new EventBridgeClient({});

/** An event as it stands on the bus. */
export interface BusEvent {
  readonly detailType: string;
  readonly detail: unknown;
  readonly at?: Date;
}

/** Puts events on the bus, all in one call, so that their executions run beside each other. */
export async function putEvents(...sent: readonly BusEvent[]): Promise<void> {
  const Entries = sent.map(({ detailType, detail, at }) => ({
    Source: 'ringward.deployer',
    DetailType: detailType,
    Detail: JSON.stringify(detail),
    ...(at ? { Time: at } : {}),
  }));
  const answer = await events.send(new PutEventsCommand({ Entries }));
  if (answer.FailedEntryCount) throw new Error(JSON.stringify(answer.Entries));
}

/** The ended executions whose input holds the text, once there are `count` of them. */
export async function startedBy(
  stand: TestStand,
  machine: MachineName,
  text: string,
  count = 1,
  timeoutMs = 120_000,
): Promise<Execution[]> {
  const found = await waitFor(
    `${count} execution(s) of ${machine} with ${text}`,
    async () => {
      const all = (await Promise.all((await executions(stand, machine)).map(describe))).filter(({ input }) => input.includes(text));
      return all.length >= count ? all : undefined;
    },
    timeoutMs,
  );
  return Promise.all(found.map(({ arn }) => ended(arn, timeoutMs)));
}

/** What a letter of ours holds. */
export interface Letter extends QueuedLetter {
  readonly body: {
    readonly execution: string;
    readonly stateMachine: string;
    readonly error: string;
    readonly cause: string;
    readonly input: unknown;
  };
}

/** The dead letters of these executions; the queue keeps them. */
export async function lettersOf({ installation }: TestStand, ofExecutions: readonly string[]): Promise<Letter[]> {
  const letters = await installation.deadLetters();
  await installation.returnLetters(letters);
  return (letters as Letter[]).filter(({ body }) => ofExecutions.includes(body.execution));
}

export interface Touched {
  readonly epochs: Readonly<Record<string, number>>;
  readonly deployments: readonly string[];
  readonly commands: number;
}

/** Everything that a refused input must leave as it is: epochs, the deployments table, commands sent to nodes. */
export async function touched({ status, ring, installation }: TestStand, clusters: readonly string[]): Promise<Touched> {
  const epochs: Record<string, number> = {};
  const deployments: string[] = [];
  for (const cluster of clusters) {
    const { Item } = await dynamo.send(new GetItemCommand({ TableName: status.tables.ClustersTable, Key: { cluster: { S: cluster } } }));
    epochs[cluster] = Number(Item?.epoch?.N ?? 0);
    deployments.push(
      ...(await installation.deployments(cluster)).map(
        (record) => `${record.deployment} ${record.state} v${record.version} of ${record.epoch}`,
      ),
    );
  }
  // A stand on which nothing was sent yet has no history.
  const file = join(ring.folder, 'local-aws/ssm-history.jsonl');
  const history = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return { epochs, deployments: deployments.toSorted(), commands: history.split('"kind":"SendCommand"').length - 1 };
}

/** Runs `ringward` as a person does; its answer as JSON. */
export async function ringward(...args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [join(REPOSITORY, 'cli/ringward.ts'), ...args, '-o', 'json'], { encoding: 'utf8' });
  return JSON.parse(stdout);
}
