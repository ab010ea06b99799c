/** A state machine as its file says it: the parts of the Amazon States Language (JSONata) that Ringward's machines use. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxAttempts?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Output?: unknown;
  readonly Next: string;
}

interface Common {
  readonly Comment?: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Output?: unknown;
}

interface Guarded extends Common {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface TaskState extends Guarded {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Arguments?: unknown;
  /** A number, or an expression that gives one. */
  readonly TimeoutSeconds?: unknown;
}

export interface MapState extends Guarded {
  readonly Type: 'Map';
  readonly Label?: string;
  readonly MaxConcurrency?: number;
  readonly Items?: unknown;
  readonly ItemReader?: { readonly Resource: string; readonly ReaderConfig?: unknown; readonly Arguments: unknown };
  readonly ItemSelector?: unknown;
  readonly ItemProcessor: States & { readonly ProcessorConfig?: { readonly Mode?: string; readonly ExecutionType?: string } };
}

export type State =
  | TaskState
  | MapState
  | (Guarded & { readonly Type: 'Parallel'; readonly Branches: readonly States[] })
  | (Common & { readonly Type: 'Pass' })
  | (Common & { readonly Type: 'Succeed' })
  | (Common & { readonly Type: 'Wait'; readonly Seconds?: unknown; readonly Timestamp?: unknown })
  | (Common & { readonly Type: 'Fail'; readonly Error?: unknown; readonly Cause?: unknown })
  | (Common & { readonly Type: 'Choice'; readonly Default?: string; readonly Choices: readonly Choice[] });

interface Choice {
  readonly Condition: unknown;
  readonly Next: string;
  readonly Output?: unknown;
}

/** Some states, and where they begin. */
export interface States {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Definition extends States {
  readonly QueryLanguage: 'JSONata';
  readonly TimeoutSeconds?: number;
  readonly Comment?: string;
}

const FOLDER = join(import.meta.dirname, '../../../statemachines');
const read = new Map<string, Definition>();

/** `RollBackNode` → the parsed `roll-back-node.asl.json`, placeholders as they stand: whoever runs a task resolves them. */
export function definitionOf(machine: string): Definition {
  let definition = read.get(machine);
  if (!definition) {
    const file = `${machine.replaceAll(/(?<!^)([A-Z])/g, '-$1').toLowerCase()}.asl.json`;
    definition = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Definition;
    if (definition.QueryLanguage !== 'JSONata')
      throw new Error(`${file} speaks ${definition.QueryLanguage}, and JSONata alone is simulated`);
    read.set(machine, definition);
  }
  return definition;
}
