import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const clones: string[] = [];

/** A small clone: the set-up itself, with what a test wants beside it. */
function clone(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringward-setup-'));
  clones.push(folder);
  for (const path of ['setup.mjs', 'setup']) cpSync(join(root, path), join(folder, path), { recursive: true });
  writeFile(folder, 'package.json', '{"type":"module"}');
  writeFile(folder, 'package-lock.json', '{"packages":{"":{},"node_modules/node":{"version":"24.1.0"}}}');
  for (const [path, text] of Object.entries(files)) writeFile(folder, path, text);
  return folder;
}

function writeFile(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** As an npm that ran would leave it. */
function install(folder: string): void {
  writeFile(folder, 'node_modules/.package-lock.json', '{"packages":{"node_modules/node":{"version":"24.1.0"}}}');
  writeFile(folder, 'node_modules/node/package.json', '{"version":"24.1.0"}');
  mkdirSync(join(folder, 'node_modules/node/bin'), { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node_modules/node/bin/node'));
}

/** Programs that stand in for the machine's own: a name and a shell script each. */
function programs(folder: string, scripts: Record<string, string>): string {
  for (const [name, script] of Object.entries(scripts)) {
    writeFile(folder, `bin/${name}`, `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  return join(folder, 'bin');
}

const run = (folder: string, args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [join(folder, 'setup.mjs'), ...args], { encoding: 'utf8', env: { ...process.env, ...env }, cwd: folder });

afterEach(() => {
  for (const folder of clones.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test('an unknown command lists the known ones', () => {
  const { status, stderr } = run(clone({}), ['tset']);
  expect(status).toBe(1);
  expect(stderr).toContain('no command "tset"');
  expect(stderr).toContain('npm run <command>');
});

test('arguments and the exit code go through, and a second run installs nothing', () => {
  const folder = clone({ 'cli/ringward.mjs': 'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3;' });
  install(folder);
  for (const _ of [1, 2]) {
    const { status, stdout, stderr } = run(folder, ['ringward', 'status', '-o', 'json']);
    expect({ status, stdout, stderr }).toEqual({ status: 3, stdout: '["status","-o","json"]\n', stderr: '' });
  }
});

test('a signal reaches the command, and how it ended is how set-up ends', async () => {
  const folder = clone({
    'cli/ringward.mjs':
      "process.on('SIGTERM', () => { console.log('told'); process.exit(7); }); setInterval(() => {}, 1000); console.log('up');",
  });
  install(folder);
  const child = spawn(process.execPath, [join(folder, 'setup.mjs'), 'ringward'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
    if (out === 'up\n') child.kill('SIGTERM');
  });
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(7);
  expect(out).toBe('up\ntold\n');
});

describe('what the machine must bring', () => {
  const tools = (found: Record<string, string>) => (folder: string) => {
    const known = {
      npm: 'echo 11.0.0',
      javac: 'echo javac 17.0.1',
      java: 'echo \'openjdk version "17.0.1"\' >&2',
      mvn: 'echo Apache Maven 3.8.7',
      python3: 'echo Python 3.11.2',
      openssl: 'echo OpenSSL 3.0.1',
    };
    return programs(folder, { ...known, ...found });
  };

  test('everything that is missing or too old is named at once, with the way to get it', () => {
    const folder = clone({ 'stand/cassandra/install.mjs': '', 'stand/local-aws/install.mjs': '', 'on-node/build.mjs': '' });
    install(folder);
    const path = tools({
      javac: 'echo javac 11.0.2',
      java: 'echo \'openjdk version "11.0.2"\'',
      mvn: 'exit 127',
      python3: 'echo Python 3.9.1',
      openssl: 'echo OpenSSL 1.1.1k',
    })(folder);
    const { status, stderr } = run(folder, ['stand'], { PATH: path });
    expect(status).toBe(1);
    expect(stderr).toMatch(/JDK 17 or newer.*found 11\.0\n.*openjdk-17/);
    expect(stderr).toMatch(/Maven 3\.6 or newer.*not found/);
    expect(stderr).toMatch(/Python 3\.11 or newer.*found 3\.9/);
    expect(stderr).toMatch(/OpenSSL 3.*found 1\.1/);
    expect(stderr).not.toContain('Node.js 20');
  });

  test('a command that needs none of them does not ask for them', () => {
    const folder = clone({ 'cli/ringward.mjs': "console.log('ran')" });
    install(folder);
    expect(run(folder, ['ringward'], { PATH: '/nonexistent' }).stdout).toBe('ran\n');
  });
});

describe('installing', () => {
  /** An npm that does what a test says; it writes down that it was called. */
  const npm = (install: string): string =>
    `if [ "$1" = --version ]; then echo 11.0.0; exit 0; fi\nCALLED="$PWD"; echo "$@" >> "$ROOT/npm-calls"\n${install}`;
  const lock = '{"packages":{"node_modules/node":{"version":"24.1.0"}}}';
  const withNode = `mkdir -p node_modules/node/bin && echo '${lock}' > node_modules/.package-lock.json && echo '{"version":"24.1.0"}' > node_modules/node/package.json`;
  const link = 'ln -sf "$NODE" bin/node';

  function ready(install: string): { folder: string; env: Record<string, string> } {
    const folder = clone({ 'cli/ringward.mjs': "console.log('ran')" });
    const path = programs(folder, { npm: npm(install) });
    return { folder, env: { ROOT: folder, NODE: process.execPath, PATH: `${path}:/usr/bin:/bin` } };
  }

  test('packages are installed once, saying what and why on stderr alone', () => {
    const { folder, env } = ready(`${withNode} && (cd node_modules/node && ${link})`);
    const first = run(folder, ['ringward'], env);
    expect(first).toMatchObject({ status: 0, stdout: 'ran\n' });
    expect(first.stderr).toMatch(/npm run ringward needs npm packages and Node 24/);
    expect(first.stderr).toMatch(/done in \d+\.\d s/);
    expect(run(folder, ['ringward'], env)).toMatchObject({ status: 0, stdout: 'ran\n', stderr: '' });
    expect(readFileSync(join(folder, 'npm-calls'), 'utf8').trim().split('\n')).toHaveLength(1);
  });

  test('an npm that blocks install scripts still brings Node 24', () => {
    const { folder, env } = ready(withNode);
    const { env: moreEnv, script } = { env, script: "require('fs').symlinkSync(process.env.NODE, 'bin/node')" };
    writeFile(
      folder,
      'bin/npm',
      `#!/bin/sh\n${npm(`${withNode} && echo "${script}" > node_modules/node/installArchSpecificPackage.js`)}\n`,
    );
    chmodSync(join(folder, 'bin/npm'), 0o755);
    expect(run(folder, ['--quiet', 'ringward'], moreEnv)).toMatchObject({ status: 0, stdout: 'ran\n', stderr: '' });
    expect(existsSync(join(folder, 'node_modules/node/bin/node'))).toBe(true);
  });

  test('a touched lock file with the same packages installs nothing; another version does', () => {
    const { folder, env } = ready('exit 9');
    install(folder);
    expect(run(folder, ['ringward'], env).status).toBe(0);
    utimesSync(join(folder, 'package-lock.json'), new Date(), new Date(Date.now() + 5000));
    expect(run(folder, ['ringward'], env).status).toBe(0);
    expect(existsSync(join(folder, 'npm-calls'))).toBe(false);
    writeFile(folder, 'package-lock.json', '{"packages":{"":{},"node_modules/node":{"version":"24.2.0"}}}');
    expect(run(folder, ['ringward'], env)).toMatchObject({ status: 1, stderr: expect.stringContaining('exit code 9') });
  });

  test('npm that installs other versions than the lock file names is an error', () => {
    const { folder, env } = ready(withNode.replace('24.1.0', '24.0.0'));
    expect(run(folder, ['ringward'], env)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('other versions than package-lock.json'),
    });
  });

  test('a lock of a process that is gone is taken over', () => {
    const { folder, env } = ready(`${withNode} && (cd node_modules/node && ${link})`);
    const gone = spawnSync('true').pid;
    writeFile(folder, '.cache/setup/lock/pid', String(gone));
    expect(run(folder, ['ringward'], env)).toMatchObject({ status: 0, stdout: 'ran\n' });
  });

  test('two at once install once', async () => {
    const { folder, env } = ready(`sleep 0.5; ${withNode} && (cd node_modules/node && ${link})`);
    const start = () =>
      new Promise((resolve) =>
        spawn(process.execPath, [join(folder, 'setup.mjs'), 'ringward'], { cwd: folder, env: { ...process.env, ...env } }).on(
          'close',
          resolve,
        ),
      );
    expect(await Promise.all([start(), start()])).toEqual([0, 0]);
    expect(readFileSync(join(folder, 'npm-calls'), 'utf8').trim().split('\n')).toHaveLength(1);
  });
});
