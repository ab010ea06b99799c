/** Answers every command of every AWS client in this process from memory, for as long as something runs. */
import { SSMClient } from '@aws-sdk/client-ssm';

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Readonly<Record<string, unknown>>;
}

interface Client {
  send: (this: Client, command: Command) => Promise<unknown>;
  readonly constructor: { readonly name: string };
}

/** Names of the client and of the command, and the plain input. */
export type Answer = (client: string, command: string, input: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** All clients inherit `send` from one class of Smithy's, which no package exports by name. */
function clientClass(): Client {
  let prototype = Object.getPrototypeOf(SSMClient.prototype) as Client;
  while (!Object.hasOwn(prototype, 'send')) prototype = Object.getPrototypeOf(prototype) as Client;
  return prototype;
}

export async function interceptingAws<T>(answer: Answer, run: () => Promise<T>): Promise<T> {
  const client = clientClass();
  const send = client.send;
  client.send = function simulated(command) {
    return answer(this.constructor.name, command.constructor.name, command.input);
  };
  try {
    return await run();
  } finally {
    client.send = send;
  }
}
