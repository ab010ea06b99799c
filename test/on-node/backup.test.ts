import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { OneTimeKey, PackResult, TrialRestoreResult } from '../../core/node/results.ts';
import type { Host } from './host.ts';
import { openJwe, otherSigner, PackStore, provesPossession, recipient, rewrap, signed, statementOf, unzip } from './pack-store.ts';
import { useHost } from './use-host.ts';

type Trial = z.infer<typeof TrialRestoreResult>;
interface Uploaded {
  readonly status: number;
  readonly oneTimeKey: OneTimeKey;
}

let host: Host;
let good: string;
let store: PackStore;
let url: string;

useHost((made) => {
  host = made.installCassandra();
  good = host.read('node.pem');
});
beforeEach(async () => {
  rmSync(host.home, { recursive: true, force: true });
  host.write('node.pem', good, 0o640);
  store = new PackStore();
  url = await store.open();
});
afterEach(() => store.close());

const headers = { 'if-none-match': '*', 'x-amz-checksum-sha256': 'x' };

/** Packs and uploads, and gives the fields of the fetch that would follow. */
async function uploaded() {
  const { result: pack } = await host.step<PackResult>('pack', { backupId: 'b-1', recipient });
  const { result: upload } = await host.step<Uploaded>('upload', {
    backupId: 'b-1',
    ciphertextSha256: pack.ciphertextSha256,
    url,
    headers,
  });
  const backup = { backupId: 'b-1', manifestSha256: pack.manifestSha256 };
  const fetch = {
    backup,
    ciphertextSha256: pack.ciphertextSha256,
    url,
    rewrappedKey: rewrap(pack.encryptedKey, upload.oneTimeKey.spki),
    ...signed(statementOf({ ...backup, ciphertextSha256: pack.ciphertextSha256 })),
  };
  return { pack, upload, fetch };
}

describe('pack and upload', () => {
  test('an independent reader of RFC 7516 opens the pack, and finds the manifest and every file', async () => {
    const { pack } = await uploaded();
    expect(store.sha256).toBe(pack.ciphertextSha256);
    expect(store.object!.length).toBe(pack.ciphertextBytes);
    const { plain, aad, jwe } = openJwe(store.object!);
    expect(aad).toBe(pack.manifestSha256);
    expect(JSON.parse(Buffer.from(jwe.protected, 'base64url').toString())).toEqual({ enc: 'A256GCM' });
    expect(jwe.recipients).toEqual([{ header: { alg: 'RSA-OAEP-256', kid: 'key-1' }, encrypted_key: pack.encryptedKey }]);
    const files = unzip(plain);
    expect(createHash('sha256').update(files.get('manifest.json')!).digest('hex')).toBe(pack.manifestSha256);
    for (const [index, entry] of pack.manifest.entries()) {
      expect(
        createHash('sha256')
          .update(files.get(`files/${String(index).padStart(4, '0')}`)!)
          .digest('hex'),
      ).toBe(entry.sha256);
    }
    const system = pack.manifest.findIndex(({ kind }) => kind === 'system-state');
    expect(JSON.parse(files.get(`files/${String(system).padStart(4, '0')}`)!.toString())).toHaveProperty(['jdk.tls.disabledAlgorithms']);
  });

  test('a repeated upload finds the object there; its one-time key proves possession; the headers are those given', async () => {
    const { pack, upload } = await uploaded();
    expect(upload.status).toBe(200);
    expect(store.headers).toMatchObject(headers);
    expect(provesPossession(upload.oneTimeKey, 'b-1|i-1|1')).toBe(true);
    const again = await host.step<Uploaded>('upload', { backupId: 'b-1', ciphertextSha256: pack.ciphertextSha256, url, headers });
    expect(again.result.status).toBe(412);
    expect(statSync(join(host.home, 'one-time/b-1')).mode & 0o077).toBe(0);
  });

  test('a store that fails is named, without the presigned URL', async () => {
    const { result: pack } = await host.step<PackResult>('pack', { backupId: 'b-1', recipient });
    store.answer = 503;
    const failed = await host.step('upload', { backupId: 'b-1', ciphertextSha256: pack.ciphertextSha256, url, headers });
    expect(failed.error.code).toBe('UPLOAD_FAILED');
    expect(JSON.stringify(failed.error)).not.toContain('Signature');
  });

  test('another recipient than the one this node knows is refused', async () => {
    await host.step('pack', { backupId: 'b-1', recipient });
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const refused = await host.step('pack', { backupId: 'b-2', recipient: { keyId: 'key-2', spki: other } });
    expect(refused.error).toMatchObject({ code: 'BACKUP_MISMATCH', fix: expect.stringContaining('recipient.sha256') });
  });

  test('what each keystore holds is reported', async () => {
    const { pack } = await uploaded();
    const leaf = Object.values(pack.certificates).map((der) => createHash('sha256').update(Buffer.from(der, 'base64')).digest('hex'));
    expect(pack.storeLeaves).toEqual([{ path: host.path('node.pem'), leaf: expect.any(String) }]);
    expect(leaf).toContain(pack.storeLeaves[0]!.leaf);
    expect(pack.servedLeaves).toEqual({});
  });
});

