/** Tasks that wait until somebody answers by their token. */
import { StateFailure } from '../state-machine/failure.ts';
import { serviceFailure } from './no-answer.ts';

interface Waiting {
  readonly resolve: (output: unknown) => void;
  readonly reject: (failure: StateFailure) => void;
  readonly answer: Promise<unknown>;
}

export class TaskTokens {
  readonly #waiting = new Map<string, Waiting>();
  #made = 0;

  make(): string {
    this.#made += 1;
    const token = `token-${this.#made}`;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // Nobody may be there to hear of a failure any more.
    promise.catch(() => undefined);
    this.#waiting.set(token, { resolve, reject, answer: promise });
    return token;
  }

  /** What the task is answered. Throws a {@link StateFailure} where it is told to fail. */
  answered(token: string): Promise<unknown> {
    return this.#find(token).answer;
  }

  /** Carries SendTaskSuccess and SendTaskFailure out. Throws TaskDoesNotExist. */
  send(command: string, input: Readonly<Record<string, unknown>>): unknown {
    const waiting = this.#find(String(input['taskToken']));
    this.#waiting.delete(String(input['taskToken']));
    if (command === 'SendTaskSuccessCommand') waiting.resolve(JSON.parse(String(input['output'])));
    else waiting.reject(new StateFailure(String(input['error']), String(input['cause'])));
    return {};
  }

  #find(token: string): Waiting {
    const waiting = this.#waiting.get(token);
    if (!waiting) throw serviceFailure('TaskDoesNotExist', 400);
    return waiting;
  }
}
