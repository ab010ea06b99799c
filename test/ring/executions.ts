/** Executions of the stand's state machines: started, stopped, listed, and their whole histories. */
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  ListMapRunsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type TestStand, waitFor } from './stand.ts';

const stepFunctions = new SFNClient({ disableHostPrefix: true });

/** As `stand status` names them. */
export type MachineName =
  | 'verify-deployment'
  | 'verify-node'
  | 'roll-back'
  | 'roll-back-node'
  | 'back-up-cluster'
  | 'check-certificates'
  | 'watch-cluster';

export interface Execution {
  readonly arn: string;
  readonly machine: string;
  readonly status: string;
  readonly input: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
}

export async function startMachine({ status }: TestStand, machine: MachineName, input: unknown): Promise<string> {
  const { executionArn } = await stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: status.stateMachines[machine], input: JSON.stringify(input) }),
  );
  return executionArn as string;
}

export async function stopExecution(arn: string, cause: string): Promise<void> {
  await stepFunctions.send(new StopExecutionCommand({ executionArn: arn, error: 'Chaos', cause }));
}

export async function describe(arn: string): Promise<Execution> {
  const found = await stepFunctions.send(new DescribeExecutionCommand({ executionArn: arn }));
  return {
    arn,
    machine: found.stateMachineArn?.split(':').at(-1) ?? '',
    status: found.status ?? '',
    input: found.input ?? '',
    output: found.output ?? null,
    error: found.error ?? null,
    cause: found.cause ?? null,
  };
}

/** Waits until the execution has ended, however it did. */
export async function ended(arn: string, timeoutMs = 240_000): Promise<Execution> {
  const look = async (): Promise<Execution | undefined> => {
    const found = await describe(arn);
    return found.status === 'RUNNING' ? undefined : found;
  };
  return waitFor(`the end of ${arn}`, look, timeoutMs, 200);
}

/** Executions of a machine, or of all; newest first within each machine. Children of Distributed Maps are left out. */
export async function executions({ status }: TestStand, machine?: MachineName, running = false): Promise<string[]> {
  const machines = machine
    ? [status.stateMachines[machine]]
    : Object.entries(status.stateMachines)
        .filter(([name]) => name !== 'check-certificates')
        .map(([, arn]) => arn);
  const found: string[] = [];
  for (const stateMachineArn of machines)
    found.push(...(await listed({ stateMachineArn, ...(running ? { statusFilter: 'RUNNING' as const } : {}) })));
  return found;
}

async function listed(of: { stateMachineArn?: string | undefined; mapRunArn?: string; statusFilter?: 'RUNNING' }): Promise<string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await stepFunctions.send(new ListExecutionsCommand({ ...of, maxResults: 1000, nextToken }));
    arns.push(...(page.executions ?? []).map(({ executionArn }) => executionArn as string));
    nextToken = page.nextToken;
  } while (nextToken);
  return arns;
}

/** Children of an execution's Distributed Maps. */
export async function mapChildren(arn: string): Promise<string[]> {
  const { mapRuns = [] } = await stepFunctions.send(new ListMapRunsCommand({ executionArn: arn }));
  return (await Promise.all(mapRuns.map(({ mapRunArn }) => listed({ mapRunArn: mapRunArn as string })))).flat();
}

/** Executions whose input names the deployment. */
export async function executionsOf(stand: TestStand, deployment: string, machine?: MachineName): Promise<Execution[]> {
  const all = await Promise.all((await executions(stand, machine)).map(describe));
  return all.filter(({ input }) => input.includes(`"${deployment}"`));
}

export async function history(arn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await stepFunctions.send(
      new GetExecutionHistoryCommand({ executionArn: arn, maxResults: 1000, includeExecutionData: true, nextToken }),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  return events;
}

/** Names of the states that were entered, in order. */
export async function statesEntered(arn: string): Promise<string[]> {
  return (await history(arn)).flatMap(({ stateEnteredEventDetails }) =>
    stateEnteredEventDetails?.name ? [stateEnteredEventDetails.name] : [],
  );
}
