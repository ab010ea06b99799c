/** Sends a dead letter's input the way it came, so that the intake judges it again. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { DEPLOYER_SOURCE } from '../../core/events/deployment-events.ts';
import { type QueuedLetter, removeLetter } from '../sqs/dead-letter-queue.ts';
import { startExecution } from '../step-functions/starts.ts';

interface Event {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: unknown;
}

const isEvent = (value: unknown): value is Event =>
  typeof value === 'object' && value !== null && 'source' in value && 'detail-type' in value;

/** Gives what was started or sent; the letter is taken out only after that. Throws FIELD_INVALID for a letter that names no way. */
export async function redriveLetter(letter: QueuedLetter, outputs: Readonly<Record<string, string>>, at: number): Promise<string> {
  const sent = await send(letter, outputs, at);
  await removeLetter(letter);
  return sent;
}

async function send(letter: QueuedLetter, outputs: Readonly<Record<string, string>>, at: number): Promise<string> {
  const { input = letter.body, stateMachine } = letter.body as { input?: unknown; stateMachine?: string };
  if (isEvent(input) && input.source === DEPLOYER_SOURCE) return putEvent(input);
  const arn = stateMachine === undefined ? outputs.StateMachineVerifyDeployment : arnOf(stateMachine, outputs);
  if (arn === undefined)
    throw new RingwardError('FIELD_INVALID', {
      field: 'stateMachine',
      value: String(stateMachine),
      fix: 'Start the state machine by hand with the letter’s input.',
    });
  return startExecution(arn, input, `redrive-${letter.id.slice(0, 36)}-${at}`);
}

async function putEvent({ source, detail, 'detail-type': detailType }: Event): Promise<string> {
  const answer = await new EventBridgeClient({}).send(
    new PutEventsCommand({ Entries: [{ Source: source, DetailType: detailType, Detail: JSON.stringify(detail) }] }),
  );
  const entry = answer.Entries?.[0];
  if (entry?.EventId === undefined)
    throw new RingwardError('AWS_UNREACHABLE', {
      message: `EventBridge did not take the event: ${entry?.ErrorCode} ${entry?.ErrorMessage}`,
    });
  return `event ${entry.EventId}`;
}

/** A letter names its state machine by ARN, or by the name of its file. */
function arnOf(stateMachine: string, outputs: Readonly<Record<string, string>>): string | undefined {
  if (stateMachine.startsWith('arn:')) return stateMachine;
  const pascal = stateMachine.replaceAll(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
  return outputs[`StateMachine${pascal}`];
}
