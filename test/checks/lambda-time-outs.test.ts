import { expect, test } from 'vitest';
import { judgeTimeouts, type Template } from '../../checks/cdk.ts';

/** A machine whose inner state calls a function: each with its time-out, seconds. */
function template(state: number, called: number | undefined, functionName = '${ObserveNode}'): Template {
  const task = {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: functionName },
    TimeoutSeconds: state,
    End: true,
  };
  const map = { Type: 'Map', ItemProcessor: { StartAt: 'Observe node', States: { 'Observe node': task } }, End: true };
  return {
    Resources: {
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          DefinitionString: JSON.stringify({ StartAt: 'Each node', States: { 'Each node': map } }),
          DefinitionSubstitutions: { ObserveNode: { 'Fn::GetAtt': ['FunctionsObserveNode1A2B', 'Arn'] } },
        },
      },
      FunctionsObserveNode1A2B: { Type: 'AWS::Lambda::Function', Properties: called === undefined ? {} : { Timeout: called } },
    },
  };
}

test('a function that may outlast the state that calls it is a problem, and named', () => {
  expect(judgeTimeouts([template(60, 61)])).toEqual([
    'Machine: Each node › Observe node: gives up after 60 s, while ObserveNode may run for 61 s',
  ]);
  expect(judgeTimeouts([template(2, undefined)])).toHaveLength(1);
});

test('one that ends before its state, or with it, is none', () => {
  for (const [state, called] of [
    [60, 60],
    [90, 60],
    [3, undefined],
  ] as const)
    expect(judgeTimeouts([template(state, called)])).toEqual([]);
});

test('a call of a function that is not deployed is a problem', () => {
  expect(judgeTimeouts([template(60, 60, '${Observe}')])).toEqual([expect.stringContaining('no function of the template')]);
});
