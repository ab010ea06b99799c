/**
 * One node step by SSM Run Command, from sending to the parsed answer.
 *
 * Whoever calls again with the same request goes on waiting for the command that is already under way, so a
 * function that dies costs nothing; and a node that gets a request twice answers the second time from its
 * journal. So loss, doubles and late ids of SSM are harmless (docs/decisions: polling SSM from the step).
 */
import { createHash } from 'node:crypto';
import { type GetCommandInvocationCommandOutput, InvalidInstanceId, SendCommandCommand } from '@aws-sdk/client-ssm';
import type { z } from 'zod';
import { ERRORS, type ErrorCode, RingwardError } from '../../core/errors/catalogue.ts';
import type { NodeReply } from '../../core/node/protocol.ts';
import { type NodeRequest, type NodeStep, READ_ONLY_STEPS } from '../../core/node/requests.ts';
import { NODE_RESULTS } from '../../core/node/results.ts';
import { deleteItem, getItem, putItem } from '../dynamodb/table.ts';
import { partitionOf } from '../dynamodb/timeline.ts';
import { environment } from '../environment/environment.ts';
import { presignNodeProgram } from '../s3/backup-objects.ts';
import { ssm } from './client.ts';
import { type SentCommand, takeBack, waitForEnd } from './invocation.ts';
import { readReplyLine } from './reply-line.ts';

/** Ends that mean that the program never ran. */
const LOST = new Set(['DeliveryTimedOut', 'Undeliverable', 'Terminated', 'Cancelled']);
const PACE = { first: 40, slowest: 1000 };

export type NodeStepResult<S extends NodeStep> = z.infer<(typeof NODE_RESULTS)[S]>;

/** A command that has not begun within this is taken for lost; one that has begun gets its whole time and a little more. */
const DELIVERY_MS = 8000;
const GRACE_MS = 2000;

/** A request id that is the same for the same step of the same attempt, so that repeats are recognised. */
export function requestIdFor(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}

/**
 * Runs one step and gives its result. Throws the node's own error, or NODE_COMMAND_LOST, NODE_PROGRAM_DIED
 * (both retryable, with the same request id), NODE_NOT_MANAGED, NODE_REPLY_INVALID.
 */
export async function runNodeStep<S extends NodeStep>(request: NodeRequest, step: S, timeoutSeconds: number): Promise<NodeStepResult<S>> {
  const key = { of: partitionOf(request), request: `${request.node}#${request.requestId}` };
  const commandId = (await commandUnderWay(key)) ?? (await send(request, timeoutSeconds, key));
  const invocation = await answerOf({ commandId, node: request.node }, timeoutSeconds);
  // Whatever comes of it, a later attempt must send anew rather than read this end again.
  await deleteItem(environment('NODE_COMMANDS_TABLE'), key);
  if (!invocation) {
    await takeBack({ commandId, node: request.node });
    throw new RingwardError('NODE_COMMAND_LOST', {
      message: `${step} on ${request.node} was lost: SSM has no answer to command ${commandId}`,
    });
  }
  return readReply(step, request.node, invocation) as NodeStepResult<S>;
}

type CommandKey = { readonly of: string; readonly request: string };

async function commandUnderWay(key: CommandKey): Promise<string | undefined> {
  return (await getItem(environment('NODE_COMMANDS_TABLE'), key))?.['commandId'] as string | undefined;
}

async function send(request: NodeRequest, timeoutSeconds: number, key: CommandKey): Promise<string> {
  try {
    const answer = await ssm.send(
      new SendCommandCommand({
        DocumentName: environment(READ_ONLY_STEPS.includes(request.step) ? 'OBSERVE_DOCUMENT' : 'ACT_DOCUMENT'),
        InstanceIds: [request.node],
        Comment: `Ringward ${request.step} ${request.deployment}`.slice(0, 100),
        TimeoutSeconds: 30,
        Parameters: {
          Request: [Buffer.from(JSON.stringify(request)).toString('base64url')],
          ProgramUrl: [await presignNodeProgram()],
          executionTimeout: [String(timeoutSeconds)],
        },
      }),
    );
    const commandId = answer.Command?.CommandId ?? '';
    await putItem(environment('NODE_COMMANDS_TABLE'), { ...key, commandId, step: request.step, at: Date.now() });
    return commandId;
  } catch (error) {
    if (error instanceof InvalidInstanceId)
      throw new RingwardError('NODE_NOT_MANAGED', { field: 'node', value: request.node, cause: error });
    throw error;
  }
}

/** `undefined` when it was not delivered or not answered in time. */
async function answerOf(command: SentCommand, timeoutSeconds: number): Promise<GetCommandInvocationCommandOutput | undefined> {
  const since = Date.now();
  let until = since + DELIVERY_MS;
  const invocation = await waitForEnd(command, PACE, (status) => {
    if (status === 'InProgress') until = since + timeoutSeconds * 1000 + GRACE_MS;
    return Date.now() < until;
  });
  return LOST.has(invocation?.StatusDetails ?? '') ? undefined : invocation;
}

function readReply<S extends NodeStep>(step: S, node: string, invocation: GetCommandInvocationCommandOutput): unknown {
  const line = (invocation.StandardOutputContent ?? '').trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) {
    const seen = `${invocation.StatusDetails}, exit ${invocation.ResponseCode}: ${(invocation.StandardErrorContent ?? '').trim().slice(-300)}`;
    throw new RingwardError('NODE_PROGRAM_DIED', { message: `${step} on ${node} ended without an answer (${seen})` });
  }
  const reply = parseReply(step, node, line);
  if (!reply.ok) {
    const { code, message, fix } = reply.error;
    if (!(code in ERRORS))
      throw new RingwardError('NODE_REPLY_INVALID', { message: `${step} on ${node}: unknown code ${code}: ${message}` });
    throw new RingwardError(code as ErrorCode, { message: `${step} on ${node}: ${message}`, fix });
  }
  const result = NODE_RESULTS[step].safeParse(reply.result);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new RingwardError('NODE_REPLY_INVALID', { message: `${step} on ${node}: ${issue?.message}`, field: issue?.path.join('.') ?? '' });
}

function parseReply(step: string, node: string, line: string): NodeReply {
  try {
    return readReplyLine(line);
  } catch (cause) {
    throw new RingwardError('NODE_REPLY_INVALID', { message: `${step} on ${node} answered ${line.slice(0, 120)}…`, cause });
  }
}
