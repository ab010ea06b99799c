/** A command of SSM Run Command on one node: waiting for its end, and taking it back. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  CancelCommandCommand,
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  InvocationDoesNotExist,
} from '@aws-sdk/client-ssm';
import { ssm } from './client.ts';

/** Statuses of an invocation that has not ended. */
const UNDER_WAY = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling']);
const SLOWER_EACH_TIME = 1.25;

export interface SentCommand {
  readonly commandId: string;
  /** Id of the managed instance that it runs on. */
  readonly node: string;
}

/** Milliseconds between polls: quick at first, then less and less, as SSM's quota is shared by the account. */
export interface Pace {
  readonly first: number;
  readonly slowest: number;
}

/**
 * The invocation once it has ended; `undefined` when it is not waited for any longer. An id that SSM does not know yet is
 * only late.
 * @param goesOn asked before each poll, with the status last seen (`undefined`: none yet)
 */
export async function waitForEnd(
  { commandId, node }: SentCommand,
  { first, slowest }: Pace,
  goesOn: (status: string | undefined) => boolean,
): Promise<GetCommandInvocationCommandOutput | undefined> {
  let status: string | undefined;
  for (let delay = first; goesOn(status); delay = Math.min(delay * SLOWER_EACH_TIME, slowest)) {
    await pause(delay);
    try {
      const invocation = await ssm.send(new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: node }));
      status = invocation.Status ?? 'Pending';
      if (!UNDER_WAY.has(status)) return invocation;
    } catch (error) {
      if (!(error instanceof InvocationDoesNotExist)) throw error;
    }
  }
  return undefined;
}

/** Cancels the command, so that nothing of it goes on in the dark; one that cannot be cancelled is left. */
export async function takeBack({ commandId, node }: SentCommand): Promise<void> {
  await ssm.send(new CancelCommandCommand({ CommandId: commandId, InstanceIds: [node] })).catch(() => undefined);
}
