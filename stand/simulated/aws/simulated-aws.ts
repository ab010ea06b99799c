/** Every AWS service that a rollback uses, in memory, behind the very clients of the product. */
import { lifeHere, never } from '../time/life.ts';
import type { VirtualClock } from '../time/virtual-clock.ts';
import { type Call, type Carry, placeHere } from './call.ts';
import { dynamodb, TABLE_NAMES, type Tables } from './dynamodb.ts';
import { kms } from './kms.ts';
import { serviceFailure } from './no-answer.ts';
import { type Objects, s3 } from './s3.ts';
import { type Commands, Ssm, type SsmAgents } from './ssm.ts';
import { TaskTokens } from './task-tokens.ts';

type Input = Readonly<Record<string, unknown>>;

/** An execution as Step Functions keeps it. */
export interface Execution {
  readonly arn: string;
  readonly machine: string;
  readonly input: unknown;
  readonly startedAt: number;
  readonly timeoutSeconds: number;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  stoppedAt: number | null;
  output: unknown;
  error: string;
  cause: string;
  /** What each state was given and gave: the history. */
  readonly history: { readonly state: string; readonly input: unknown; readonly output: unknown }[];
}

export interface AwsState {
  readonly tables: Tables;
  readonly objects: Objects;
  readonly commands: Commands;
  readonly executions: Map<string, Execution>;
  readonly events: { readonly type: string; readonly detail: string }[];
  readonly letters: string[];
  /** Secrets by id. */
  readonly secrets: Map<string, string>;
}

export const emptyAws = (): AwsState => ({
  tables: new Map(TABLE_NAMES.map((name) => [name, new Map()])),
  objects: new Map(),
  commands: new Map(),
  executions: new Map(),
  events: [],
  letters: [],
  secrets: new Map(),
});

const READS = /^(Get|Query|Scan|Head|List|Describe)/;
/** What a service says that could not do it just now, as its SDK names the exception. */
const FAILURES: Readonly<Record<string, string>> = {
  dynamodb: 'InternalServerError',
  s3: 'InternalError',
  ssm: 'InternalServerError',
  kms: 'KMSInternalException',
  eventbridge: 'InternalException',
  sfn: 'InternalServerException',
  secretsmanager: 'InternalServiceError',
  sqs: 'InternalError',
};

export class SimulatedAws {
  readonly state: AwsState;
  readonly ssm: Ssm;
  readonly tokens = new TaskTokens();
  readonly #clock: VirtualClock;
  readonly #random: () => number;
  readonly #carry: () => Carry;

  constructor(state: AwsState, agents: SsmAgents, carry: () => Carry) {
    this.state = state;
    this.#clock = agents.clock;
    this.#random = agents.random;
    this.#carry = carry;
    this.ssm = new Ssm(state.commands, agents);
  }

  /** Answers one command of one client; a caller that has ended meanwhile hears nothing. */
  async answer(client: string, command: string, input: Input): Promise<unknown> {
    const life = lifeHere();
    if (!life.isAlive) return never();
    const service = client.replace(/(Document)?Client$/, '').toLowerCase();
    const call: Call = {
      place: placeHere(),
      from: 'function',
      service,
      operation: command.replace(/Command$/, ''),
      target: targetOf(input),
      ...(READS.test(command) ? { reads: `${service} ${command} ${JSON.stringify(input)}` } : {}),
      perform: async (lateMs = 0) => {
        await this.#clock.sleep(2 + 4 * this.#random());
        return this.#perform(service, command, input, lateMs);
      },
      failure: () => serviceFailure(FAILURES[service] ?? 'InternalError'),
    };
    const answer = await this.#carry()(call);
    return life.isAlive ? answer : never();
  }

  #perform(service: string, command: string, input: Input, lateMs: number): unknown {
    const { tables, objects, events, letters, secrets, executions } = this.state;
    switch (service) {
      case 'dynamodb':
        return dynamodb(tables, command, input);
      case 's3':
        return s3(objects, command, input, this.#clock.now);
      case 'ssm':
        return this.ssm.answer(command, input, lateMs);
      case 'kms':
        return kms(command, input);
      case 'eventbridge':
        for (const { DetailType, Detail } of input['Entries'] as { DetailType: string; Detail: string }[])
          events.push({ type: DetailType, detail: Detail });
        return { FailedEntryCount: 0 };
      case 'sqs':
        letters.push(String(input['MessageBody']));
        return { MessageId: `m-${letters.length}` };
      case 'secretsmanager':
        return { SecretString: secrets.get(String(input['SecretId'])) };
      case 'sfn':
        if (command.startsWith('SendTask')) return this.tokens.send(command, input);
        if (command === 'StartExecutionCommand') return { executionArn: `${String(input['stateMachineArn'])}:${String(input['name'])}` };
        return { status: executions.get(String(input['executionArn']))?.status ?? 'SUCCEEDED' };
      default:
        throw new Error(`${service}'s ${command} is not simulated`);
    }
  }
}

/** What is asked, without ids that another run would have otherwise. */
function targetOf(input: Input): string {
  const { TableName, TransactItems, Bucket, Key, Prefix, KeyId, SecretId, InstanceIds, InstanceId, Entries } = input as Readonly<
    Record<string, never>
  >;
  if (TableName !== undefined) return TableName;
  if (TransactItems !== undefined)
    return (TransactItems as Input[])
      .flatMap((item) => Object.values(item).map((one) => (one as { TableName: string }).TableName))
      .join('+');
  // Of a key the folders hold epochs and occasions; the last part says what it is.
  if (Bucket !== undefined)
    return `${Bucket}/…/${String(Key ?? Prefix)
      .split('/')
      .filter(Boolean)
      .at(-1)}`;
  if (Entries !== undefined) return (Entries as { DetailType: string }[]).map(({ DetailType }) => DetailType).join('+');
  return String(
    SecretId ?? InstanceId ?? (InstanceIds as string[] | undefined)?.[0] ?? (KeyId === undefined ? '' : String(KeyId).split('-')[0]),
  );
}
