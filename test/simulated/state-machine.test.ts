/** The interpreter of state machines, by small machines of its own. */
import { describe, expect, test } from 'vitest';
import type { Definition, State } from '../../stand/simulated/state-machine/definition.ts';
import { matches, StateFailure } from '../../stand/simulated/state-machine/failure.ts';
import { runMachine } from '../../stand/simulated/state-machine/run.ts';

interface Told {
  readonly slept: number[];
  readonly passed: string[];
}

type Task = (given: unknown, attempt: number, seconds: number | null) => unknown;

async function run(
  states: Record<string, State>,
  input: unknown,
  task: Task = (given) => given,
  items: unknown[] = [],
): Promise<{ output: unknown } & Told> {
  const told: Told = { slept: [], passed: [] };
  let attempts = 0;
  const definition: Definition = { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0] ?? '', States: states };
  const context = { Execution: { Id: 'e', Name: 'e', Input: input, StartTime: '' }, StateMachine: { Id: 'm', Name: 'm' } };
  const output = await runMachine(definition, input, context, {
    task: async (_, given, __, seconds) => task(given, ++attempts, seconds),
    items: async () => items,
    token: () => 'a token',
    random: () => 0.5,
    now: () => 0,
    sleep: async (ms) => {
      told.slept.push(ms);
    },
    passed: (_, state) => told.passed.push(state),
  });
  return { output, ...told };
}

const task = (more: object = {}): State => ({ Type: 'Task', Resource: 'r', End: true, ...more }) as State;
const failing =
  (error: string, until: number): Task =>
  (given, attempt) => {
    if (attempt <= until) throw new StateFailure(error, '{"why":1}');
    return given;
  };

describe('values', () => {
  test('expressions anywhere in a template; texts and numbers stand for themselves', async () => {
    const output = { a: ['{% $states.input.x + 1 %}', 2], b: { c: '{% $states.context.Execution.Id %}' }, d: 'plain' };
    expect((await run({ P: { Type: 'Pass', Output: output, End: true } }, { x: 1 })).output).toEqual({
      a: [2, 2],
      b: { c: 'e' },
      d: 'plain',
    });
  });

  test('an expression that gives nothing is an error that can be caught', async () => {
    const states = {
      T: task({
        Output: '{% $states.result.missing %}',
        Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Output: 'caught', Next: 'P' }],
      }),
      P: { Type: 'Pass', End: true } as State,
    };
    expect((await run(states, {})).output).toBe('caught');
  });

  test('a task that waits has a token of its own in its arguments, and a time-out may be an expression', async () => {
    const wait = {
      Resource: 'r.waitForTaskToken',
      Arguments: { token: '{% $states.context.Task.Token %}' },
      TimeoutSeconds: '{% $states.input * 2 %}',
    };
    const seen: unknown[] = [];
    await run({ T: task(wait) }, 4, (given, _attempt, seconds) => seen.push(given, seconds));
    expect(seen).toEqual([{ token: 'a token' }, 8]);
  });

  test('a choice takes the first condition that is true, else the default', async () => {
    const states: Record<string, State> = {
      C: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input > 2 %}', Next: 'Big', Output: { was: '{% $states.input %}' } }],
        Default: 'Small',
      },
      Big: { Type: 'Succeed' },
      Small: { Type: 'Pass', Output: 'small', End: true },
    };
    expect([(await run(states, 3)).output, (await run(states, 1)).output]).toEqual([{ was: 3 }, 'small']);
  });
});

describe('what fails', () => {
  const retry = { ErrorEquals: ['BUSY'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 3 };

  test('is tried again with growing pauses, jitter and a longest one, and then it works', async () => {
    expect((await run({ T: task({ Retry: [retry] }) }, 1, failing('BUSY', 3))).slept).toEqual([1000, 2000, 4000]);
    const bounded = { ...retry, MaxDelaySeconds: 1.5, JitterStrategy: 'FULL' };
    expect((await run({ T: task({ Retry: [bounded] }) }, 1, failing('BUSY', 3))).slept).toEqual([500, 750, 750]);
  });

  test('is caught by name when the attempts are over, with error and cause in words', async () => {
    const caught = '{% $states.errorOutput.Error & $states.errorOutput.Cause & $string($states.input) %}';
    const states = {
      T: task({ Retry: [retry], Catch: [{ ErrorEquals: ['States.ALL'], Output: caught, Next: 'P' }] }),
      P: { Type: 'Pass', End: true } as State,
    };
    expect((await run(states, 1, failing('BUSY', 9))).output).toBe('BUSY{"why":1}1');
  });

  test('that nobody catches ends the machine; a Fail state says what it is told to', async () => {
    await expect(run({ T: task() }, 1, failing('OTHER', 1))).rejects.toMatchObject({ error: 'OTHER' });
    await expect(run({ F: { Type: 'Fail', Error: '{% $states.input.e %}', Cause: 'c' } }, { e: 'E' })).rejects.toMatchObject({
      error: 'E',
      cause: 'c',
    });
  });

  test.each<[readonly string[], string, boolean]>([
    [['States.ALL'], 'ANY', true],
    [['States.ALL'], 'States.Timeout', true],
    [['States.ALL'], 'States.Runtime', false],
    [['States.TaskFailed'], 'ANY', true],
    [['States.TaskFailed'], 'States.Timeout', false],
    [['States.Runtime'], 'States.Runtime', true],
    [['A', 'B'], 'B', true],
    [['A'], 'B', false],
  ])('%j matches %s: %s', (names, error, match) => {
    expect(matches(names, error)).toBe(match);
  });
});

describe('many', () => {
  const map = (most: number): State => ({
    Type: 'Map',
    MaxConcurrency: most,
    ItemReader: { Resource: 'r', Arguments: {} },
    ItemSelector: { value: '{% $states.context.Map.Item.Value %}', of: '{% $states.input %}' },
    ItemProcessor: { StartAt: 'T', States: { T: task() } },
    End: true,
  });

  test('a map gives its results in the order of the items, no more at once than it may', async () => {
    let [now, most] = [0, 0];
    const wait: Task = async (given) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((next) => setImmediate(next));
      now -= 1;
      return (given as { value: number }).value * 10;
    };
    expect((await run({ M: map(2) }, 'x', wait, [1, 2, 3, 4])).output).toEqual([10, 20, 30, 40]);
    expect(most).toBe(2);
    expect((await run({ M: map(0) }, 'x', (given) => given, [1])).output).toEqual([{ value: 1, of: 'x' }]);
  });

  test('branches are given the same and answer in their order', async () => {
    const branch = (output: string) => ({ StartAt: 'P', States: { P: { Type: 'Pass', Output: output, End: true } as State } });
    const states: Record<string, State> = {
      P: { Type: 'Parallel', Branches: [branch('{% $states.input + 1 %}'), branch('b')], End: true },
    };
    expect((await run(states, 1)).output).toEqual([2, 'b']);
  });
});
