import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { NodeState, PackResult, TrialRestoreResult } from '../../core/node/results.ts';
import { openAuthority } from '../../stand/pki/authority.ts';
import { type Host, JAR } from './host.ts';
import { PackStore, recipient, rewrap, signed, statementOf } from './pack-store.ts';
import { useHost } from './use-host.ts';

/** Points of the steps that need a living Cassandra: the ring's own tests end the program there. */
const NEED_CASSANDRA = [
  'proof-before',
  'proof-after',
  'traffic-before-stop',
  'traffic-after-stop',
  'drain-before',
  'drain-after',
  'stop-before',
  'stop-after',
  'start-normal',
  'traffic-after-start',
  'clients-on-before',
  'clients-on-after',
];

let host: Host;
let good: string;
let bad: string;
let points: string[];
const reached = new Set<string>();

useHost(async (made) => {
  points = execFileSync('java', ['-jar', JAR, '--crash-points'], { encoding: 'utf8' }).trim().split('\n');
  host = made.installCassandra();
  good = host.read('node.pem');
  bad = await host.keystore('bad');
});

/** Crashes a step at every point that it reaches, and gives each crash to `resume`. */
async function crashEverywhere(
  prepare: () => Promise<() => ReturnType<Host['request']>>,
  resume: (point: string) => Promise<void>,
  only: (point: string) => boolean,
) {
  for (const point of points.filter(only)) {
    for (const occurrence of point.startsWith('journal') || point.startsWith('file') ? [1, 3] : [1]) {
      const request = await prepare();
      const asked = request();
      const allowed = asked.step.endsWith('-truststore') ? { RINGWARD_ALLOW: 'trust' } : {};
      const ran = await host.runRaw(JSON.stringify(asked), { ...allowed, RINGWARD_CRASH_AT: `${point}#${occurrence}` });
      if (ran.code !== 137) continue;
      expect(ran.stdout).toBe('');
      reached.add(point);
      await resume(`${point}#${occurrence}`);
    }
  }
}

const isOf =
  (...prefixes: string[]) =>
  (point: string) =>
    prefixes.some((prefix) => point.startsWith(prefix));
const COMMON = ['lock', 'epoch', 'journal', 'reply', 'file'];

async function settled(point: string): Promise<void> {
  const { result } = await host.step<z.infer<typeof NodeState>>('state');
  expect({ point, intact: result.journal.intact, held: result.lock.held, open: result.open, leftovers: host.leftovers() }).toEqual({
    point,
    intact: true,
    held: false,
    open: null,
    leftovers: [],
  });
}

