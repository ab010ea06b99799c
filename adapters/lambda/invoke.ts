/** Calls one function of the stack and waits for its answer. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ERRORS, type ErrorCode, RingwardError } from '../../core/errors/catalogue.ts';

const lambda = new LambdaClient({});

/** The function's answer. An error of ours that it threw is thrown here again, under its own code. */
export async function invokeFunction(name: string, input: unknown): Promise<unknown> {
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(input) }));
  const answer: unknown = Payload === undefined || Payload.length === 0 ? null : JSON.parse(Buffer.from(Payload).toString());
  if (FunctionError === undefined) return answer;
  const { errorType = 'Error', errorMessage = 'no message' } = answer as { errorType?: string; errorMessage?: string };
  if (!Object.hasOwn(ERRORS, errorType)) throw new Error(`${name} failed: ${errorType}: ${errorMessage}`);
  throw new RingwardError(errorType as ErrorCode, { message: errorMessage });
}
