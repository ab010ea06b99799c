/** The CDK app synthesises (cdk-nag runs inside it), and deploys the very state machines of the repository. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Outcome } from './outcome.ts';
import { exists, filesMatching, problemsOf, ROOT, runProgram, runScript, textOf } from './repository.ts';
import { placeholdersIn, statesOf } from './state-machines.ts';

const ASSEMBLY = 'cdk.out';
/** Warnings about how CDK writes a template: dependencies told twice, and the access control of a log bucket. */
const WRITTEN_BY_CDK = ['W3005', 'W3045'];

export interface Template {
  readonly Resources?: Readonly<Record<string, unknown>>;
}

interface FunctionResource {
  readonly Type: string;
  readonly Properties: { readonly Timeout?: number };
}

interface StateMachineResource {
  readonly Type: string;
  readonly Properties: {
    readonly DefinitionString?: unknown;
    readonly DefinitionS3Location?: { readonly Key?: unknown };
    readonly DefinitionSubstitutions?: Readonly<Record<string, unknown>>;
  };
}

export async function checkTemplate(): Promise<Outcome> {
  const ran = await runScript('infra/app.ts', [], { CDK_OUTDIR: ASSEMBLY, CDK_CONTEXT_JSON: JSON.stringify({ clientSubnets: 'none' }) });
  if (ran.code !== 0) return { problems: problemsOf(ran), note: 'synthesis failed' };
  const nag = annotationsIn(ASSEMBLY);
  const templates = templatePaths().map((path) => JSON.parse(textOf(path)) as Template);
  const definitions = new Map((await filesMatching(/^statemachines\/.*\.asl\.json$/)).map((path) => [path, textOf(path)]));
  return {
    problems: [...nag, ...judgeDeployedMachines(templates, definitions), ...judgeTimeouts(templates)],
    note: templatePaths().join(', '),
  };
}

interface Annotation {
  readonly type: string;
  readonly data?: unknown;
}

/**
 * Errors and warnings that constructs left in the assembly: cdk-nag's unsuppressed findings are such. The CDK command
 * line would stop at them; an app that is run by itself says nothing and ends 0.
 */
export function annotationsIn(assembly: string): string[] {
  const folder = resolve(ROOT, assembly);
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const { artifacts = {} } = read('manifest.json') as {
    artifacts?: Record<string, { metadata?: Record<string, Annotation[]>; additionalMetadataFile?: string }>;
  };
  return Object.values(artifacts).flatMap(({ metadata = {}, additionalMetadataFile }) => {
    const beside = additionalMetadataFile === undefined ? {} : (read(additionalMetadataFile) as Record<string, Annotation[]>);
    return Object.entries({ ...metadata, ...beside }).flatMap(([path, entries]) =>
      entries
        .filter(({ type }) => type === 'aws:cdk:error' || type === 'aws:cdk:warning')
        .map(({ data }) => `${path}: ${String(data).trim()}`),
    );
  });
}

/**
 * cfn-lint on each template without its state machines' definitions: its rule for them takes JSONata definitions for
 * JSONPath ones and breaks off at a Parallel (cfn-lint 1.58.0, E1101). They are judged by `state-machines`.
 */
export async function lintTemplate(): Promise<Outcome> {
  const program = '.cache/venv/bin/cfn-lint';
  const templates = templatePaths();
  if (templates.length === 0 || !exists(program))
    return { problems: [`${program} or a template in ${ASSEMBLY} is missing`], note: 'not run' };
  const copies = templates.map((path) => {
    const copy = path.replace(ASSEMBLY, '.cache/lint');
    mkdirSync(dirname(join(ROOT, copy)), { recursive: true });
    writeFileSync(join(ROOT, copy), JSON.stringify(withoutDefinitions(JSON.parse(textOf(path))), null, 1));
    return copy;
  });
  const ran = await runProgram(join(ROOT, program), ['--regions', 'us-east-1', '--ignore-checks', ...WRITTEN_BY_CDK, '--', ...copies]);
  return { problems: problemsOf(ran), note: 'cfn-lint, us-east-1' };
}

function withoutDefinitions(template: { readonly Resources?: Readonly<Record<string, unknown>> }): object {
  const resources = Object.entries((template.Resources ?? {}) as Record<string, StateMachineResource>).map(([name, resource]) => [
    name,
    resource.Type === 'AWS::StepFunctions::StateMachine' && typeof resource.Properties.DefinitionString === 'string'
      ? { ...resource, Properties: { ...resource.Properties, DefinitionString: '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}' } }
      : resource,
  ]);
  return { ...template, Resources: Object.fromEntries(resources) };
}