describe('a crash at any point, then the same request again, ends in the same state (I6)', () => {
  beforeEach(() => rmSync(host.home, { recursive: true, force: true }));

  test('restore, of a file and of a link that was turned elsewhere', { timeout: 300_000 }, async () => {
    const files = [...host.files, { path: host.path('link.pem'), kind: 'keystore' as const }];
    const prepare = async () => {
      rmSync(host.home, { recursive: true, force: true });
      for (const name of ['node.pem', 'link.pem']) rmSync(host.path(name), { force: true });
      host.write('node.pem', good, 0o640);
      host.write('one.pem', good);
      host.write('two.pem', bad);
      symlinkSync('one.pem', host.path('link.pem'));
      const { result } = await host.step<PackResult>('pack', { backupId: 'b-1', recipient, files });
      host.write('node.pem', bad, 0o600);
      rmSync(host.path('link.pem'));
      symlinkSync('two.pem', host.path('link.pem'));
      const request = host.request('restore-certificates', {
        epoch: 2,
        backup: { backupId: 'b-1', manifestSha256: result.manifestSha256 },
        paths: [host.path('node.pem'), host.path('link.pem')],
        files,
      });
      again = () => host.send(request);
      anew = () => host.send({ ...request, requestId: 'anew', epoch: 3 });
      return () => request;
    };
    let again: () => ReturnType<Host['send']> = async () => await host.step('state');
    let anew = again;
    let turn = 0;
    await crashEverywhere(
      prepare,
      async (point) => {
        // By turns the same request again, and a newer execution with another request.
        expect((await (turn++ % 2 ? anew() : again())).error.message).toBe('');
        expect(host.read('node.pem')).toBe(good);
        expect((statSync(host.path('node.pem')).mode & 0o7777).toString(8)).toBe('640');
        expect(host.read('link.pem')).toBe(good);
        expect(host.read('two.pem')).toBe(bad);
        await settled(point);
      },
      isOf(...COMMON, 'swap'),
    );
    for (const name of ['link.pem', 'one.pem', 'two.pem']) rmSync(host.path(name), { force: true });
  });

  test('a truststore extended, and reduced again', { timeout: 300_000 }, async () => {
    const other = readFileSync((await openAuthority(join(host.folder, 'other'), 'Other')).root, 'utf8');
    const old = host.read('ca.pem');
    const authorities = [/-----BEGIN CERTIFICATE-----([^-]+)/.exec(other)?.[1]?.replaceAll('\n', '')];
    for (const step of ['extend-truststore', 'reduce-truststore'] as const) {
      const [before, after] = step === 'extend-truststore' ? [old, `${old}${other}`] : [`${old}${other}`, old];
      let request = host.request('state');
      let turn = 0;
      await crashEverywhere(
        async () => {
          rmSync(host.home, { recursive: true, force: true });
          host.write('ca.pem', before, 0o640);
          request = host.request(step, { epoch: 2, path: host.path('ca.pem'), authorities });
          return () => request;
        },
        async (point) => {
          // Never a mixture: the file is that of before or that of afterwards, at every instant.
          expect([before, after]).toContain(host.read('ca.pem'));
          const again = turn++ % 2 ? { ...request, requestId: 'anew', epoch: 3 } : request;
          expect((await host.send(again)).error.message).toBe('');
          expect(host.read('ca.pem')).toBe(after);
          expect((statSync(host.path('ca.pem')).mode & 0o7777).toString(8)).toBe('640');
          await settled(point);
        },
        step === 'extend-truststore' ? isOf('reply', 'swap', 'trust') : isOf('swap-before-rename', 'swap-after-rename', 'trust'),
      );
    }
    host.write('ca.pem', old);
  });

  test('pack', { timeout: 300_000 }, async () => {
    let again = async () => await host.step<PackResult>('pack', {});
    await crashEverywhere(
      async () => {
        rmSync(host.home, { recursive: true, force: true });
        host.write('node.pem', good, 0o640);
        const request = host.request('pack', { backupId: 'b-1', recipient });
        again = () => host.send<PackResult>(request);
        return () => request;
      },
      async (point) => {
        const { result } = await again();
        expect(result.manifest.map(({ kind }) => kind).sort()).toEqual([
          'configuration',
          'keystore',
          'service-state',
          'system-state',
          'truststore',
        ]);
        const pack = join(host.home, 'snapshots/b-1/pack.jwe');
        expect(execFileSync('sha256sum', [pack], { encoding: 'utf8' }).slice(0, 64)).toBe(result.ciphertextSha256);
        await settled(point);
      },
      isOf(...COMMON, 'snapshot', 'pack'),
    );
  });

  test('upload, trial restore, and fetching a lost snapshot', { timeout: 300_000 }, async () => {
    const store = new PackStore();
    const url = await store.open();
    host.write('node.pem', good, 0o640);
    const { result: pack } = await host.step<PackResult>('pack', { backupId: 'b-1', recipient });
    const backup = { backupId: 'b-1', manifestSha256: pack.manifestSha256 };
    const upload = () =>
      host.request('upload', { backupId: 'b-1', ciphertextSha256: pack.ciphertextSha256, url, headers: { 'if-none-match': '*' } });
    const fetch = async (step: 'trial-restore' | 'fetch-backup') => {
      const { result } = await host.step<{ oneTimeKey: { spki: string } }>('open-restore', { backup });
      const statement = signed(statementOf({ ...backup, ciphertextSha256: pack.ciphertextSha256 }));
      return host.request(step, {
        backup,
        ciphertextSha256: pack.ciphertextSha256,
        url,
        rewrappedKey: rewrap(pack.encryptedKey, result.oneTimeKey.spki),
        ...statement,
      });
    };
    await crashEverywhere(
      async () => upload,
      async () => {
        expect([200, 412]).toContain((await host.send<{ status: number }>(upload())).result.status);
      },
      isOf('upload', 'one-time'),
    );
    // A key pair is made once and offered again until it is used; so its making is crashed with none there.
    await crashEverywhere(
      async () => {
        rmSync(join(host.home, 'one-time'), { recursive: true, force: true });
        return () => host.request('open-restore', { backup });
      },
      async () => {
        expect((await host.step('open-restore', { backup })).ok).toBe(true);
      },
      isOf('one-time', 'file'),
    );
    for (const step of ['trial-restore', 'fetch-backup'] as const) {
      await crashEverywhere(
        async () => {
          if (step === 'fetch-backup') rmSync(join(host.home, 'snapshots/b-1'), { recursive: true, force: true });
          const request = await fetch(step);
          return () => request;
        },
        async (point) => {
          expect((await host.send<z.infer<typeof TrialRestoreResult>>(await fetch(step))).result.verified).toBe(true);
          expect(existsSync(join(host.home, 'one-time/b-1'))).toBe(false);
          await settled(point);
        },
        isOf('scratch', 'fetched', 'snapshot'),
      );
    }
    await store.close();
  });

  test('start of a service that does not come up, and a reload without JMX', { timeout: 300_000 }, async () => {
    writeFileSync(join(host.folder, 'bin/start-fails'), '');
    await crashEverywhere(
      async () => () => host.request('start-service', { startTimeoutMs: 500 }),
      async () => {
        const failed = await host.step('start-service', { startTimeoutMs: 500 });
        expect(failed.error).toMatchObject({ code: 'SERVICE_NOT_STARTED', message: expect.stringContaining('no such luck') });
        expect(readFileSync(join(host.folder, 'run/systemd/system/cassandra.service.d/50-ringward.conf'), 'utf8')).toContain(
          'start_native_transport=false',
        );
      },
      isOf('clients-off', 'start'),
    );
    await crashEverywhere(
      async () => () => host.request('restore-traffic', { expect: {} }),
      async () => {
        expect((await host.step('restore-traffic', { expect: {} })).error.code).toBe('SERVICE_NOT_STARTED');
      },
      isOf('traffic-before-start'),
    );
    const { result } = await host.step<PackResult>('pack', { backupId: 'b-1', recipient });
    const hot = () =>
      host.request('restore-hot', {
        backup: { backupId: 'b-1', manifestSha256: result.manifestSha256 },
        paths: [host.path('node.pem')],
        expect: {},
      });
    await crashEverywhere(
      async () => hot,
      async () => {
        expect((await host.send(hot())).error.code).toBe('RELOAD_FAILED');
        expect(host.read('node.pem')).toBe(good);
      },
      isOf('reload'),
    );
  });

  test('together these reach every point but those that need a living Cassandra', () => {
    expect(points.filter((point) => !reached.has(point))).toEqual(points.filter((point) => NEED_CASSANDRA.includes(point)));
  });
});
