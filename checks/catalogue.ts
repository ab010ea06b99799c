/** The checks of `npm run check`, slowest first. */
import { checkTemplate, lintTemplate } from './cdk.ts';
import { checkCoverage } from './coverage.ts';
import { checkDocuments } from './documents.ts';
import { checkLength, checkNames, checkVersions } from './hygiene.ts';
import type { Check, Outcome } from './outcome.ts';
import { exists, filesMatching, problemsOf, runScript, textOf } from './repository.ts';
import { judgeStateMachine } from './state-machines.ts';

const biome = 'node_modules/@biomejs/biome/bin/biome';

async function checkFormatAndLint(): Promise<Outcome> {
  const ran = await runScript(biome, [
    'check',
    '--error-on-warnings',
    '--diagnostic-level=warn',
    '--max-diagnostics=40',
    '--colors=off',
    '.',
  ]);
  return { problems: problemsOf(ran), note: /Checked (\d+ files)/.exec(ran.output)?.[1] ?? 'biome' };
}

async function checkTypes(): Promise<Outcome> {
  return {
    problems: problemsOf(await runScript('node_modules/typescript-native/bin/tsc', ['-p', '.', '--pretty', 'false'])),
    note: 'tsc, strict',
  };
}

async function checkArchitecture(): Promise<Outcome> {
  const folders = [
    'core',
    'adapters',
    'functions',
    'cli',
    'console',
    'infra',
    'on-node',
    'stand',
    'test',
    'bench',
    'checks',
    'setup',
  ].filter(exists);
  const ran = await runScript('node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', [
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'err-long',
    ...folders,
    'build.ts',
    'setup.mjs',
  ]);
  return { problems: problemsOf(ran), note: /\(([^)]*cruised)\)/.exec(ran.output)?.[1] ?? 'import rules' };
}

async function checkDeadCode(): Promise<Outcome> {
  return { problems: problemsOf(await runScript('node_modules/knip/bin/knip.js', ['--no-progress', '--no-config-hints'])), note: 'knip' };
}

async function checkStateMachines(): Promise<Outcome> {
  const files = await filesMatching(/^statemachines\/.*\.asl\.json$/);
  const problems = files.flatMap((file) => judgeStateMachine(JSON.parse(textOf(file))).map((problem) => `${file}: ${problem}`));
  return { problems, note: files.length === 0 ? 'nothing yet' : `${files.length} definitions` };
}

export const CHECKS: readonly Check[] = [
  {
    name: 'template',
    about: 'the CDK app synthesises, cdk-nag has no unsuppressed finding, state machines are the files and outlast what they call',
    run: checkTemplate,
  },
  { name: 'types', about: 'TypeScript, strict', run: checkTypes },
  { name: 'lint', about: 'format and lint (biome)', run: checkFormatAndLint },
  { name: 'architecture', about: 'import rules (dependency-cruiser)', run: checkArchitecture },
  { name: 'dead-code', about: 'unused files, exports and packages (knip)', run: checkDeadCode },
  { name: 'state-machines', about: 'each definition: valid, reachable, time-outs, Retry, Catch, Error and Cause', run: checkStateMachines },
  { name: 'cloudformation', about: 'cfn-lint on the synthesised template', after: ['template'], run: lintTemplate },
  { name: 'coverage', about: 'docs/coverage.md: each requirement with a test that exists', run: checkCoverage },
  { name: 'documents', about: 'links and headings in documents', run: checkDocuments },
  { name: 'names', about: 'nothing that belongs to one machine, registry or person', run: checkNames },
  { name: 'versions', about: 'exact versions everywhere', run: checkVersions },
  { name: 'length', about: 'files of more than 350 lines (a warning)', run: checkLength },
];
