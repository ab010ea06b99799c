/** The dead-letter queue: an input that could not be taken, with its classified error, until it is mended and redriven. */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { environment } from '../environment/environment.ts';

const sqs = new SQSClient({});

export interface DeadLetter {
  readonly at: number;
  readonly stateMachine: string;
  readonly execution: string;
  readonly error: string;
  readonly cause: string;
  /** The input as it came. */
  readonly input: unknown;
}

export async function sendDeadLetter(letter: DeadLetter): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: environment('DEAD_LETTER_QUEUE_URL'), MessageBody: JSON.stringify(letter) }));
}
