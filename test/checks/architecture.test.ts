import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { afterAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const configuration = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs'));
const folders: string[] = [];

/** Names of the rules that a small tree breaks: `files` maps a path to what it imports. */
async function brokenRules(files: Record<string, string[]>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ringward-architecture-'));
  folders.push(folder);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const packages = ['zod', 'ssh2', 'cassandra-driver', '@aws-sdk/client-ssm', '@aws-sdk/client-s3', 'aws-cdk-lib', 'vitest'];
  for (const name of packages) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
  const { vitest, ...dependencies } = Object.fromEntries(packages.map((name) => [name, '1.0.0']));
  write('package.json', JSON.stringify({ name: 'tree', dependencies, devDependencies: { vitest } }));
  write('tsconfig.json', '{}');
  for (const [path, imports] of Object.entries(files)) {
    write(path, `${imports.map((from, index) => `import { x as x${index} } from '${from}';`).join('\n')}\nexport const x = 1;\n`);
  }
  const { doNotFollow, exclude, tsPreCompilationDeps, enhancedResolveOptions } = configuration.options;
  const { output } = await cruise(
    Object.keys(files),
    {
      baseDir: folder,
      ruleSet: { forbidden: configuration.forbidden },
      validate: true,
      doNotFollow,
      exclude,
      tsPreCompilationDeps,
      enhancedResolveOptions,
    },
    enhancedResolveOptions,
  );
  return [...new Set((output as ICruiseResult).summary.violations.map((violation) => violation.rule.name))].sort();
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const leaf = { 'core/verify/findings.ts': [] };

test('a tree that keeps the rules breaks none', async () => {
  const tree = {
    ...leaf,
    'core/verify/chain.ts': ['./findings.ts', 'node:crypto', 'zod'],
    'adapters/ssm/commands.ts': ['../../core/verify/findings.ts', '@aws-sdk/client-ssm'],
    'adapters/tls/handshake.ts': ['node:tls', 'node:net'],
    'adapters/cassandra/canary.ts': ['cassandra-driver'],
    'functions/observe/observe-node.ts': ['../../core/verify/chain.ts', '../../adapters/ssm/commands.ts'],
    'cli/status.ts': ['../core/verify/findings.ts', '../adapters/ssm/commands.ts'],
    'infra/app.ts': ['node:path', 'aws-cdk-lib'],
    'stand/up.ts': ['node:child_process', '../core/verify/findings.ts', '../functions/observe/observe-node.ts', '@aws-sdk/client-ssm'],
  };
  expect(await brokenRules(tree)).toEqual([]);
});

describe('each rule is broken on purpose, and named', () => {
  const cases: [string, string, Record<string, string[]>][] = [
    ['core-is-pure', 'core imports an adapter', { 'core/a.ts': ['../adapters/s3/b.ts'], 'adapters/s3/b.ts': [] }],
    ['core-is-pure', 'core reads files', { 'core/a.ts': ['node:fs'] }],
    ['core-is-pure', 'core imports a package', { 'core/a.ts': ['@aws-sdk/client-s3'] }],
    [
      'adapters-know-core',
      'an adapter imports a function',
      { 'adapters/s3/a.ts': ['../../functions/decide/b.ts'], 'functions/decide/b.ts': [] },
    ],
    [
      'functions-know-core-and-adapters',
      'a function imports the command line',
      { 'functions/decide/a.ts': ['../../cli/b.ts'], 'cli/b.ts': [] },
    ],
    [
      'no-function-imports-another',
      'a function imports its neighbour',
      { 'functions/decide/a.ts': ['./b.ts'], 'functions/decide/b.ts': [] },
    ],
    [
      'cli-knows-core-and-adapters',
      'the command line imports a function',
      { 'cli/a.ts': ['../functions/decide/b.ts'], 'functions/decide/b.ts': [] },
    ],
    ['console-knows-the-report', 'the console imports an adapter', { 'console/a.ts': ['../adapters/s3/b.ts'], 'adapters/s3/b.ts': [] }],
    [
      'infra-knows-paths-and-names',
      'infra imports what it deploys',
      { 'infra/a.ts': ['../functions/decide/b.ts'], 'functions/decide/b.ts': [] },
    ],
    ['on-node-knows-nothing', 'on-node imports core', { 'on-node/build.mjs': ['../core/b.ts'], 'core/b.ts': [] }],
    ['product-stands-alone', 'a function imports the stand', { 'functions/decide/a.ts': ['../../stand/b.ts'], 'stand/b.ts': [] }],
    ['ssm-in-one-place', 'a function speaks SSM', { 'functions/observe/a.ts': ['@aws-sdk/client-ssm'] }],
    ['ssm-in-one-place', 'the command line speaks SSM', { 'cli/a.ts': ['@aws-sdk/client-ssm'] }],
    ['no-other-way-to-a-node', 'a function starts a program', { 'functions/observe/a.ts': ['node:child_process'] }],
    ['no-other-way-to-a-node', 'an adapter opens a socket', { 'adapters/cassandra/a.ts': ['node:net'] }],
    ['no-other-way-to-a-node', 'the command line dials TLS by itself', { 'cli/a.ts': ['tls'] }],
    [
      'engines-are-for-the-command-line',
      'a function asks an engine',
      { 'functions/observe/a.ts': ['../../adapters/engines/b.ts'], 'adapters/engines/b.ts': [] },
    ],
    ['no-ssh', 'the stand uses SSH', { 'stand/a.ts': ['ssh2'] }],
    ['driver-in-one-place', 'a function uses the driver', { 'functions/observe/a.ts': ['cassandra-driver'] }],
    ['product-runs-without-dev-dependencies', 'an adapter needs a development package', { 'adapters/s3/a.ts': ['vitest'] }],
    ['no-cycle', 'two modules import each other', { 'core/a.ts': ['./b.ts'], 'core/b.ts': ['./a.ts'] }],
    ['resolvable', 'an import that leads nowhere', { 'cli/a.ts': ['./gone.ts'] }],
    ['declared', 'a package that package.json does not name', { 'stand/a.ts': ['undeclared'], 'node_modules/undeclared/index.js': [] }],
  ];
  test.each(cases)('%s: %s', async (rule, _name, files) => {
    expect(await brokenRules(files)).toContain(rule);
  });

  test('no rule is left without a case', () => {
    const rules: string[] = configuration.forbidden.map((rule: { name: string }) => rule.name);
    expect(rules.filter((rule) => !cases.some(([name]) => name === rule))).toEqual([]);
  });
});
