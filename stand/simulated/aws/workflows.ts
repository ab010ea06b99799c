/** Step Functions: executions of the deployed machines, their tasks carried out by the functions and by further executions. */
import type { MapState, TaskState } from '../state-machine/definition.ts';
import { definitionOf } from '../state-machine/definition.ts';
import { StateFailure } from '../state-machine/failure.ts';
import { type Context, runMachine, type Surroundings } from '../state-machine/run.ts';
import { Life, lifeHere, liveAs, never } from '../time/life.ts';
import type { VirtualClock } from '../time/virtual-clock.ts';
import { type Carry, standAt } from './call.ts';
import { type Handlers, invoke } from './functions.ts';
import { getObject, type Objects } from './s3.ts';
import type { Execution } from './simulated-aws.ts';
import type { TaskTokens } from './task-tokens.ts';

const REGION = 'arn:aws:states:us-east-1:000000000000';
/** Step Functions stops what has no time-out of its own after a year; a simulation that gets there has found something. */
const NO_TIMEOUT_SECONDS = 365 * 86_400;

export interface WorkflowsParts {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly executions: Map<string, Execution>;
  readonly objects: Objects;
  readonly handlers: () => Handlers;
  readonly carry: () => Carry;
  readonly tokens: TaskTokens;
  /** Are time-outs of tasks and functions kept? */
  readonly deadlines: boolean;
}

type Arguments = Readonly<Record<string, unknown>>;

export class Workflows {
  readonly #parts: WorkflowsParts;

  constructor(parts: WorkflowsParts) {
    this.#parts = parts;
  }

