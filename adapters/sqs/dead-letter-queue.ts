/** Looks into the dead-letter queue, and takes a letter out once it was redriven. */
import { ChangeMessageVisibilityCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { environment, localEndpoint } from '../environment/environment.ts';

// A local AWS may name another port in the queue's URL than the one that it is asked at.
const sqs = new SQSClient({ useQueueUrlAsEndpoint: !localEndpoint });
/** A look hides the messages from others for this long, unless it ends before. */
const HIDDEN_SECONDS = 30;
const LETTERS_AT_MOST = 1000;

export interface QueuedLetter {
  /** Message id: how a person names the letter. */
  readonly id: string;
  readonly sentAt: number;
  readonly receiptHandle: string;
  /** The body as sent, parsed; its text when it is no JSON. */
  readonly body: unknown;
}

/** Every letter that lies there, oldest first. The caller gives them back with {@link returnLetters}. */
export async function receiveLetters(): Promise<QueuedLetter[]> {
  const letters = new Map<string, QueuedLetter>();
  while (letters.size < LETTERS_AT_MOST) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: environment('DEAD_LETTER_QUEUE_URL'),
        MaxNumberOfMessages: 10,
        VisibilityTimeout: HIDDEN_SECONDS,
        MessageSystemAttributeNames: ['SentTimestamp'],
      }),
    );
    const fresh = Messages.filter(({ MessageId }) => MessageId !== undefined && !letters.has(MessageId));
    if (fresh.length === 0) break;
    for (const { MessageId, ReceiptHandle, Body, Attributes } of fresh) {
      letters.set(MessageId as string, {
        id: MessageId as string,
        receiptHandle: ReceiptHandle ?? '',
        sentAt: Number(Attributes?.SentTimestamp ?? 0),
        body: parsed(Body ?? ''),
      });
    }
  }
  return [...letters.values()].toSorted((a, b) => a.sentAt - b.sentAt);
}

/** Makes letters visible again at once. One whose time ran out meanwhile is visible already. */
export async function returnLetters(letters: readonly QueuedLetter[]): Promise<void> {
  await Promise.allSettled(
    letters.map(({ receiptHandle }) =>
      sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: environment('DEAD_LETTER_QUEUE_URL'),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: 0,
        }),
      ),
    ),
  );
}

export async function removeLetter({ receiptHandle }: QueuedLetter): Promise<void> {
  await sqs.send(new DeleteMessageCommand({ QueueUrl: environment('DEAD_LETTER_QUEUE_URL'), ReceiptHandle: receiptHandle }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
