import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { judgeStateMachine } from '../../checks/state-machines.ts';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: boolean;
  readonly Output?: unknown;
  readonly Arguments?: { readonly FunctionName?: string; readonly StateMachineArn?: string };
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[] }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly MaxConcurrency?: number;
  readonly Branches?: readonly Machine[];
  readonly ItemProcessor?: Machine;
}
interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const folder = join(import.meta.dirname, '../../statemachines');
const machines = new Map(
  readdirSync(folder).map((file) => [file.replace('.asl.json', ''), JSON.parse(readFileSync(join(folder, file), 'utf8')) as Machine]),
);
const machine = (name: string): Machine => machines.get(name) as Machine;

/** States from `first` on, when nothing fails and no choice is taken but the default. */
function road({ States }: Machine, first: string): string[] {
  const names: string[] = [];
  for (let name: string | undefined = first; name !== undefined; name = States[name]?.Next ?? States[name]?.Default) names.push(name);
  return names;
}

/** Every state of a machine, those inside maps and branches too. */
function allStates({ States }: Machine): [string, State][] {
  return Object.entries(States).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...(state.Branches ?? []).flatMap(allStates),
    ...(state.ItemProcessor ? allStates(state.ItemProcessor) : []),
  ]);
}

const retried = (state: State) => new Set((state.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals));
const caught = (state: State, error: string) =>
  state.Catch?.find(({ ErrorEquals }) => ErrorEquals.includes(error) || ErrorEquals.includes('States.ALL'))?.Next;

describe('roll-back-node', () => {
  const { States } = machine('roll-back-node');

  test('the seven phases of a restart come in order, each its own state, and then the node is concluded', () => {
    expect(road(machine('roll-back-node'), 'Which way?')).toEqual([
      'Which way?',
      'Stop accepting',
      'Stop service',
      'Restore certificates',
      'Restore configuration',
      'Start service',
      'Prove node',
      'Restore traffic',
      'Conclude node',
    ]);
  });

  test('the hot way is one state, proven before it is concluded', () => {
    expect(States['Which way?']?.Choices).toEqual([{ Condition: "{% $states.input.way = 'hot' %}", Next: 'Restore hot' }]);
    expect(road(machine('roll-back-node'), 'Restore hot')).toEqual(['Restore hot', 'Conclude node']);
  });

  test('a lost snapshot comes from S3 and the way back goes on where it was', () => {
    for (const name of ['Restore hot', 'Restore certificates', 'Restore configuration'])
      expect(caught(States[name] as State, 'SNAPSHOT_MISSING')).toBe('Fetched already?');
    expect(road(machine('roll-back-node'), 'Fetched already?').slice(0, 2)).toEqual(['Fetched already?', 'Open restore']);
    expect(road(machine('roll-back-node'), 'Open restore').slice(0, 5)).toEqual([
      'Open restore',
      'Rewrap key',
      'Fetch backup',
      'Which way again?',
      'Restore certificates',
    ]);
  });

  test('a snapshot that is missed again after it was fetched goes to a person, not round and round', () => {
    expect(States['Fetched already?']?.Choices).toEqual([{ Condition: '{% $exists($states.input.fetched) %}', Next: 'Hand over node' }]);
    const remembers = ['Fetch backup', 'Restore certificates'].map((name) => States[name]?.Output);
    for (const output of remembers) expect(output).toContain("'fetched': true");
  });

  test('whatever fails for good hands the node to a person (I7)', () => {
    const tasks = Object.entries(States).filter(([name, { Type }]) => Type === 'Task' && name !== 'Hand over node');
    expect(tasks.length).toBeGreaterThan(10);
    for (const [name, state] of tasks) expect([name, caught(state, 'ANYTHING')]).toEqual([name, 'Hand over node']);
  });
});

