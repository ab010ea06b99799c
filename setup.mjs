/**
 * Entry of every npm script: `node setup.mjs [--quiet] <command> [arguments]`.
 *
 * Runs on any Node >= 20 without a package installed. It checks what the machine must bring, installs what
 * the asked command needs into the clone (node_modules, .cache, dist: nothing outside it), says what and
 * why, and then runs the command with the pinned Node 24. A second run only compares stamps.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installFor } from './setup/install.mjs';

const root = dirname(fileURLToPath(import.meta.url));

/** What each command runs, and what must be there before. `script` is run by Node 24. */
const COMMANDS = {
  demo: {
    script: ['stand/demo.ts'],
    needs: ['packages', 'cassandra', 'local-aws', 'jar', 'template'],
    about: 'a real ring receives a bad certificate and gets the old one back',
  },
  stand: {
    script: ['stand/cli.ts'],
    needs: ['packages', 'cassandra', 'local-aws', 'jar', 'template'],
    about: 'a real ring and a local AWS: up | down | status | break | heal | load',
  },
  test: {
    script: ['node_modules/vitest/vitest.mjs', 'run'],
    needs: ['packages', 'cassandra', 'local-aws', 'jar', 'template'],
    about: 'all tests, on the real ring and the local AWS',
  },
  chaos: {
    script: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'ring', 'test/ring/chaos', 'test/ring/secrets'],
    needs: ['packages', 'cassandra', 'local-aws', 'jar', 'template'],
    about: 'kills at 20 random points of each way back (RINGWARD_CHAOS_POINTS, RINGWARD_CHAOS_SEED), then the search for private keys',
    env: { RINGWARD_CHAOS_POINTS: process.env.RINGWARD_CHAOS_POINTS ?? '20' },
  },
  'test:long': {
    script: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'long'],
    needs: ['packages', 'cassandra', 'local-aws', 'jar', 'template'],
    about: 'triggers and measurements on the real ring with production’s own times: an hour and a half',
    env: { RINGWARD_LONG: '1' },
  },
  'test:core': {
    script: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'core'],
    needs: ['packages'],
    about: 'the pure part of the tests, in seconds',
  },
  check: {
    script: ['checks/run.ts'],
    needs: ['packages', 'local-aws', 'jar', 'bundles'],
    about: 'format, lint, types, architecture, dead code, state machines, CDK, documents',
  },
  build: { script: ['build.ts'], needs: ['packages', 'jar'], about: 'the node program and the function bundles, with their sizes' },
  synth: {
    script: ['infra/app.ts'],
    needs: ['packages', 'jar', 'bundles'],
    about: 'the CloudFormation template, in cdk.out',
    env: { CDK_OUTDIR: 'cdk.out' },
  },
  bench: {
    script: ['bench/run.ts'],
    needs: ['packages', 'cassandra', 'local-aws', 'jar', 'template'],
    about: 'each measurement beside its comparator',
  },
  mutants: {
    script: ['test/mutants/run.ts'],
    needs: ['packages', 'cassandra', 'local-aws', 'jar', 'template'],
    about: 'small breaks, one at a time: each must turn a test red',
  },
  ringward: { script: ['cli/ringward.mjs'], needs: ['packages'], about: 'the command line' },
};

function help() {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, command]) => `  ${name.padEnd(width)}  ${command.about}`);
  return `Usage: npm run <command> [-- arguments]   (or: node setup.mjs [--quiet] <command> [arguments])\n\nCommands:\n${lines.join('\n')}\n\n--quiet says nothing unless something fails (also: RINGWARD_QUIET=1).\n`;
}

const given = process.argv.slice(2);
const options = [];
while (given[0]?.startsWith('-')) options.push(given.shift());
const [name, ...rest] = given;

if (name === undefined || options.includes('--help') || options.includes('-h')) {
  process.stdout.write(help());
  process.exit(name === undefined && options.length === 0 ? 1 : 0);
}
const unknown = options.find((option) => option !== '--quiet');
if (unknown !== undefined || !Object.hasOwn(COMMANDS, name)) {
  process.stderr.write(`setup: ${unknown === undefined ? `no command "${name}"` : `no option "${unknown}"`}.\n\n${help()}`);
  process.exit(1);
}

const command = COMMANDS[name];
const quiet = options.includes('--quiet') || process.env.RINGWARD_QUIET === '1';
let node;
try {
  node = await installFor(root, command.needs, { quiet, why: `npm run ${name}` });
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

const [script, ...fixed] = command.script;
const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, script), ...fixed, ...rest], {
  stdio: 'inherit',
  // npm changes into the clone; paths given to the command line are relative to where the person stands.
  cwd: name === 'ringward' ? (process.env.INIT_CWD ?? process.cwd()) : root,
  // What the caller set wins: the CDK command line says itself where the assembly goes.
  env: { ...command.env, ...process.env },
});
// A terminal sends Ctrl-C to the whole group already; passing it on as well would count as a second one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('error', (error) => {
  process.stderr.write(`setup: ${node} could not be started: ${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
