/** The CDK app synthesises (cdk-nag runs inside it), and deploys the very state machines of the repository. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Outcome } from './outcome.ts';
import { exists, filesMatching, problemsOf, ROOT, runProgram, runScript, textOf } from './repository.ts';
import { placeholdersIn } from './state-machines.ts';

const ASSEMBLY = 'cdk.out';
/** Warnings about how CDK writes a template: dependencies told twice, and the access control of a log bucket. */
const WRITTEN_BY_CDK = ['W3005', 'W3045'];

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
  const templates = templatePaths();
  const definitions = new Map((await filesMatching(/^statemachines\/.*\.asl\.json$/)).map((path) => [path, textOf(path)]));
  return {
    problems: [
      ...nag,
      ...judgeDeployedMachines(
        templates.map((path) => JSON.parse(textOf(path))),
        definitions,
      ),
    ],
    note: templates.join(', '),
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
export function judgeDeployedMachines(
  templates: readonly { readonly Resources?: Readonly<Record<string, unknown>> }[],
  definitions: ReadonlyMap<string, string>,
): string[] {
  const machines = templates
    .flatMap((template) => Object.entries(template.Resources ?? {}) as [string, StateMachineResource][])
    .filter(([, resource]) => resource.Type === 'AWS::StepFunctions::StateMachine');
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

/** The definition as text: in the template itself, or in the asset it names. */
function definitionOf({ DefinitionString, DefinitionS3Location }: StateMachineResource['Properties']): string | null {
  if (typeof DefinitionString === 'string') return DefinitionString;
  const key = DefinitionS3Location?.Key;
  return typeof key === 'string' && exists(`${ASSEMBLY}/asset.${key}`) ? textOf(`${ASSEMBLY}/asset.${key}`) : null;
}
