import { describe, expect, test } from 'vitest';
import { judgeStateMachine, placeholdersIn } from '../../checks/state-machines.ts';

const task = {
  Type: 'Task',
  Resource: '${FunctionObserveNode}',
  TimeoutSeconds: 60,
  Arguments: { node: '{% $states.input.node %}' },
  Retry: [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 2 }],
  Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed' }],
  Next: 'Done',
};
const map = (ItemSelector: unknown) => ({
  Type: 'Map',
  Items: '{% $states.input.nodes %}',
  ItemSelector,
  ItemProcessor: { StartAt: 'One', States: { One: { Type: 'Pass', End: true } } },
  Catch: task.Catch,
  End: true,
});
const fail = { Type: 'Fail', Error: 'NODE_COMMAND_LOST', Cause: '{% $reason %}' };
const machine = (states: object) => ({
  Comment: 'Observes one node.',
  QueryLanguage: 'JSONata',
  StartAt: 'Observe',
  States: { Observe: task, Done: { Type: 'Succeed' }, Failed: fail, ...states },
});

test('a complete machine has no problem', () => {
  const retried = { ...task, Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 2, BackoffRate: 1 }] };
  expect(judgeStateMachine({ ...machine({ Observe: retried }), TimeoutSeconds: 182 })).toEqual([]);
  expect(judgeStateMachine(machine({}))).toEqual([]);
  const selector = { item: '{% $states.context.Map.Item.Value %}', look: '{% $states.input.look %}' };
  expect(judgeStateMachine(machine({ Done: map(selector) }))).toEqual([]);
});

describe('each broken rule is named with its state', () => {
  const without = (field: string): object => Object.fromEntries(Object.entries(task).filter(([key]) => key !== field));
  test.each([
    ['a Task without TimeoutSeconds', machine({ Observe: without('TimeoutSeconds') }), /^Observe: a Task without TimeoutSeconds/],
    [
      'a Task whose attempts outlast the machine',
      {
        ...machine({ Observe: { ...task, Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 2, BackoffRate: 1 }] } }),
        TimeoutSeconds: 181,
      },
      /^Observe: when it hangs, its attempts take 182 s, longer than the machine may \(181 s\)/,
    ],
    ['a Task without Retry', machine({ Observe: without('Retry') }), /^Observe: a Task without Retry/],
    [
      'a Task without Catch',
      machine({ Observe: without('Catch'), Done: { Type: 'Pass', Next: 'Failed' } }),
      /^Observe: a Task without Catch/,
    ],
    [
      'a Catch of one error only',
      machine({ Observe: { ...task, Catch: [{ ErrorEquals: ['X'], Next: 'Failed' }] } }),
      /^Observe: no Catch takes States.ALL/,
    ],
    ['a Fail without Cause', machine({ Failed: { Type: 'Fail', Error: 'X' } }), /^Failed: a Fail without Cause/],
    ['a Fail without Error', machine({ Failed: { Type: 'Fail', Cause: 'X' } }), /^Failed: a Fail without Error/],
    ['an unreachable state', machine({ Lonely: { Type: 'Succeed' } }), /Lonely/],
    ['a transition to nowhere', machine({ Observe: { ...task, Next: 'Nowhere' } }), /^not valid: .*[Nn]owhere/],
    ['JSONPath', { ...machine({}), QueryLanguage: 'JSONPath' }, /QueryLanguage is not "JSONata"/],
    ['a JSONPath field', machine({ Observe: { ...task, ResultPath: '$.x' } }), /^not valid/],
    [
      'an expression that does not parse',
      machine({ Observe: { ...task, Arguments: { node: '{% $states.input.( %}' } } }),
      /^States\.Observe\.Arguments\.node/,
    ],
    ['an expression inside a text', machine({ Observe: { ...task, Arguments: { node: 'x {% $y %}' } } }), /must be the whole string/],
    [
      'a Choice without Default',
      machine({ Done: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'Failed' }] } }),
      /^Done: a Choice without Default/,
    ],
    ['a field that the local engine ignores', machine({ Observe: { ...task, ResultWriter: {} } }), /^Observe: ResultWriter is ignored/],
    [
      'an ItemSelector of one expression',
      machine({ Done: map('{% {"item": $states.context.Map.Item.Value} %}') }),
      /^Done: ItemSelector is no object/,
    ],
    [
      'an ItemSelector with a part of the item beside the item',
      machine({
        Done: map({ node: '{% $states.context.Map.Item.Value.node %}', item: '{% $states.context.Map.Item.Value %}', look: '{% 1 %}' }),
      }),
      /^Done: ItemSelector carries the item more than once: node, item/,
    ],
    ['no Comment', { ...machine({}), Comment: undefined }, /Comment is missing/],
  ])('%s', (_name, definition, expected) => {
    expect(judgeStateMachine(definition)).toContainEqual(expect.stringMatching(expected));
  });

  test('inside a Map and a branch of a Parallel', () => {
    const inner = { StartAt: 'Inner', States: { Inner: { Type: 'Task', Resource: '${X}', End: true } } };
    const nested = machine({
      Done: { Type: 'Map', ItemProcessor: inner, Catch: task.Catch, Next: 'Both' },
      Both: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'Side', States: { Side: { Type: 'Task', Resource: '${X}', End: true } } }],
        Catch: task.Catch,
        End: true,
      },
    });
    const problems = judgeStateMachine(nested);
    expect(problems).toContainEqual(expect.stringMatching(/^Done › Inner: a Task without TimeoutSeconds/));
    expect(problems).toContainEqual(expect.stringMatching(/^Both\[0\] › Side: a Task without Retry/));
  });
});

test('a Map is caught by the Parallel around it; alone it needs a Catch of its own', () => {
  const map = { Type: 'Map', Items: '{% $x %}', ItemProcessor: { StartAt: 'Inner', States: { Inner: { Type: 'Succeed' } } }, End: true };
  const inside = machine({
    Done: { Type: 'Parallel', Branches: [{ StartAt: 'Each', States: { Each: map } }], Catch: task.Catch, End: true },
  });
  expect(judgeStateMachine(inside)).toEqual([]);
  expect(judgeStateMachine(machine({ Done: map }))).toEqual([expect.stringMatching(/^Done: a Map without Catch/)]);
});

test('placeholders are listed once, in order', () => {
  expect(placeholdersIn('"${B}" "${A}" "{% $x & \'${B}\' %}"')).toEqual(['A', 'B']);
});
