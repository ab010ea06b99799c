/** Runs the states of a machine, as its file says. What is outside the machine (functions, S3, other executions) is the caller's. */
import type { Definition, MapState, State, States, TaskState } from './definition.ts';
import { evaluate } from './expression.ts';
import { StateFailure } from './failure.ts';
import { guarded, type Waits } from './guard.ts';

/** The execution that the states belong to: `$states.context`. */
export interface Context {
  readonly Execution: { readonly Id: string; readonly Name: string; readonly Input: unknown; readonly StartTime: string };
  readonly StateMachine: { readonly Id: string; readonly Name: string };
  readonly State?: { readonly Name: string };
  /** Of a task that waits for its token. */
  readonly Task?: { readonly Token: string };
  readonly Map?: { readonly Item: { readonly Index: number; readonly Value: unknown } };
}

/** What a machine asks of the world around it. */
export interface Surroundings extends Waits {
  /** Carries a task out, within so many seconds. Throws a {@link StateFailure}. */
  readonly task: (state: TaskState, given: unknown, context: Context, seconds: number | null) => Promise<unknown>;
  /** A token that no task had before. */
  readonly token: () => string;
  /** Reads the items of a distributed map. Throws a {@link StateFailure}. */
  readonly items: (state: MapState, given: unknown, context: Context) => Promise<readonly unknown[]>;
  readonly now: () => number;
  /** Told of each state, with what it was given and what it gives. */
  readonly passed: (context: Context, state: string, input: unknown, output: unknown) => void;
}

/** Runs a whole machine. Throws a {@link StateFailure} when it fails. */
export const runMachine = (definition: Definition, input: unknown, context: Context, around: Surroundings): Promise<unknown> =>
  runStates(definition, input, context, around);

async function runStates(states: States, input: unknown, of: Context, around: Surroundings): Promise<unknown> {
  let current = input;
  let next: string | undefined = states.StartAt;
  while (next !== undefined) {
    const name: string = next;
    const state = states.States[name];
    if (!state) throw new StateFailure('States.Runtime', `there is no state "${name}"`);
    const context = { ...of, State: { Name: name } };
    const entered = current;
    const step = await runState(state, entered, context, around);
    around.passed(context, name, entered, step.output);
    current = step.output;
    next = step.next;
  }
  return current;
}

interface Step {
  readonly output: unknown;
  readonly next: string | undefined;
}

async function runState(state: State, input: unknown, context: Context, around: Surroundings): Promise<Step> {
  const next = state.End === true ? undefined : state.Next;
  const states = { input, context };
  const outputOf = async (result: unknown, otherwise: unknown): Promise<unknown> =>
    state.Output === undefined ? otherwise : evaluate(state.Output, { ...states, result });
  switch (state.Type) {
    case 'Pass':
      return { output: await outputOf(undefined, input), next };
    case 'Succeed':
      return { output: await outputOf(undefined, input), next: undefined };
    case 'Fail': {
      const [error, cause] = [await evaluate(state.Error ?? '', states), await evaluate(state.Cause ?? '', states)];
      throw new StateFailure(String(error), String(cause));
    }
    case 'Wait': {
      const until = state.Timestamp === undefined ? 0 : Date.parse(String(await evaluate(state.Timestamp, states))) - around.now();
      await around.sleep(state.Seconds === undefined ? Math.max(0, until) : 1000 * Number(await evaluate(state.Seconds, states)));
      return { output: await outputOf(undefined, input), next };
    }
    case 'Choice': {
      for (const choice of state.Choices)
        if ((await evaluate(choice.Condition, states)) === true)
          return { output: choice.Output === undefined ? input : await evaluate(choice.Output, states), next: choice.Next };
      if (state.Default === undefined) throw new StateFailure('States.NoChoiceMatched', 'no choice matched');
      return { output: await outputOf(undefined, input), next: state.Default };
    }
    default: {
      const attempt = async (): Promise<unknown> => {
        const result = await resultOf(state, input, context, around);
        return outputOf(result, result);
      };
      const ended = await guarded(state, attempt, around);
      if ('result' in ended) return { output: ended.result, next };
      const { catcher, errorOutput } = ended;
      const output = catcher.Output === undefined ? errorOutput : await evaluate(catcher.Output, { ...states, errorOutput });
      return { output, next: catcher.Next };
    }
  }
}

async function resultOf(
  state: Extract<State, { readonly Type: 'Task' | 'Map' | 'Parallel' }>,
  input: unknown,
  context: Context,
  around: Surroundings,
): Promise<unknown> {
  const states = { input, context };
  if (state.Type === 'Task') {
    const waits = state.Resource.endsWith('.waitForTaskToken');
    const own = waits ? { ...context, Task: { Token: around.token() } } : context;
    const seconds = state.TimeoutSeconds === undefined ? null : Number(await evaluate(state.TimeoutSeconds, states));
    const given = state.Arguments === undefined ? input : await evaluate(state.Arguments, { input, context: own });
    return around.task(state, given, own, seconds);
  }
  if (state.Type === 'Parallel') return Promise.all(state.Branches.map((branch) => runStates(branch, input, context, around)));
  const items = state.ItemReader
    ? await around.items(state, await evaluate(state.ItemReader.Arguments, states), context)
    : ((state.Items === undefined ? input : await evaluate(state.Items, states)) as readonly unknown[]);
  const distributed = state.ItemProcessor.ProcessorConfig?.Mode === 'DISTRIBUTED';
  return inTurns(items, state.MaxConcurrency ?? 0, async (value, index) => {
    const inMap = { ...context, Map: { Item: { Index: index, Value: value } } };
    const given = state.ItemSelector === undefined ? value : await evaluate(state.ItemSelector, { input, context: inMap });
    // The items of a distributed map are executions of their own.
    const id = `${context.Execution.Id}/${state.Label ?? 'Map'}:${index}`;
    const own = distributed ? { ...inMap, Execution: { ...context.Execution, Id: id, Input: given } } : inMap;
    return runStates(state.ItemProcessor, given, own, around);
  });
}

/** At most so many at a time, 0: all; results in the order of the items. */
async function inTurns<T, R>(items: readonly T[], most: number, run: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const take = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await run(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(items.length, most || items.length) }, take));
  return results;
}