describe('trial restore', () => {
  test('decrypts, compares, loads by the node’s own factory, shakes hands in memory; nothing of it stays', async () => {
    const { pack, fetch } = await uploaded();
    const trial = await host.step<Trial>('trial-restore', fetch);
    expect(trial.result).toMatchObject({ verified: true, filesCompared: pack.manifest.length });
    expect(trial.result.stores.map(({ kind, loads, keyMatchesLeaf }) => ({ kind, loads, keyMatchesLeaf }))).toEqual([
      { kind: 'keystore', loads: true, keyMatchesLeaf: true },
      { kind: 'truststore', loads: true, keyMatchesLeaf: null },
    ]);
    expect(readdirSync(join(host.home, 'snapshots'))).toEqual(['b-1']);
    expect(existsSync(join(host.home, 'one-time/b-1'))).toBe(false);
    const again = await host.step('trial-restore', fetch);
    expect(again.error).toMatchObject({ code: 'FIELD_INVALID', message: expect.stringContaining('one-time key') });
  });

  test('a reply that was lost does not cost the one-time key: the same request is answered', async () => {
    const { fetch } = await uploaded();
    const request = host.request('trial-restore', fetch);
    const ran = await host.runRaw(JSON.stringify(request), { RINGWARD_CRASH_AT: 'reply-before-store' });
    expect(ran.stdout).toBe('');
    const again = await host.send<Trial>(request);
    expect(again.result).toMatchObject({ verified: true });
    expect(existsSync(join(host.home, 'one-time/b-1'))).toBe(false);
  });

  test('material that was broken before is not called verified', async () => {
    const other = await host.keystore('other');
    const key = good.slice(0, good.indexOf('-----BEGIN CERTIFICATE'));
    host.write('node.pem', key + other.slice(other.indexOf('-----BEGIN CERTIFICATE')));
    const { fetch } = await uploaded();
    const trial = await host.step<Trial>('trial-restore', fetch);
    expect(trial.result).toMatchObject({ verified: false, reason: expect.stringContaining('does not belong to its leaf') });
  });

  test('an expired leaf fails the handshake in memory', async () => {
    const day = 86_400_000;
    const identity = await host.authority.issue(join(host.folder, 'identities/expired'), {
      commonName: 'x',
      notBefore: new Date(Date.now() - 9 * day),
      notAfter: new Date(Date.now() - day),
    });
    host.write(
      'node.pem',
      readFileSync(identity.key, 'utf8') + readFileSync(identity.certificate, 'utf8') + readFileSync(host.authority.intermediate, 'utf8'),
    );
    const { fetch } = await uploaded();
    const trial = await host.step<Trial>('trial-restore', fetch);
    expect(trial.result).toMatchObject({ verified: false, reason: expect.stringContaining('handshake in memory') });
  });

  test('fetch-backup gives a node its lost snapshot again', async () => {
    const { fetch } = await uploaded();
    rmSync(join(host.home, 'snapshots'), { recursive: true });
    const bad = await host.keystore('bad');
    host.write('node.pem', bad);
    expect((await host.step('restore-certificates', { backup: fetch.backup, paths: [host.path('node.pem')] })).error.code).toBe(
      'SNAPSHOT_MISSING',
    );
    expect((await host.step<Trial>('fetch-backup', fetch)).result.verified).toBe(true);
    expect((await host.step('restore-certificates', { backup: fetch.backup, paths: [host.path('node.pem')] })).ok).toBe(true);
    expect(host.read('node.pem')).toBe(good);
  });
});

