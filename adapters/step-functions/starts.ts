/** Starts executions and reads how they stand. */
import {
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
} from '@aws-sdk/client-sfn';
import { localEndpoint } from '../environment/environment.ts';

const stepFunctions = new SFNClient({ disableHostPrefix: localEndpoint });

export interface ExecutionState {
  readonly execution: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';
  readonly startedAt: number | null;
  readonly stoppedAt: number | null;
  /** The output, parsed; null while there is none. */
  readonly output: unknown;
  readonly error: string | null;
  readonly cause: string | null;
}

/** Starts an execution and gives its ARN. */
export async function startExecution(stateMachine: string, input: unknown, name: string): Promise<string> {
  const { executionArn } = await stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: stateMachine, input: JSON.stringify(input), name }),
  );
  return executionArn as string;
}

/** Runs an express state machine and waits for its answer. */
export async function runExpress(stateMachine: string, input: unknown): Promise<ExecutionState> {
  const answer = await stepFunctions.send(new StartSyncExecutionCommand({ stateMachineArn: stateMachine, input: JSON.stringify(input) }));
  return stateOf({ ...answer, executionArn: answer.executionArn });
}

export async function readExecution(execution: string): Promise<ExecutionState> {
  return stateOf(await stepFunctions.send(new DescribeExecutionCommand({ executionArn: execution })));
}

/** Wakes the state that waits by this token; one that does not wait any more is past it already. */
export async function completeTask(token: string): Promise<void> {
  try {
    await stepFunctions.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' }));
  } catch (error) {
    if (!['TaskDoesNotExist', 'TaskTimedOut', 'InvalidToken'].includes((error as Error).name)) throw error;
  }
}

interface Described {
  readonly executionArn?: string | undefined;
  readonly status?: string | undefined;
  readonly startDate?: Date | undefined;
  readonly stopDate?: Date | undefined;
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

function stateOf(described: Described): ExecutionState {
  return {
    execution: described.executionArn ?? '',
    status: (described.status ?? 'RUNNING') as ExecutionState['status'],
    startedAt: described.startDate?.getTime() ?? null,
    stoppedAt: described.stopDate?.getTime() ?? null,
    output: described.output === undefined || described.output === '' ? null : JSON.parse(described.output),
    error: described.error ?? null,
    cause: described.cause ?? null,
  };
}