describe('roll-back', () => {
  const { States } = machine('roll-back');
  const MOVES = {
    restore: 'Roll back wave',
    survey: 'Survey ring',
    ask: 'Ask for approval',
    wait: 'Wait to go on',
    'restart-instead': 'Plan roll-back',
  };

  test('each move of the course has its state, comes back to the next move, and everything else is proof', () => {
    const choices = Object.fromEntries(
      (States['Which move?']?.Choices ?? []).map(({ Condition, Next }) => [/'([\w-]+)'/.exec(Condition)?.[1], Next]),
    );
    expect(choices).toEqual(MOVES);
    for (const name of Object.values(MOVES)) expect([name, States[name]?.Next]).toEqual([name, 'Next move']);
    expect(States['Next move']?.Next).toBe('Which move?');
    expect(States['Which move?']?.Default).toBe('Verify again');
    expect(States['Was it a wave?']?.Choices?.map(({ Next }) => Next)).toEqual(['Next move']);
  });

  test('nodes are worked on in one place alone, after the next move has chosen them (I3)', () => {
    const starts = Object.entries(States).filter(([, state]) => JSON.stringify(state).includes('${RollBackNode}'));
    expect(starts.map(([name]) => name)).toEqual(['Roll back wave']);
    expect(Object.entries(States).flatMap(([name, state]) => (state.Next === 'Roll back wave' ? [name] : []))).toEqual([]);
  });

  test('an approval that times out is no failure: the next move says what comes of it', () => {
    expect(caught(States['Ask for approval'] as State, 'States.Timeout')).toBe('Next move');
    expect(caught(States['Ask for approval'] as State, 'EPOCH_STALE')).toBe('Hold rollback');
  });

  test('every node is verified again before the rollback is concluded (I2)', () => {
    expect(road(machine('roll-back'), 'Verify again')).toEqual([
      'Verify again',
      'Was it a wave?',
      'Conclude roll-back',
      'Concluded?',
      'Write report',
      'Rolled back',
    ]);
    expect(road(machine('roll-back'), 'Wait to look again').slice(0, 2)).toEqual(['Wait to look again', 'Verify again']);
  });
});

test('evidence comes before the verdict, and only the verdict "roll-back" rolls back', () => {
  const { States } = machine('verify-deployment');
  expect(road(machine('verify-deployment'), 'Gather evidence')).toEqual([
    'Gather evidence',
    'Decide deployment',
    'Decided?',
    'Write report',
    'Decided',
  ]);
  expect(States['Decided?']?.Choices?.filter(({ Next }) => Next === 'Roll back')).toEqual([
    { Condition: "{% $states.input.verdict = 'roll-back' %}", Next: 'Roll back' },
  ]);
  expect(Object.values(States).filter(({ Next }) => Next === 'Roll back')).toEqual([]);
  // A verdict of an execution that died is the one other way there (I6).
  expect(
    Object.entries(States).flatMap(([name, { Choices }]) => (Choices?.some(({ Next }) => Next === 'Roll back') ? [name] : [])),
  ).toEqual(['Admitted?', 'Decided?']);
  expect(States['Admitted?']?.Choices).toContainEqual({
    Condition: "{% $states.input.outcome = 'decided-before' %}",
    Next: 'Roll back',
  });
});

test('a backup is packed, uploaded and proven, in this order, before the gate is judged', () => {
  const { States } = machine('back-up-cluster');
  const each = States['Back up nodes']?.ItemProcessor as Machine;
  expect(road(each, each.StartAt)).toEqual(['Pack node', 'Upload backup', 'Rewrap key', 'Prove backup', 'Backup judged']);
  expect(States['Back up nodes']?.Next).toBe('Probe before');
  // The gate waits for what is usual to be measured, and opens without it.
  const probing = States['Probe before'] as State;
  expect([probing.Next, caught(probing, 'ANY')]).toEqual(['Open gate', 'Open gate']);
});

