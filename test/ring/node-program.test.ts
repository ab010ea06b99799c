/** The node program on a real Cassandra: both ways back, ended by force at every point that needs a living node. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NodeObservation } from '../../core/node/facts.ts';
import type { NodeStep } from '../../core/node/requests.ts';
import type { PackResult } from '../../core/node/results.ts';
import { NODE_RESULTS } from '../../core/node/results.ts';
import { buildJar, JAR } from '../on-node/host.ts';
import { recipient } from '../on-node/pack-store.ts';

const root = resolve(import.meta.dirname, '../..');
const NET = '23';
const address = `127.0.${NET}.1`;
let folder: string;
let backup: { backupId: string; manifestSha256: string };
let served: PackResult['servedLeaves'];
let requests = 0;

const stand = (...args: string[]) =>
  execFileSync(process.execPath, [join(root, 'stand/cli.ts'), ...args, '--net', NET], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** Exit code and reply of one step; the reply is null when the program was ended by force. */
function run(step: NodeStep, fields: object, crashAt = '') {
  const etc = join(folder, 'etc/cassandra');
  const request = {
    protocol: 1,
    requestId: `ring-${++requests}`,
    cluster: 'payments',
    deployment: 'd-ring',
    node: 'i-ring',
    epoch: 1,
    address,
    clientPort: 9042,
    internodePort: 7000,
    cassandra: { home: join(folder, 'usr/share/cassandra'), yaml: join(etc, 'cassandra.yaml'), service: 'cassandra' },
    jmx: { address, port: 7199, tlsProperties: join(etc, 'nodetool-ssl.properties') },
    files: [
      { path: join(etc, 'tls/node.pem'), kind: 'keystore' },
      { path: join(etc, 'tls/ca.pem'), kind: 'truststore' },
      { path: join(etc, 'cassandra.yaml'), kind: 'configuration' },
    ],
    step,
    ...fields,
  };
  const env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    RINGWARD_HOME: join(folder, 'var/lib/ringward'),
    RINGWARD_UNIT_DIR: join(folder, 'run/systemd/system'),
    ...(crashAt ? { RINGWARD_CRASH_AT: crashAt } : {}),
  };
  try {
    const stdout = execFileSync('java', ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx96m', '-jar', JAR], {
      env,
      input: JSON.stringify(request),
      encoding: 'utf8',
    });
    return {
      code: 0,
      result: NODE_RESULTS[step].parse((JSON.parse(stdout) as { result: unknown }).result) as Record<string, unknown>,
      error: '',
    };
  } catch (error) {
    const { status, stdout } = error as { status: number | null; stdout: string };
    if (status === null || status === undefined) throw error;
    return { code: status, result: {} as Record<string, unknown>, error: stdout };
  }
}

/** Ends the step by force at each point in turn, then lets it finish. */
function crashedThenDone(step: NodeStep, points: readonly string[], fields: object = {}): Record<string, unknown> {
  for (const point of points) expect([point, run(step, fields, point).code]).toEqual([point, 137]);
  const { result, error } = run(step, fields);
  expect(error).toBe('');
  return result;
}

const keystore = () => join(folder, 'etc/cassandra/tls/node.pem');

beforeAll(() => {
  buildJar();
  stand('up', '--ring-only', '--nodes', '1');
  const nodes = join(root, '.stand', `net-${NET}`, 'nodes');
  folder = join(nodes, readdirSync(nodes)[0]!);
  const packed = run('pack', { backupId: 'b-ring', recipient }).result as PackResult;
  backup = { backupId: 'b-ring', manifestSha256: packed.manifestSha256 };
  served = packed.servedLeaves;
});
afterAll(() => {
  stand('down');
});

test('observe: stores load, every port answers and is trusted, the ring view is there', () => {
  const seen = run('observe', { depth: 'full', peers: [] }).result as NodeObservation;
  expect(seen.listeners.map(({ listener, read, trusted }) => ({ listener, read, trusted }))).toEqual(
    ['client', 'internode', 'jmx'].map((listener) => ({ listener, read: 'answered', trusted: true })),
  );
  expect(seen.stores.map(({ loads }) => loads)).toEqual([true, true]);
  expect(seen.load?.networkBytes).toBeGreaterThan(0);
  expect(seen.ring).toMatchObject({ operationMode: 'NORMAL', nativeTransport: true, unreachable: [] });
  expect(seen.ring!.schemaVersions).toHaveLength(1);
  expect(seen.service.pid).toBeGreaterThan(0);
});

test('hot: crashed at every point of reload and proof, then proven', () => {
  const good = readFileSync(keystore(), 'utf8');
  appendFileSync(keystore(), '\n');
  const expectLeaves = { client: served.client, internode: served.internode };
  const result = crashedThenDone('restore-hot', ['reload-before', 'reload-after', 'proof-before', 'proof-after'], {
    backup,
    paths: [keystore()],
    expect: expectLeaves,
  });
  expect(result).toMatchObject({ proven: true, reload: { ok: true } });
  expect(readFileSync(keystore(), 'utf8')).toBe(good);
});

test('hot: a leaf that the ports do not come to serve is RELOAD_FAILED', () => {
  const failed = run('restore-hot', { backup, paths: [keystore()], expect: { client: 'a'.repeat(64) } });
  expect([failed.code, failed.error]).toEqual([10, expect.stringContaining('RELOAD_FAILED')]);
});

test('restart: the seven phases, each crashed and done again, end with every port proven', () => {
  const good = readFileSync(keystore(), 'utf8');
  appendFileSync(keystore(), '\n');
  const expectLeaves = { client: served.client, internode: served.internode };
  crashedThenDone('stop-accepting', ['traffic-before-stop', 'traffic-after-stop']);
  crashedThenDone('stop-service', ['drain-before', 'drain-after', 'stop-before', 'stop-after'], {
    drainTimeoutMs: 60_000,
    stopTimeoutMs: 60_000,
  });
  crashedThenDone('restore-certificates', ['swap-after-rename'], { backup, paths: [keystore()] });
  expect(readFileSync(keystore(), 'utf8')).toBe(good);
  const started = crashedThenDone('start-service', ['start-after', 'start-normal'], { startTimeoutMs: 120_000 });
  expect(started).toMatchObject({ operationMode: 'NORMAL', nativeTransport: false });
  expect(crashedThenDone('prove', ['proof-before', 'proof-after'], { expect: expectLeaves, peers: [] })).toMatchObject({ proven: true });
  const back = crashedThenDone('restore-traffic', ['traffic-after-start', 'clients-on-before', 'clients-on-after'], {
    expect: expectLeaves,
  });
  expect(back).toMatchObject({ proven: true, nativeTransport: true });
  expect(run('state', {}).result).toMatchObject({ open: null, journal: { intact: true }, lock: { held: false } });
});