const templatePaths = (): string[] =>
  exists(ASSEMBLY)
    ? readdirSync(join(ROOT, ASSEMBLY))
        .filter((name) => name.endsWith('.template.json'))
        .map((name) => `${ASSEMBLY}/${name}`)
    : [];

/** Each definition file is deployed, unchanged, with exactly the placeholders that it has. */
export function judgeDeployedMachines(templates: readonly Template[], definitions: ReadonlyMap<string, string>): string[] {
  const machines = resourcesOf<StateMachineResource>(templates, 'AWS::StepFunctions::StateMachine');
  const deployed = machines.map(([name, { Properties }]) => ({
    name,
    definition: definitionOf(Properties),
    substitutions: Object.keys(Properties.DefinitionSubstitutions ?? {}).sort(),
  }));
  const canonical = (text: string): string => JSON.stringify(JSON.parse(text));
  const problems = [...definitions].flatMap(([path, text]) => {
    const machine = deployed.find(({ definition }) => definition !== null && canonical(definition) === canonical(text));
    if (machine === undefined) return [`${path}: no state machine of the template has this definition`];
    const wanted = placeholdersIn(text);
    const missing = wanted.filter((name) => !machine.substitutions.includes(name));
    const idle = machine.substitutions.filter((name) => !wanted.includes(name));
    return [
      ...missing.map((name) => `${path}: placeholder \${${name}} is not filled by infra (${machine.name})`),
      ...idle.map((name) => `${path}: infra fills \${${name}} (${machine.name}), which the definition does not use`),
    ];
  });
  const known = new Set([...definitions.values()].map(canonical));
  return [
    ...problems,
    ...deployed
      .filter(({ definition }) => definition === null || !known.has(canonical(definition)))
      .map(({ name }) => `${ASSEMBLY}: ${name} is deployed with a definition that is no file of statemachines/`),
  ];
}

const resourcesOf = <R extends { readonly Type: string }>(templates: readonly Template[], type: R['Type']): [string, R][] =>
  templates.flatMap(({ Resources = {} }) => Object.entries(Resources) as [string, R][]).filter(([, { Type }]) => Type === type);

/** What Lambda takes where a function names no time-out, seconds. */
const LAMBDA_DEFAULT_SECONDS = 3;

/**
 * A function must have ended when the state that calls it gives up: else it acts on, unseen, beside the next attempt or
 * after the node was handed to a person.
 */
export function judgeTimeouts(templates: readonly Template[]): string[] {
  const functions = new Map(resourcesOf<FunctionResource>(templates, 'AWS::Lambda::Function'));
  return resourcesOf<StateMachineResource>(templates, 'AWS::StepFunctions::StateMachine').flatMap(([name, { Properties }]) =>
    statesOf(JSON.parse(definitionOf(Properties) ?? '{}')).flatMap(({ where, state }) => {
      const { Resource, Arguments, TimeoutSeconds } = state as {
        Resource?: unknown;
        Arguments?: { FunctionName?: unknown };
        TimeoutSeconds?: unknown;
      };
      if (Resource !== 'arn:aws:states:::lambda:invoke') return [];
      const placeholder = placeholdersIn(String(Arguments?.FunctionName))[0] ?? '';
      const arn = Properties.DefinitionSubstitutions?.[placeholder] as { readonly 'Fn::GetAtt'?: readonly string[] } | undefined;
      const called = functions.get(arn?.['Fn::GetAtt']?.[0] ?? '');
      if (!called) return [`${name}: ${where}: no function of the template is called: ${String(Arguments?.FunctionName)}`];
      const { Timeout = LAMBDA_DEFAULT_SECONDS } = called.Properties;
      // A state without a time-out is a problem of its own, told by the check of the definitions.
      return Timeout > Number(TimeoutSeconds)
        ? [`${name}: ${where}: gives up after ${String(TimeoutSeconds)} s, while ${placeholder} may run for ${Timeout} s`]
        : [];
    }),
  );
}

/** The definition as text: in the template itself, or in the asset it names. */
function definitionOf({ DefinitionString, DefinitionS3Location }: StateMachineResource['Properties']): string | null {
  if (typeof DefinitionString === 'string') return DefinitionString;
  const key = DefinitionS3Location?.Key;
  return typeof key === 'string' && exists(`${ASSEMBLY}/asset.${key}`) ? textOf(`${ASSEMBLY}/asset.${key}`) : null;
}