describe('a backup that was tampered with', () => {
  type Fetch = Awaited<ReturnType<typeof uploaded>>['fetch'];
  const rewrite = (change: (jwe: Record<string, string>) => void) => {
    const jwe = JSON.parse(store.object!.toString()) as Record<string, string>;
    change(jwe);
    store.object = Buffer.from(JSON.stringify(jwe));
  };
  const alterCiphertext = () =>
    rewrite((jwe) => {
      const bytes = Buffer.from(jwe.ciphertext!, 'base64url');
      bytes[9]! ^= 1;
      jwe.ciphertext = bytes.toString('base64url');
    });
  /** Signed by the true key, as if the whole upload had been replaced: only decryption can catch it. */
  const resigned = (fetch: Fetch) => ({
    ...fetch,
    ciphertextSha256: store.sha256,
    ...signed(statementOf({ ...fetch.backup, ciphertextSha256: store.sha256 })),
  });

  test.each<[string, (fetch: Fetch) => Record<string, unknown>]>([
    [
      'ciphertext altered',
      (fetch) => {
        alterCiphertext();
        return fetch;
      },
    ],
    [
      'ciphertext altered, hash signed',
      (fetch) => {
        alterCiphertext();
        return resigned(fetch);
      },
    ],
    [
      'tag cut to one byte, hash signed',
      (fetch) => {
        rewrite((jwe) => {
          jwe.tag = Buffer.from(jwe.tag!, 'base64url').subarray(0, 1).toString('base64url');
        });
        return resigned(fetch);
      },
    ],
    [
      'tag altered, hash signed',
      (fetch) => {
        rewrite((jwe) => {
          jwe.tag = Buffer.alloc(16).toString('base64url');
        });
        return resigned(fetch);
      },
    ],
    [
      'aad of another manifest, hash signed',
      (fetch) => {
        rewrite((jwe) => {
          jwe.aad = Buffer.from('b'.repeat(64)).toString('base64url');
        });
        return resigned(fetch);
      },
    ],
    ['statement altered', (fetch) => ({ ...fetch, statement: fetch.statement.replace('"i-1"', '"i-2"') })],
    [
      'statement of another node, well signed',
      (fetch) => ({ ...fetch, ...signed(statementOf({ ...fetch.backup, ciphertextSha256: fetch.ciphertextSha256 }, 'test', 'i-2')) }),
    ],
    [
      'statement of another cluster, well signed',
      (fetch) => ({ ...fetch, ...signed(statementOf({ ...fetch.backup, ciphertextSha256: fetch.ciphertextSha256 }, 'prod')) }),
    ],
    ['manifest hash of another backup', (fetch) => ({ ...fetch, backup: { ...fetch.backup, manifestSha256: 'c'.repeat(64) } })],
    [
      'signature by a key that does not match the signer',
      (fetch) => ({ ...fetch, signature: signed(fetch.statement, otherSigner).signature }),
    ],
    ['content key of another backup', (fetch) => ({ ...fetch, rewrappedKey: Buffer.alloc(256, 7).toString('base64url') })],
  ])('%s → BACKUP_MISMATCH, nothing left behind', async (_name, tamper) => {
    const { fetch } = await uploaded();
    const pristine = store.object;
    for (const step of ['trial-restore', 'fetch-backup'] as const) {
      store.object = pristine;
      const refused = await host.step(step, tamper({ ...fetch }));
      expect(refused.error.code).toBe('BACKUP_MISMATCH');
    }
    expect(readdirSync(join(host.home, 'snapshots'))).toEqual(['b-1']);
  });

  test('a signer other than the one this node knows is refused', async () => {
    const { fetch } = await uploaded();
    await host.step('trial-restore', fetch);
    const refused = await host.step('trial-restore', { ...fetch, ...signed(fetch.statement, otherSigner) });
    expect(refused.error).toMatchObject({ code: 'BACKUP_MISMATCH', fix: expect.stringContaining('signer.sha256') });
  });

  test('a store without the object, or one that fails, can be tried again', async () => {
    const { fetch } = await uploaded();
    store.answer = 404;
    expect((await host.step('trial-restore', fetch)).error.code).toBe('UPLOAD_FAILED');
    store.answer = undefined;
    expect((await host.step<Trial>('trial-restore', fetch)).result.verified).toBe(true);
  });

  test('a copy damaged on the node does not replace the sound one in S3', async () => {
    const { fetch } = await uploaded();
    writeFileSync(join(host.home, 'snapshots/b-1/files/0000'), 'damaged');
    expect((await host.step<Trial>('fetch-backup', fetch)).result.verified).toBe(true);
    expect((await host.step('restore-configuration', { backup: fetch.backup, paths: [host.yaml] })).ok).toBe(true);
  });
});
