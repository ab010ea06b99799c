/** Keeps an input that could not be taken, with its classified error, until it is mended and redriven. */

import { announce } from '../../adapters/eventbridge/announce.ts';
import { type DeadLetter, sendDeadLetter } from '../../adapters/sqs/dead-letters.ts';

type Input = Omit<DeadLetter, 'at'>;

export async function handler(input: Input): Promise<{ readonly error: string; readonly cause: string }> {
  const cause = messageOf(input.cause);
  await sendDeadLetter({ ...input, cause, at: Date.now() });
  await announce('Ringward Input Refused', { stateMachine: input.stateMachine, execution: input.execution, error: input.error, cause });
  return { error: input.error, cause };
}

/** A function's error reaches the state machine as JSON text; a person wants the sentence. */
function messageOf(cause: string): string {
  try {
    return (JSON.parse(cause) as { errorMessage?: string }).errorMessage ?? cause;
  } catch {
    return cause;
  }
}
