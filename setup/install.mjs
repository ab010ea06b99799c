/**
 * Installs into the clone what a command needs, once. Each part has a stamp: a hash over the names, sizes
 * and times of the files that it is made from. Same stamp and result still there: nothing is done.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { holdLock } from './lock.mjs';
import { requirePrerequisites } from './prerequisites.mjs';

const NODE_MAJOR = 24;

/**
 * Each part: what it is, whether this clone has its source yet, from which files it is made, what must exist
 * afterwards, which prerequisites and parts come first, and the commands that make it.
 */
const PARTS = {
  packages: {
    what: 'npm packages and Node 24 (about 350 MB, from the npm registry)',
    sources: ['package-lock.json'],
    results: ['node_modules/.package-lock.json', 'node_modules/node/bin/node'],
    prerequisites: ['node'],
    make: installPackages,
  },
  cassandra: {
    what: 'Cassandra 5.0 (about 70 MB of jars, from Maven Central), for the ring on this machine',
    sources: ['stand/cassandra/install.mjs', 'stand/cassandra/pom.xml'],
    results: ['.cache/cassandra/lib'],
    prerequisites: ['jdk', 'maven', 'openssl'],
    make: (context) => runNode(context, 'stand/cassandra/install.mjs'),
  },
  'local-aws': {
    what: 'the local AWS and cfn-lint (a Python environment in .cache, from PyPI)',
    sources: ['stand/local-aws/install.mjs', 'stand/local-aws/requirements.txt'],
    results: ['.cache/venv/bin/python'],
    prerequisites: ['python'],
    make: (context) => runNode(context, 'stand/local-aws/install.mjs'),
  },
  jar: {
    what: 'the program that runs on Cassandra hosts (compiled here)',
    sources: ['on-node'],
    entry: 'on-node/build.mjs',
    results: ['dist/ringward-node.jar'],
    prerequisites: ['jdk'],
    make: (context) => runNode(context, 'on-node/build.mjs'),
  },
  bundles: {
    what: 'the function bundles (compiled here)',
    sources: ['build.ts', 'core', 'adapters', 'functions', 'package-lock.json'],
    entry: 'build.ts',
    results: ['dist/functions'],
    prerequisites: [],
    make: (context) => runNode(context, 'build.ts', ['--only', 'bundles', '--quiet']),
  },
  template: {
    what: 'the CloudFormation template (synthesised here)',
    after: ['bundles'],
    sources: ['infra', 'statemachines', 'on-node', 'build.ts', 'core', 'adapters', 'functions', 'package-lock.json'],
    entry: 'infra/app.ts',
    results: ['cdk.out/Ringward.template.json'],
    prerequisites: [],
    make: (context) => runNode(context, 'infra/app.ts', [], { CDK_OUTDIR: 'cdk.out', CDK_CONTEXT_JSON: LOCAL_CONTEXT }),
  },
};

/** The template for this machine: its nodes are reached without a VPC, and an operator's own health checks may be tried. */
const LOCAL_CONTEXT = JSON.stringify({ clientSubnets: 'none', healthFunctions: 'stand-health', healthDocuments: 'stand-health' });

/** Path of the pinned Node. */
const nodeOf = (root) => join(root, 'node_modules/node/bin/node');

/** Makes sure that every named part is there; returns the path of Node 24. */
export async function installFor(root, needs, { quiet, why }) {
  const context = { root, quiet };
  const wanted = [...new Set(needs.flatMap((name) => [...(PARTS[name].after ?? []), name]))];
  const due = () => wanted.filter((name) => existsSync(join(root, PARTS[name].entry ?? PARTS[name].sources[0])) && !isCurrent(root, name));
  if (due().length === 0) return nodeOf(root);

  const release = await holdLock(join(root, '.cache/setup/lock'), (pid) =>
    say(context, `waiting for another set-up of this clone (process ${pid}) to end`),
  );
  try {
    const parts = due();
    requirePrerequisites([...new Set(parts.flatMap((name) => PARTS[name].prerequisites))]);
    const began = Date.now();
    for (const name of parts) {
      // An earlier part may have made this one already.
      if (isCurrent(root, name)) continue;
      const partBegan = Date.now();
      say(context, `${why} needs ${PARTS[name].what} …`);
      await PARTS[name].make(context);
      const absent = PARTS[name].results.filter((path) => !existsSync(join(root, path)));
      if (absent.length > 0)
        throw new Error(
          `setup: ${name} ended without an error, but ${absent.join(', ')} is not there. Delete node_modules, .cache and dist, and run the command again.`,
        );
      writeStamp(root, name);
      say(context, `  done in ${((Date.now() - partBegan) / 1000).toFixed(1)} s`);
    }
    if (parts.length > 1) say(context, `set-up took ${((Date.now() - began) / 1000).toFixed(1)} s`);
  } finally {
    release();
  }
  return nodeOf(root);
}

