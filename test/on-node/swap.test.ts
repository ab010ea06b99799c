import { existsSync, lstatSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { canonicalHash, sha256Hex } from '../../core/canonical.ts';
import type { PackResult, RestoreResult } from '../../core/node/results.ts';
import type { Host } from './host.ts';
import { recipient } from './pack-store.ts';
import { useHost } from './use-host.ts';

let host: Host;
let good: string;
let bad: string;

useHost(async (made) => {
  host = made;
  good = host.read('node.pem');
  bad = await host.keystore('bad');
});
beforeEach(() => {
  rmSync(host.home, { recursive: true, force: true });
  for (const name of ['node.pem', 'real.pem', 'new.pem']) rmSync(host.path(name), { force: true });
  host.write('node.pem', good, 0o640);
});

async function pack(backupId = 'b-1') {
  const packed = await host.step<PackResult>('pack', { backupId, recipient });
  expect(packed.error.message).toBe('');
  return { backupId, manifestSha256: packed.result.manifestSha256, manifest: packed.result.manifest };
}

const paths = () => [host.path('node.pem')];

describe('restore from the local snapshot', () => {
  test('bytes and mode come back, the overwritten bytes are kept, and the reply says both hashes', async () => {
    const backup = await pack();
    host.write('node.pem', bad, 0o600);
    const restored = await host.step<RestoreResult>('restore-certificates', { backup, paths: paths() });
    expect(restored.result.restored).toEqual([{ path: host.path('node.pem'), before: sha256Hex(bad), after: sha256Hex(good) }]);
    expect(host.read('node.pem')).toBe(good);
    expect((statSync(host.path('node.pem')).mode & 0o7777).toString(8)).toBe('640');
    const folder = join(host.home, 'snapshots/replaced-d-1-1');
    const kept = join(
      folder,
      `${host.path('node.pem').slice(1).replaceAll('/', '_')}.${sha256Hex(host.path('node.pem')).slice(0, 8)}`,
      sha256Hex(bad),
    );
    expect(readFileSync(kept, 'utf8')).toBe(bad);
    expect(statSync(kept).mode & 0o077).toBe(0);
    expect(host.leftovers()).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)('owner and group come back', async () => {
    const { chownSync } = await import('node:fs');
    chownSync(host.path('node.pem'), 1, 2);
    const backup = await pack();
    host.write('node.pem', bad);
    await host.step('restore-certificates', { backup, paths: paths() });
    expect([statSync(host.path('node.pem')).uid, statSync(host.path('node.pem')).gid]).toEqual([1, 2]);
  });

  test('a link stays a link: its target gets the old bytes', async () => {
    host.write('real.pem', good);
    rmSync(host.path('node.pem'));
    symlinkSync('real.pem', host.path('node.pem'));
    const backup = await pack();
    host.write('real.pem', bad);
    await host.step('restore-certificates', { backup, paths: paths() });
    expect(readlinkSync(host.path('node.pem'))).toBe('real.pem');
    expect(host.read('real.pem')).toBe(good);
  });

  test('a link that was turned elsewhere, or replaced by a file, is turned back', async () => {
    host.write('real.pem', good);
    rmSync(host.path('node.pem'));
    symlinkSync('real.pem', host.path('node.pem'));
    const backup = await pack();
    host.write('new.pem', bad);
    rmSync(host.path('node.pem'));
    symlinkSync('new.pem', host.path('node.pem'));
    await host.step('restore-certificates', { backup, paths: paths() });
    expect(readlinkSync(host.path('node.pem'))).toBe('real.pem');
    expect(host.read('new.pem')).toBe(bad);
    rmSync(host.path('real.pem'));
    host.write('node.pem', bad);
    await host.step('restore-certificates', { backup, paths: paths() });
    expect(readlinkSync(host.path('node.pem'))).toBe('real.pem');
    expect(host.read('node.pem')).toBe(good);
    expect(host.leftovers()).toEqual([]);
  });

  test('a file that became a link is a file again, and the foreign target is left alone', async () => {
    const backup = await pack();
    host.write('new.pem', bad);
    rmSync(host.path('node.pem'));
    symlinkSync('new.pem', host.path('node.pem'));
    await host.step('restore-certificates', { backup, paths: paths() });
    expect(lstatSync(host.path('node.pem')).isSymbolicLink()).toBe(false);
    expect(host.read('node.pem')).toBe(good);
    expect(host.read('new.pem')).toBe(bad);
  });

  test('a file that was deleted comes back', async () => {
    const backup = await pack();
    rmSync(host.path('node.pem'));
    const restored = await host.step<RestoreResult>('restore-certificates', { backup, paths: paths() });
    expect(restored.result.restored[0]!.before).toBeNull();
    expect(host.read('node.pem')).toBe(good);
  });

  test('temporary files that a crash left are gone after the next acting step', async () => {
    host.write('.ringward-1-node.pem', bad);
    await pack();
    expect(existsSync(host.path('.ringward-1-node.pem'))).toBe(false);
  });
});

describe('what is refused, the files untouched', () => {
  test.each([
    ['no snapshot', 'SNAPSHOT_MISSING', (backup: { backupId: string }) => ({ ...backup, backupId: 'b-unknown' })],
    ['another manifest', 'BACKUP_MISMATCH', (backup: { backupId: string }) => ({ ...backup, manifestSha256: 'a'.repeat(64) })],
  ])('%s', async (_name, code, change) => {
    const backup = await pack();
    host.write('node.pem', bad);
    const refused = await host.step('restore-certificates', { backup: change(backup), paths: paths() });
    expect([refused.code, refused.error.code]).toEqual([10, code]);
    expect(host.read('node.pem')).toBe(bad);
  });

  test.each(['0000', '0003'])('a damaged copy %s in the snapshot (I1)', async (file) => {
    const backup = await pack();
    host.write('node.pem', bad);
    const copy = join(host.home, 'snapshots/b-1/files', file);
    writeFileSync(copy, `${readFileSync(copy, 'utf8')} `);
    const refused = await host.step('restore-certificates', { backup, paths: paths() });
    expect(refused.error.code).toBe('SNAPSHOT_MISSING');
    expect(host.read('node.pem')).toBe(bad);
  });

  test('a path that is not registered, and one that is not in the backup', async () => {
    const backup = await pack();
    expect((await host.step('restore-certificates', { backup, paths: ['/etc/passwd'] })).error.code).toBe('PATH_NOT_REGISTERED');
    const later = { path: host.path('later.pem'), kind: 'keystore' };
    const refused = await host.step('restore-certificates', { backup, files: [...host.files, later], paths: [later.path] });
    expect(refused.error).toMatchObject({ code: 'FIELD_INVALID', message: expect.stringContaining('later.pem') });
  });

  test('a running Cassandra: files never change under it on the restart way', async () => {
    const backup = await pack();
    host.write('node.pem', bad);
    writeFileSync(join(host.folder, 'bin/pid'), String(process.pid));
    try {
      const refused = await host.step('restore-certificates', { backup, paths: paths() });
      expect(refused.error).toMatchObject({ code: 'SERVICE_NOT_STOPPED', message: expect.stringContaining(String(process.pid)) });
    } finally {
      rmSync(join(host.folder, 'bin/pid'));
    }
    expect(host.read('node.pem')).toBe(bad);
  });

  test('a hot restore without JMX: the files are back, the reload is not claimed', async () => {
    const backup = await pack();
    host.write('node.pem', bad);
    const failed = await host.step('restore-hot', { backup, paths: paths(), expect: {} });
    expect(failed.error).toMatchObject({ code: 'RELOAD_FAILED', message: expect.stringContaining('the files are back') });
    expect(host.read('node.pem')).toBe(good);
  });
});

describe('the snapshot', () => {
  test('its manifest lists every file with the hash that core computes too', async () => {
    const backup = await pack();
    expect(backup.manifest.map(({ kind }) => kind).sort()).toEqual([
      'configuration',
      'keystore',
      'service-state',
      'system-state',
      'truststore',
    ]);
    expect(backup.manifestSha256).toBe(canonicalHash(backup.manifest));
    expect(backup.manifest.find(({ kind }) => kind === 'keystore')).toMatchObject({
      sha256: sha256Hex(good),
      mode: '0640',
      bytes: good.length,
    });
    expect(statSync(join(host.home, 'snapshots/b-1')).mode & 0o077).toBe(0);
  });

  test('a second pack by the same id is the same backup, though the files have changed since', async () => {
    const first = await host.step<PackResult>('pack', { backupId: 'b-1', recipient });
    host.write('node.pem', bad);
    const second = await host.step<PackResult>('pack', { backupId: 'b-1', recipient });
    expect(second.result).toEqual(first.result);
    expect((await host.step<PackResult>('pack', { backupId: 'b-2', recipient })).result.manifestSha256).not.toBe(
      first.result.manifestSha256,
    );
  });
});
