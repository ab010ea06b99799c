import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { ERRORS } from '../../core/errors/catalogue.ts';
import type { NodeState, PackResult } from '../../core/node/results.ts';
import type { Host } from './host.ts';
import { recipient } from './pack-store.ts';
import { useHost } from './use-host.ts';

let host: Host;
const journal = () => join(host.home, 'journal.jsonl');
const open = (epoch: number, more: object = {}) =>
  host.step('open-restore', { epoch, backup: { backupId: 'b-1', manifestSha256: 'a'.repeat(64) }, ...more });
const state = async () => (await host.step<z.infer<typeof NodeState>>('state')).result;

useHost((made) => {
  host = made;
});
beforeEach(() => rmSync(host.home, { recursive: true, force: true }));

describe('the epoch fence (I5)', () => {
  test('an older epoch is refused with both numbers; an equal and a newer one act', async () => {
    expect((await open(5)).ok).toBe(true);
    const refused = await open(4);
    expect(refused.error).toMatchObject({ code: 'EPOCH_STALE', message: expect.stringMatching(/epoch 4 .* epoch 5/) });
    expect((await open(5)).ok).toBe(true);
    expect((await open(6)).ok).toBe(true);
    expect((await state()).epoch).toBe(6);
  });

  test('each cluster has its own', async () => {
    await open(5);
    expect((await open(1, { cluster: 'other' })).ok).toBe(true);
    expect((await open(4)).error.code).toBe('EPOCH_STALE');
  });

  test('passing the epoch alone fences what is older, and changes nothing else', async () => {
    await open(5);
    const passed = await host.step<{ epoch: number }>('pass-epoch', { epoch: 7 });
    expect(passed.result).toEqual({ epoch: 7 });
    expect((await open(6)).error.code).toBe('EPOCH_STALE');
    expect((await host.step('pass-epoch', { epoch: 6 })).error.code).toBe('EPOCH_STALE');
    expect((await state()).open).toBeNull();
  });

  test('reading is not fenced, and records nothing', async () => {
    await open(5);
    const before = readFileSync(journal(), 'utf8');
    expect((await host.step('state', { epoch: 1 })).ok).toBe(true);
    expect(readFileSync(journal(), 'utf8')).toBe(before);
  });
});

describe('one request acts once', () => {
  test('a repeated request gets the same answer and acts no more', async () => {
    const request = host.request('pack', { backupId: 'b-1', recipient });
    const first = await host.send<PackResult>(request);
    const lines = host.journal().length;
    rmSync(join(host.home, 'snapshots'), { recursive: true });
    const second = await host.send<PackResult>(request);
    expect(second.result).toEqual(first.result);
    expect(host.journal().length).toBe(lines);
    expect(existsSync(join(host.home, 'snapshots'))).toBe(false);
  });

  test('a failed request may be sent again', async () => {
    const request = host.request('restore-certificates', { backup: { backupId: 'b-1', manifestSha256: 'a'.repeat(64) }, paths: [] });
    expect((await host.send(request)).error.code).toBe('SNAPSHOT_MISSING');
    const { result } = await host.step<PackResult>('pack', { backupId: 'b-1', recipient });
    const again = { ...request, backup: { backupId: 'b-1', manifestSha256: result.manifestSha256 } };
    expect((await host.send(again)).ok).toBe(true);
  });

  test('the same id for another step is refused', async () => {
    await open(1, { requestId: 'same' });
    expect((await host.step('pack', { requestId: 'same', backupId: 'b-1', recipient })).error).toMatchObject({
      code: 'FIELD_INVALID',
      message: expect.stringContaining('requestId'),
    });
  });
});

describe('the lock', () => {
  test('while one request is at work another is refused; kill -9 frees it', async () => {
    const { result } = await host.step<PackResult>('pack', { backupId: 'b-1', recipient });
    // A store that accepts and never answers holds the upload, and with it the lock.
    const silent = createServer(() => undefined);
    const connected = new Promise<void>((done) => silent.once('connection', () => done()));
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    const { spawn } = await import('node:child_process');
    const { JAR } = await import('./host.ts');
    const request = host.request('upload', {
      requestId: 'slow',
      backupId: 'b-1',
      ciphertextSha256: result.ciphertextSha256,
      url,
      headers: {},
    });
    const slow = spawn('java', ['-jar', JAR], {
      env: { ...process.env, RINGWARD_HOME: host.home, RINGWARD_REQUEST: JSON.stringify(request) },
      stdio: 'ignore',
    });
    try {
      await connected;
      expect((await state()).lock).toEqual({ held: true, requestId: 'slow' });
      expect((await open(1)).error).toMatchObject({ code: 'NODE_LOCKED', message: expect.stringContaining('slow') });
    } finally {
      slow.kill('SIGKILL');
      await new Promise((done) => slow.once('close', done));
      silent.close();
    }
    expect((await state()).lock).toEqual({ held: false });
    expect((await state()).open).toMatchObject({ requestId: 'slow', phase: 'upload/upload' });
    expect((await open(1)).ok).toBe(true);
  });
});