  /** Starts an execution and waits for its end; one whose life ends before is never heard of again. */
  async execute(machine: string, input: unknown, life: Life): Promise<Execution> {
    const { clock, executions, deadlines } = this.#parts;
    if (!life.isAlive) return never();
    const definition = definitionOf(machine);
    const name = `x-${executions.size + 1}`;
    const arn = `${REGION}:execution:Ringward-${machine}:${name}`;
    const execution: Execution = {
      arn,
      machine,
      input,
      startedAt: clock.now,
      timeoutSeconds: definition.TimeoutSeconds ?? NO_TIMEOUT_SECONDS,
      status: 'RUNNING',
      stoppedAt: null,
      output: null,
      error: '',
      cause: '',
      history: [],
    };
    executions.set(arn, execution);
    const own = new Life(`${machine} ${name}`, life);
    const context: Context = {
      Execution: { Id: arn, Name: name, Input: input, StartTime: new Date(clock.now).toISOString() },
      StateMachine: { Id: `${REGION}:stateMachine:Ringward-${machine}`, Name: `Ringward-${machine}` },
    };
    const end = (status: Execution['status'], more: Partial<Execution>): void => {
      if (execution.status === 'RUNNING') Object.assign(execution, { status, stoppedAt: clock.now, ...more });
      own.end();
    };
    const late = Promise.withResolvers<void>();
    const timer = liveAs(life, () =>
      clock.after(deadlines ? execution.timeoutSeconds * 1000 : Number.MAX_SAFE_INTEGER, () => {
        end('TIMED_OUT', { error: 'States.Timeout' });
        late.resolve();
      }),
    );
    const ran = liveAs(own, async () => {
      try {
        end('SUCCEEDED', { output: await runMachine(definition, input, context, this.#around(machine, execution)) });
      } catch (failure) {
        if (!(failure instanceof StateFailure)) throw failure;
        end('FAILED', { error: failure.error, cause: failure.cause });
      }
    });
    await Promise.race([ran, late.promise]);
    clock.cancel(timer);
    return life.isAlive ? execution : never();
  }

  #around(machine: string, execution: Execution): Surroundings {
    const { clock, random } = this.#parts;
    return {
      random,
      now: () => clock.now,
      sleep: (ms) => clock.sleep(ms),
      task: (state, given, context, seconds) => this.#task(machine, state, given as Arguments, context, seconds),
      token: () => this.#parts.tokens.make(),
      items: (state, given, context) => this.#items(machine, state, given as Arguments, context),
      passed: (_context, state, input, output) => {
        execution.history.push({ state, input, output });
      },
    };
  }

  async #task(machine: string, { Resource }: TaskState, given: Arguments, context: Context, seconds: number | null): Promise<unknown> {
    const { clock, deadlines } = this.#parts;
    const caller = lifeHere();
    const life = new Life(`${machine}/${context.State?.Name}`, caller);
    const node = nodeOf(given['Payload']) ?? nodeOf(given['Input']);
    const place = `${machine}/${context.State?.Name}${node === undefined ? '' : `@${node}`}`;
    const late = Promise.withResolvers<never>();
    const timer =
      seconds === null || !deadlines
        ? undefined
        : clock.after(seconds * 1000, () => {
            life.end();
            late.reject(new StateFailure('States.Timeout', `Task timed out after ${seconds} seconds`));
          });
    try {
      return await Promise.race([
        liveAs(life, () => standAt(place, () => this.#carryOut(Resource, given, place, context.Task?.Token))),
        late.promise,
      ]);
    } finally {
      clock.cancel(timer);
    }
  }

  async #carryOut(resource: string, given: Arguments, place: string, token: string | undefined): Promise<unknown> {
    const { clock, carry, handlers, deadlines, tokens } = this.#parts;
    const life = lifeHere();
    if (resource === 'arn:aws:states:::lambda:invoke' || resource === 'arn:aws:states:::lambda:invoke.waitForTaskToken') {
      const name = placeholder(given['FunctionName']);
      const handler = handlers().get(name);
      if (!handler) throw new Error(`no function ${name} was loaded`);
      const perform = async (): Promise<unknown> => {
        const Payload = await invoke(clock, name, handler, JSON.parse(JSON.stringify(given['Payload'])), deadlines);
        return { Payload, StatusCode: 200 };
      };
      const failure = () => new StateFailure('Lambda.ServiceException', 'Service unavailable');
      const answer = await carry()({ place, from: 'workflow', service: 'lambda', operation: 'Invoke', target: name, perform, failure });
      return token === undefined ? answer : tokens.answered(token);
    }
    if (resource === 'arn:aws:states:::states:startExecution.sync:2') {
      const target = placeholder(given['StateMachineArn']);
      const perform = async (): Promise<unknown> => {
        const { arn, status, output, error, cause } = await this.execute(target, given['Input'], life);
        const told = { ExecutionArn: arn, Status: status, Input: given['Input'], Output: output };
        if (status !== 'SUCCEEDED') throw new StateFailure('States.TaskFailed', JSON.stringify({ ...told, Error: error, Cause: cause }));
        return told;
      };
      const failure = () => new StateFailure('StepFunctions.ServiceUnavailableException', 'Service unavailable');
      return carry()({ place, from: 'workflow', service: 'states', operation: 'StartExecution', target, perform, failure });
    }
    throw new Error(`the resource ${resource} is not simulated`);
  }

  async #items(machine: string, { ItemReader }: MapState, given: Arguments, context: Context): Promise<readonly unknown[]> {
    if (ItemReader?.Resource !== 'arn:aws:states:::s3:getObject') throw new Error(`items of ${ItemReader?.Resource} are not simulated`);
    const failure = () => new StateFailure('States.ItemReaderFailed', `the items of ${String(given['Key'])} cannot be read`);
    const perform = async (): Promise<unknown> => {
      const found = getObject(this.#parts.objects, `${String(given['Bucket'])}/${String(given['Key'])}`);
      if (!found) throw failure();
      return JSON.parse(found.body) as unknown;
    };
    const place = `${machine}/${context.State?.Name}`;
    return (await this.#parts.carry()({
      place,
      from: 'workflow',
      service: 's3',
      operation: 'GetObject',
      target: 'items',
      perform,
      failure,
    })) as unknown[];
  }
}

/** `${PlanRollBack}` → `PlanRollBack`. */
function placeholder(reference: unknown): string {
  const [, name] = /^\$\{(\w+)\}$/.exec(String(reference)) ?? [];
  if (name === undefined) throw new Error(`${String(reference)} is no placeholder of the stack`);
  return name;
}

/** The node that a state is about, where there is one. */
const nodeOf = (payload: unknown): string | undefined => {
  const { node } = (payload ?? {}) as { readonly node?: unknown };
  return typeof node === 'string' ? node : undefined;
};
