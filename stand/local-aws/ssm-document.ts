/** A refusal in SSM's own words. */
export class SsmRefusal extends Error {
  override readonly name = 'SsmRefusal';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface ParameterSpecification {
  readonly type: 'String' | 'StringList' | 'Integer' | 'Boolean' | 'StringMap' | 'MapList';
  readonly default?: unknown;
  readonly allowedPattern?: string;
  readonly allowedValues?: readonly string[];
  readonly minChars?: number;
  readonly maxChars?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly interpolationType?: 'ENV_VAR';
}

interface ShellStep {
  readonly action: string;
  readonly inputs: {
    readonly runCommand: string | readonly string[];
    readonly timeoutSeconds?: string | number;
    readonly workingDirectory?: string;
  };
}

/** A command document of schema 2.2, as far as Run Command on Linux needs it. */
export interface CommandDocument {
  readonly schemaVersion: string;
  readonly parameters?: Readonly<Record<string, ParameterSpecification>>;
  readonly mainSteps: readonly ShellStep[];
}

/** The one public document that the stand knows beside those of the stack. */
export const RUN_SHELL_SCRIPT: CommandDocument = {
  schemaVersion: '2.2',
  parameters: {
    commands: { type: 'StringList' },
    workingDirectory: { type: 'String', default: '' },
    executionTimeout: {
      type: 'String',
      default: '3600',
      allowedPattern: '([1-9][0-9]{0,4})|(1[0-6][0-9]{4})|(17[0-1][0-9]{3})|(172[0-7][0-9]{2})|(172800)',
    },
  },
  mainSteps: [
    {
      action: 'aws:runShellScript',
      inputs: { runCommand: '{{ commands }}', timeoutSeconds: '{{ executionTimeout }}', workingDirectory: '{{ workingDirectory }}' },
    },
  ],
};

export type ParameterValues = Readonly<Record<string, readonly string[]>>;

/** What a node runs: a script, its variables, its limits. */
export interface NodeScript {
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly workingDirectory: string;
}

function checkOne(name: string, value: string, specification: ParameterSpecification): void {
  const refuse = (why: string): never => {
    throw new SsmRefusal('InvalidParameters', `Parameter "${name}" with value "${value.slice(0, 200)}" ${why}`);
  };
  // Both readings of an unanchored pattern (a match of the whole, a match of a part) must accept: an emulator laxer than AWS hides mistakes.
  if (specification.allowedPattern !== undefined && !new RegExp(`^(?:${specification.allowedPattern})$`).test(value)) {
    refuse(`does not match the allowed pattern ${specification.allowedPattern}`);
  }
  if (specification.allowedValues && !specification.allowedValues.includes(value)) {
    refuse(`is not one of ${specification.allowedValues.join(', ')}`);
  }
  if (specification.minChars !== undefined && value.length < specification.minChars) refuse(`is shorter than ${specification.minChars}`);
  if (specification.maxChars !== undefined && value.length > specification.maxChars) refuse(`is longer than ${specification.maxChars}`);
  if (specification.type === 'Integer' && !/^-?\d+$/.test(value)) refuse('is not an integer');
  if (specification.type === 'Boolean' && !/^(true|false)$/i.test(value)) refuse('is not true or false');
}

/**
 * The values with which a document runs: those given, checked against the document, and its defaults.
 * @throws SsmRefusal InvalidParameters as SendCommand answers for an unknown, missing or refused one
 */
export function resolveParameters(document: CommandDocument, given: ParameterValues): Record<string, readonly string[]> {
  const specifications = document.parameters ?? {};
  const unknown = Object.keys(given).filter((name) => !(name in specifications));
  if (unknown.length > 0) {
    throw new SsmRefusal('InvalidParameters', `Parameters [${unknown.join(', ')}] are not defined in the document`);
  }
  const resolved: Record<string, readonly string[]> = {};
  for (const [name, specification] of Object.entries(specifications)) {
    const values = given[name] ?? (specification.default === undefined ? undefined : [specification.default].flat().map(String));
    if (values === undefined) throw new SsmRefusal('InvalidParameters', `Parameter "${name}" is required and has no default`);
    if (!Array.isArray(values) || values.some((value) => typeof value !== 'string')) {
      throw new SsmRefusal('InvalidParameters', `Parameter "${name}" must be a list of strings`);
    }
    if (specification.type !== 'StringList' && values.length !== 1) {
      throw new SsmRefusal(
        'InvalidParameters',
        `Parameter "${name}" of type ${specification.type} takes exactly one value, got ${values.length}`,
      );
    }
    if (specification.maxItems !== undefined && values.length > specification.maxItems) {
      throw new SsmRefusal('InvalidParameters', `Parameter "${name}" takes at most ${specification.maxItems} values`);
    }
    for (const value of values) checkOne(name, value, specification);
    resolved[name] = values;
  }
  return resolved;
}

/** Puts `{{ name }}` values into a text; a list becomes lines. */
function interpolate(text: string, values: ParameterValues): string {
  return text.replace(/\{\{\s*([A-Za-z0-9_-]+)\s*\}\}/g, (whole, name: string) => values[name]?.join('\n') ?? whole);
}

/** The script of a document's shell steps, one after the other, with its parameters in place or as SSM_<name> variables. */
export function scriptOf(document: CommandDocument, values: ParameterValues): NodeScript {
  const steps = document.mainSteps.filter((step) => step.action === 'aws:runShellScript');
  const [first] = steps;
  if (!first) throw new SsmRefusal('InvalidDocument', 'The document has no aws:runShellScript step');
  const environment: Record<string, string> = {};
  for (const [name, specification] of Object.entries(document.parameters ?? {})) {
    if (specification.interpolationType === 'ENV_VAR') environment[`SSM_${name}`] = values[name]?.join('\n') ?? '';
  }
  const lines = steps.flatMap((step) => [step.inputs.runCommand].flat()).map((line) => interpolate(line, values));
  return {
    script: `${lines.join('\n')}\n`,
    environment,
    timeoutSeconds: Number(interpolate(String(first.inputs.timeoutSeconds ?? 3600), values)),
    workingDirectory: interpolate(first.inputs.workingDirectory ?? '', values),
  };
}
