/** Counts what one deployment used of AWS, from what the stand recorded: requests, invocations, histories. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ExecutionListItem,
  type HistoryEvent,
  paginateGetExecutionHistory,
  paginateListExecutions,
  paginateListMapRuns,
  SFNClient,
} from '@aws-sdk/client-sfn';
import type { InvocationRecord } from '../stand/local-aws/function-runtime.ts';
import type { RequestRecord } from '../stand/local-aws/request-log.ts';
import type { Usage } from './list-price.ts';

/** From `since` on and before `until`, ms since the epoch. */
export interface Period {
  readonly since: number;
  readonly until: number;
}

/** State machines of a deployment's journey; all are standard ones (the express one takes no part in it). */
const JOURNEY = ['verify-deployment', 'verify-node', 'roll-back', 'roll-back-node', 'back-up-cluster'];

/** `awsFolder` is the local AWS's state folder, `stateMachines` the ARNs by name. Only one deployment may be under way in the period. */
export async function countUsage(awsFolder: string, stateMachines: Readonly<Record<string, string>>, period: Period): Promise<Usage> {
  const requests = linesOf<RequestRecord>(join(awsFolder, 'requests.jsonl')).filter(({ at }) => at >= period.since && at < period.until);
  const invocations = linesOf<InvocationRecord>(join(awsFolder, 'invocations.jsonl')).filter(
    ({ at }) => Date.parse(at) >= period.since && Date.parse(at) < period.until,
  );
  const events = await historiesOf(stateMachines, period);
  return usageOf(requests, invocations, events);
}

/** Pure: the records of one run, as usage. */
export function usageOf(
  requests: readonly RequestRecord[],
  invocations: readonly Pick<InvocationRecord, 'billedMs' | 'memoryMb'>[],
  events: readonly Pick<HistoryEvent, 'type'>[],
): Usage {
  // Who follows the run from outside is no part of it; the node's presigned requests are.
  const own = requests.filter(({ by }) => by !== 'other');
  const of = (service: string) => own.filter((request) => request.service === service);
  const dynamo = of('DynamoDB_20120810');
  const s3 = of('S3');
  const writes = dynamo.filter(({ operation }) => /^(Put|Update|Delete)Item$/.test(operation));
  const reads = dynamo.filter(({ operation }) => /^(GetItem|Query|Scan)$/.test(operation));
  const entered = events.filter(({ type }) => type?.endsWith('StateEntered')).length;
  // A task that failed was retried or caught; counted as if it had been retried each time.
  const failed = events.filter(({ type }) => /^(Task|LambdaFunction)(Failed|TimedOut)$/.test(type ?? '')).length;
  return {
    stateTransitions: entered + failed,
    lambdaRequests: invocations.length,
    lambdaGbSeconds: invocations.reduce((sum, { billedMs, memoryMb }) => sum + (billedMs / 1000) * (memoryMb / 1024), 0),
    // An item is no larger than the body that holds it; of an update the answer holds the whole item.
    dynamoWriteUnits: sum(
      writes.map(({ requestBytes, responseBytes }) => Math.max(1, Math.ceil(Math.max(requestBytes, responseBytes) / 1024))),
    ),
    dynamoReadUnits: sum(reads.map(({ responseBytes }) => Math.max(1, Math.ceil(responseBytes / 4096)))),
    s3Writes: s3.filter(({ operation }) => operation === 'PUT' || operation === 'POST').length,
    // A Map over a list in S3 reads it once.
    s3Reads:
      s3.filter(({ operation }) => operation === 'GET' || operation === 'HEAD').length +
      events.filter(({ type }) => type === 'MapStateEntered').length,
    // The deployer's two events come from outside.
    eventsPublished: requests.filter(({ service, operation }) => service === 'AWSEvents' && operation === 'PutEvents').length,
    kmsRequests: of('TrentService').length,
    secretReads: of('secretsmanager').length,
    queueRequests: of('AmazonSQS').length,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

function linesOf<T>(file: string): T[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** Every event of every execution that began in the period, those of a distributed map's children too. */
async function historiesOf(stateMachines: Readonly<Record<string, string>>, period: Period): Promise<HistoryEvent[]> {
  const client = new SFNClient({});
  const events: HistoryEvent[] = [];
  const read = async (executions: readonly ExecutionListItem[]): Promise<void> => {
    for (const { executionArn } of executions) {
      for await (const page of paginateGetExecutionHistory({ client }, { executionArn })) events.push(...(page.events ?? []));
    }
  };
  for (const name of JOURNEY) {
    const stateMachineArn = stateMachines[name];
    if (stateMachineArn === undefined) throw new Error(`the stand has no state machine ${name} → npm run stand -- up`);
    for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn })) {
      const within = executions.filter((execution) => isWithin(execution, period));
      await read(within);
      for (const { executionArn } of within) {
        for await (const { mapRuns = [] } of paginateListMapRuns({ client }, { executionArn })) {
          for (const { mapRunArn } of mapRuns)
            for await (const page of paginateListExecutions({ client }, { mapRunArn })) await read(page.executions ?? []);
        }
      }
    }
  }
  return events;
}

function isWithin({ startDate }: ExecutionListItem, { since, until }: Period): boolean {
  const at = startDate?.getTime() ?? 0;
  // The emulator tells whole seconds for some.
  return at >= Math.floor(since / 1000) * 1000 && at < until;
}
