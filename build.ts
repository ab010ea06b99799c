/**
 * Builds what is deployed: one bundle per file of functions/<word>/<verb-noun>.ts, into
 * dist/functions/<word>/<verb-noun>/index.mjs. Prints every size, and fails above the limits.
 *
 * Usage: build.ts [--only bundles] [--quiet] [--json]
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Plugin } from 'esbuild';

const BUNDLE_LIMIT = 1024 * 1024;
const JAR_LIMIT = 256 * 1024;
const JAR = 'dist/ringward-node.jar';

const root = import.meta.dirname;

interface Built {
  readonly what: string;
  readonly bytes: number;
  readonly limit: number;
}

/** Source files of the functions, as `<word>/<verb-noun>`. */
function functionNames(): string[] {
  const folder = join(root, 'functions');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file.split(sep).length === 2)
    .map((file) => file.replace(/\.ts$/, '').split(sep).join('/'))
    .sort();
}

/**
 * `import { z } from 'zod'` gives the whole library as one object (460 KiB, with all languages); as a namespace
 * import the same `z` is shaken down to what is used.
 */
const shakeZod: Plugin = {
  name: 'shake-zod',
  setup({ onLoad }) {
    onLoad({ filter: /\/(core|adapters|functions)\/.*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace("import { z } from 'zod';", "import * as z from 'zod';"),
      loader: 'ts',
    }));
  },
};

/** The Cassandra driver opens Astra's secure-connect bundles with adm-zip; no cluster of ours comes in one. */
const withoutAdmZip: Plugin = {
  name: 'without-adm-zip',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^adm-zip$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
      contents: "module.exports = class { constructor() { throw new Error('secure-connect bundles are not supported'); } };",
    }));
  },
};

/**
 * A function's credentials stand in its environment. Where they do not, the SDK looks at what lies on a developer's machine: single sign-on,
 * profiles, programs, token files, with clients of four services to make use of them (97 KiB). Left out, each of them says "not me".
 */
const withoutCredentialsOfMachines: Plugin = {
  name: 'without-credentials-of-machines',
  setup({ onResolve, onLoad }) {
    const filter = /^@aws-sdk\/credential-provider-(sso|ini|process|web-identity)$/;
    onResolve({ filter }, ({ path, kind }) => (kind === 'dynamic-import' ? { path, namespace: 'no-credentials' } : undefined));
    onLoad({ filter: /.*/, namespace: 'no-credentials' }, () => ({
      contents: `const none = () => async () => { throw Object.assign(new Error('left out of the bundle'), { tryNextLink: true }); };
        export { none as fromSSO, none as fromIni, none as fromProcess, none as fromTokenFile };`,
    }));
  },
};

async function buildBundles(): Promise<Built[]> {
  const names = functionNames();
  const output = join(root, 'dist/functions');
  // A function that is gone must not be deployed from an old build.
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  if (names.length === 0) return [];
  const result = await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => ({ in: `functions/${name}.ts`, out: `${name}/index` })),
    outdir: output,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    conditions: ['module'],
    legalComments: 'none',
    // CommonJS packages inside an ES module ask for `require`, and cassandra-driver for `__dirname`.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);const __dirname=import.meta.dirname,__filename=import.meta.filename;",
    },
    plugins: [shakeZod, withoutAdmZip, withoutCredentialsOfMachines],
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(root, 'dist/bundles.json'), JSON.stringify(result.metafile));
  return Object.entries(result.metafile.outputs).map(([path, { bytes }]) => ({
    what: relative('dist/functions', path),
    bytes,
    limit: BUNDLE_LIMIT,
  }));
}

const { values } = parseArgs({ options: { only: { type: 'string' }, quiet: { type: 'boolean' }, json: { type: 'boolean' } } });
if (values.only !== undefined && values.only !== 'bundles') throw new Error(`--only takes "bundles", not "${values.only}".`);

const built = await buildBundles();
if (values.only === undefined && existsSync(join(root, JAR)))
  built.push({ what: JAR, bytes: statSync(join(root, JAR)).size, limit: JAR_LIMIT });

// Set-up builds bundles to run them; their sizes are judged by `npm run build`.
const tooLarge = values.only === undefined ? built.filter(({ bytes, limit }) => bytes > limit) : [];
if (values.json) process.stdout.write(`${JSON.stringify(built.map((one) => ({ ...one, ok: one.bytes <= one.limit })))}\n`);
else if (!values.quiet) {
  const width = Math.max(0, ...built.map(({ what }) => what.length));
  for (const { what, bytes, limit } of built) {
    process.stdout.write(
      `${what.padEnd(width)}  ${(bytes / 1024).toFixed(1).padStart(8)} KiB of ${limit / 1024}${bytes > limit ? '  TOO LARGE' : ''}\n`,
    );
  }
}
if (tooLarge.length > 0) {
  process.stderr.write(
    `build: above the limit: ${tooLarge.map(({ what }) => what).join(', ')}. dist/bundles.json (esbuild's metafile) shows what is inside.\n`,
  );
  process.exitCode = 1;
}