function say(context, text) {
  if (!context.quiet) process.stderr.write(`setup: ${text}\n`);
}

const stampPath = (root, name) => join(root, '.cache/setup', name);

function writeStamp(root, name) {
  mkdirSync(join(root, '.cache/setup'), { recursive: true });
  writeFileSync(stampPath(root, name), sourcesHash(root, PARTS[name].sources));
}

function isCurrent(root, name) {
  const { sources, results } = PARTS[name];
  if (!results.every((path) => existsSync(join(root, path)))) return false;
  const stamp = existsSync(stampPath(root, name)) ? readFileSync(stampPath(root, name), 'utf8') : '';
  if (stamp === sourcesHash(root, sources)) return true;
  // The lock file's time may differ (checkout, npm install by hand) while the installed packages are its own.
  if (name !== 'packages' || !lockIsInstalled(root)) return false;
  writeStamp(root, name);
  return true;
}

/** Hash over path, size and time of every file below the given paths. */
function sourcesHash(root, sources) {
  const hash = createHash('sha256');
  const add = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) add(join(path, name));
    } else hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
  };
  for (const source of sources) add(source);
  return hash.digest('hex');
}

/** Are exactly the locked versions installed? Optional packages of other platforms may be absent. */
function lockIsInstalled(root) {
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8')).packages;
  return Object.entries(locked).every(
    ([path, entry]) => path === '' || entry.optional === true || installed[path]?.version === entry.version,
  );
}

async function installPackages(context) {
  const { root } = context;
  // npm must not run on the Node that it is about to replace.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(join(root, 'node_modules')));
  const env = { ...process.env, PATH: path.join(delimiter) };
  if (!existsSync(join(root, 'node_modules/.package-lock.json')) || !lockIsInstalled(root)) {
    // `npm ci` refuses a lock file without entries for platforms that its registry did not have (optional packages);
    // `npm install` takes the locked versions all the same, and --no-save leaves the lock file alone.
    await run(context, 'npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], { env });
    if (!lockIsInstalled(root))
      throw new Error('setup: npm installed other versions than package-lock.json names. Delete node_modules and run the command again.');
  }
  if (runsNode(root)) return;
  // An npm that blocks install scripts leaves the package `node` without its program: run its own script for it.
  const folder = join(root, 'node_modules/node');
  rmSync(join(folder, 'bin/node'), { force: true });
  await run(
    context,
    process.execPath.startsWith(join(root, 'node_modules')) ? 'node' : process.execPath,
    ['installArchSpecificPackage.js'],
    {
      cwd: folder,
      env: { ...env, npm_config_ignore_scripts: 'false' },
    },
  );
}

function runsNode(root) {
  const program = nodeOf(root);
  return (
    existsSync(program) &&
    statSync(program).size > 1_000_000 &&
    JSON.parse(readFileSync(join(root, 'node_modules/node/package.json'), 'utf8')).version.startsWith(`${NODE_MAJOR}.`)
  );
}

function runNode(context, script, args = [], env = {}) {
  return run(context, nodeOf(context.root), [script, ...args], { env: { ...process.env, ...env } });
}

/** Runs a program; its output is shown on stderr, or, when quiet, only if it fails. */
function run(context, program, args, { cwd = context.root, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    const took = Date.now();
    const ticker = setInterval(() => {
      if (process.stderr.isTTY) process.stderr.write(`\rsetup:   … ${Math.round((Date.now() - took) / 1000)} s\r`);
    }, 1000);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output.push(chunk);
        if (!context.quiet) process.stderr.write(chunk);
      });
    }
    child.on('error', (error) => {
      clearInterval(ticker);
      reject(new Error(`setup: ${program} could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      clearInterval(ticker);
      if (code === 0) return resolve();
      const shown = context.quiet ? `\n${Buffer.concat(output).toString()}` : '';
      reject(new Error(`setup: ${program} ${args.join(' ')} ended with ${signal ?? `exit code ${code}`}.${shown}`));
    });
  });
}