test('learning asks nobody unless it is told to look; a look that fails teaches nothing and ends it with a reason', () => {
  const learning = machine('learn-baseline');
  expect(road(learning, learning.StartAt)).toEqual(['Admit learning', 'Look first?', 'Learn samples']);
  expect(learning.States['Look first?']?.Choices).toEqual([{ Condition: '{% $states.input.look %}', Next: 'Look' }]);
  expect(road(learning, 'Look')).toEqual(['Look', 'Learn samples']);
  expect([caught(learning.States['Look'] as State, 'ANY'), caught(learning.States['Learn samples'] as State, 'ANY')]).toEqual([
    'Not learnt',
    'Not learnt',
  ]);
});

test.each(['back-up-cluster', 'verify-deployment', 'roll-back'])('%s keeps an input that it refuses in the dead-letter queue', (name) => {
  const { StartAt, States } = machine(name);
  expect(caught(States[StartAt] as State, 'FIELD_INVALID')).toBe('Record dead letter');
  expect(road(machine(name), 'Record dead letter')).toEqual(['Record dead letter', 'Not admitted']);
});

test('a node step is sent again when SSM lost it, its program died, or the node was busy', () => {
  // Functions that run one step on a node; their errors of this kind are retryable by contract (adapters/ssm).
  const nodeSteps = ['PackNode', 'UploadBackup', 'ProveBackup', 'ObserveNode', 'RestoreHot', 'StopAccepting', 'StopService'].concat([
    'RestoreCertificates',
    'RestoreConfiguration',
    'StartService',
    'ProveNode',
    'RestoreTraffic',
    'OpenRestore',
    'FetchBackup',
  ]);
  const found = new Set<string>();
  for (const [where, one] of machines) {
    for (const [name, state] of allStates(one)) {
      const step = nodeSteps.find((candidate) => state.Arguments?.FunctionName === `\${${candidate}}`);
      if (!step) continue;
      found.add(step);
      for (const error of ['NODE_COMMAND_LOST', 'NODE_PROGRAM_DIED', 'NODE_LOCKED'])
        expect([where, name, error, retried(state).has(error)]).toEqual([where, name, error, true]);
    }
  }
  expect([...found].sort()).toEqual([...nodeSteps].sort());
});

/** Looks that a later window or watch asks anew: what hangs is missing meanwhile, and not waited for once more. */
const LOOKS = ['ObserveNode', 'ObserveFromClient', 'CheckEndpoints', 'CheckServices', 'ProbeWindow', 'ProbeBefore'];
const isLook = (machine: string, state: State) =>
  machine !== 'check-certificates' && LOOKS.some((look) => state.Arguments?.FunctionName === `\${${look}}`);

test('a Lambda that hiccups is called again, in every state that calls one; a look that hung is not', () => {
  for (const [where, one] of machines) {
    for (const [name, state] of allStates(one)) {
      if (state.Arguments?.FunctionName === undefined) continue;
      for (const error of [
        'Lambda.ServiceException',
        'Lambda.TooManyRequestsException',
        'Runtime.ExitError',
        'InternalServerError',
        'ThrottlingException',
      ])
        expect([where, name, error, retried(state).has(error)]).toEqual([where, name, error, true]);
      expect([where, name, retried(state).has('Sandbox.Timedout')]).toEqual([where, name, !isLook(where, state)]);
      // What waits for a person has its deadline, and no second one.
      const waits = name === 'Ask for approval';
      expect([where, name, retried(state).has('States.Timeout')]).toEqual([where, name, !isLook(where, state) && !waits]);
    }
  }
});

const ALL = [
  'back-up-cluster',
  'check-certificates',
  'learn-baseline',
  'roll-back',
  'roll-back-node',
  'verify-deployment',
  'verify-node',
  'watch-cluster',
];

test.each(ALL)('%s keeps the rules: every wait ends, every failure is caught, every expression parses (I12)', (name) => {
  expect(judgeStateMachine(machine(name))).toEqual([]);
});

test('no state machine is left out', () => {
  expect([...machines.keys()].sort()).toEqual(ALL);
});