describe('the journal (I11)', () => {
  test('begin before, done after, each line chained to the one before', async () => {
    await host.step('pack', { backupId: 'b-1', recipient });
    expect(host.journal().map(({ phase, state: s }) => `${phase} ${s}`)).toEqual([
      'step begin',
      'snapshot begin',
      'snapshot done',
      'encrypt begin',
      'encrypt done',
      'kit begin',
      'kit done',
      'step done',
    ]);
    expect((await state()).journal).toMatchObject({ entries: 8, intact: true, head: host.journal()[7]!.hash });
  });

  test('a line torn by a crash is cut off, and that is journaled', async () => {
    await open(1);
    appendFileSync(journal(), '{"seq":3,"at":17');
    await open(1);
    const phases = host.journal().map(({ phase, detail }) => `${phase}: ${detail}`);
    expect(phases[2]).toBe('journal: cut off 16 bytes of a line torn by a crash');
    expect((await state()).journal).toMatchObject({ entries: 5, intact: true });
  });

  test('a whole line without its end counts as torn', async () => {
    await open(1);
    truncateSync(journal(), readFileSync(journal()).length - 1);
    await open(1);
    expect((await state()).journal).toMatchObject({ entries: 4, intact: true });
  });

  test.each([
    ['an altered entry', (lines: string[]) => lines.map((line, i) => (i === 1 ? line.replace('"done"', '"begin"') : line))],
    ['a dropped entry', (lines: string[]) => lines.filter((_, i) => i !== 1)],
    ['two entries exchanged', (lines: string[]) => [lines[1]!, lines[0]!, ...lines.slice(2)]],
  ])('%s is seen, and acting goes on: a rollback is never blocked by its log', async (_name, tamper) => {
    await open(1);
    await open(1);
    writeFileSync(journal(), `${tamper(readFileSync(journal(), 'utf8').trimEnd().split('\n')).join('\n')}\n`);
    expect((await state()).journal.intact).toBe(false);
    expect((await open(1)).ok).toBe(true);
  });
});

describe('what is not a request', () => {
  const change = (fields: object) => JSON.stringify({ ...host.request('state'), ...fields });
  test.each<[string, () => string, string]>([
    ['nothing', () => '', 'Request'],
    ['no JSON', () => Buffer.from('{"a":').toString('base64url'), 'Request'],
    ['a duplicate name', () => '{"step":"state","step":"pack"}', 'Request'],
    ['another protocol', () => change({ protocol: 2 }), 'protocol'],
    ['an unknown step', () => change({ step: 'format-disk' }), 'step'],
    ['no epoch', () => change({ epoch: undefined }), 'epoch'],
    ['a text for a port', () => change({ clientPort: '9042' }), 'clientPort'],
    [
      'a service that is an option',
      () => change({ cassandra: { ...host.request('state').cassandra, service: '--force' } }),
      'cassandra.service',
    ],
    ['a relative path', () => change({ files: [{ path: 'etc/x', kind: 'keystore' }] }), 'files.0.path'],
    ['a path with ..', () => change({ files: [{ path: '/etc/../x', kind: 'keystore' }] }), 'files.0.path'],
    ['a kind unknown', () => change({ files: [{ path: '/etc/x', kind: 'logo' }] }), 'files.0.kind'],
    ['a backup id that leaves its folder', () => change({ step: 'pack', backupId: '../../etc', recipient }), 'backupId'],
    ['a deployment that leaves its folder', () => change({ deployment: 'a/b' }), 'deployment'],
  ])('%s: FIELD_INVALID names the field', async (_name, input, field) => {
    const { code, stdout } = await host.runRaw(input());
    expect(code).toBe(10);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { code: 'FIELD_INVALID', message: expect.stringContaining(`field ${field}:`) },
    });
  });

  test('the observing document lets nothing act', async () => {
    const refused = await host.step('pack', { backupId: 'b-1', recipient }, { RINGWARD_ALLOW: 'observe' });
    expect(refused.error).toMatchObject({ code: 'FIELD_INVALID', message: expect.stringContaining('observing alone') });
    expect(existsSync(host.home)).toBe(false);
    expect((await host.step('state', {}, { RINGWARD_ALLOW: 'observe' })).ok).toBe(true);
    expect(existsSync(host.home)).toBe(false);
  });

  test('every code that the program can answer is in the catalogue', () => {
    const sources = join(import.meta.dirname, '../../on-node/java/io/ringward/node');
    const codes = new Set<string>();
    for (const file of [
      'StepFailure',
      'Steps',
      'Main',
      'NodeLock',
      'EpochFence',
      'Pins',
      'OneTimeKey',
      'Transfer',
      'Request',
      'Service',
      'RestoreHot',
      'StopAccepting',
      'StopService',
      'StartService',
      'RestoreTraffic',
      'Kit',
      'KitFile',
      'KitOptions',
      'KitAction',
    ]) {
      for (const [, code] of readFileSync(join(sources, `${file}.java`), 'utf8').matchAll(/"([A-Z]+(?:_[A-Z]+)+)"/g)) codes.add(code!);
    }
    const known = Object.keys(ERRORS);
    const own = [...codes].filter((code) => !code.startsWith('RINGWARD_') && code !== 'CASSANDRA_LOG_DIR');
    expect(own.length).toBeGreaterThan(8);
    expect(own.filter((code) => !known.includes(code))).toEqual([]);
  });
});
