import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { readReplyLine } from '../../adapters/ssm/reply-line.ts';
import type { NodeObservation } from '../../core/node/facts.ts';
import { chainOf, keyOf, leafOf } from '../fixtures/keystore-pem.ts';
import type { Host } from './host.ts';
import { useHost } from './use-host.ts';

let host: Host;
let good: string;

useHost((made) => {
  host = made.installCassandra();
  good = host.read('node.pem');
});
beforeEach(() => {
  host.write('node.pem', good);
  writeFileSync(host.yaml, host.configuration());
});

const observe = async (fields: object = {}) =>
  (await host.step<NodeObservation>('observe', { depth: 'full', peers: [], ...fields })).result;
const keystore = async () => (await observe()).stores.find(({ kind }) => kind === 'keystore')!;

describe('stores, loaded by the node’s own factory', () => {
  test('good PEM: loads, key matches, chain leaf first', async () => {
    const store = await keystore();
    expect(store).toMatchObject({
      loads: true,
      keyMatchesLeaf: true,
      listeners: ['client', 'internode'],
      factory: 'org.apache.cassandra.security.PEMBasedSslContextFactory',
    });
    expect(store.chain[0]).toBe(leafOf(good));
    expect(store.chain).toHaveLength(2);
    expect(store.loadError).toBeUndefined();
  });

  test('a key of another leaf is no load error for Cassandra, but it does not match', async () => {
    const other = await host.keystore('mismatch');
    host.write('node.pem', keyOf(good) + chainOf(other));
    expect(await keystore()).toMatchObject({ keyMatchesLeaf: false, chain: [leafOf(other), expect.any(String)] });
  });

  test('broken PEM: says why, and shows what can be read of the chain', async () => {
    host.write('node.pem', keyOf(good).replace(/\n.{20}/, '\n!') + chainOf(good));
    expect(await keystore()).toMatchObject({
      loads: false,
      keyMatchesLeaf: null,
      loadError: expect.any(String),
      keyError: expect.any(String),
      chain: [leafOf(good), expect.any(String)],
    });
    host.write('node.pem', 'not a keystore at all');
    expect(await keystore()).toMatchObject({ loads: false, chain: [] });
  });

  test('Cassandra’s own jar above lib, as packages have it; and where it is nowhere, nothing is called unloadable', async () => {
    const lib = readlinkSync(join(host.folder, 'lib'));
    const own = readdirSync(lib).filter((name) => /^(apache-cassandra|cassandra-all)-/.test(name));
    const home = join(host.folder, 'packaged');
    mkdirSync(join(home, 'lib'), { recursive: true });
    for (const name of readdirSync(lib)) if (!own.includes(name)) symlinkSync(join(lib, name), join(home, 'lib', name));
    const cassandra = { home, yaml: host.yaml, service: 'cassandra' };
    const without = await observe({ cassandra });
    expect(without.stores.filter(({ loads }) => loads !== undefined)).toEqual([]);
    for (const name of own) symlinkSync(join(lib, name), join(home, name));
    const packaged = await observe({ cassandra });
    expect(packaged.stores.find(({ kind }) => kind === 'keystore')).toMatchObject({ loads: true });
    expect(packaged.cassandra).toBe((await observe()).cassandra);
  });

  test('no file', async () => {
    execFileSync('rm', [host.path('node.pem')]);
    const seen = await observe();
    expect(seen.files.find(({ kind }) => kind === 'keystore')).toMatchObject({ present: false });
    expect(seen.stores.find(({ kind }) => kind === 'keystore')).toMatchObject({ loads: false, chain: [] });
  });

  test('an encrypted PEM key, and a wrong password for it', async () => {
    writeFileSync(join(host.folder, 'key.pem'), keyOf(good));
    const encrypted = execFileSync(
      'openssl',
      ['pkcs8', '-topk8', '-v1', 'PBE-SHA1-3DES', '-in', join(host.folder, 'key.pem'), '-passout', 'pass:right'],
      { encoding: 'utf8' },
    );
    host.write('node.pem', encrypted + chainOf(good));
    writeFileSync(host.yaml, host.configuration({ keystore_password: 'right' }));
    expect(await keystore()).toMatchObject({ loads: true, keyMatchesLeaf: true });
    writeFileSync(host.yaml, host.configuration({ keystore_password: 'wrong-password-xyz' }));
    const seen = await observe();
    expect(seen.stores[0]).toMatchObject({ loads: false, keyMatchesLeaf: null, chain: [leafOf(good), expect.any(String)] });
    expect(JSON.stringify(seen)).not.toContain('wrong-password-xyz');
  });

  test.each(['PKCS12', 'JKS'])('%s, with the right password and a wrong one', async (type) => {
    const [key, chain, p12, store, trust] = ['key.pem', 'chain.pem', 'node.p12', `node.${type}`, `trust.${type}`].map((name) =>
      join(host.folder, name),
    ) as [string, string, string, string, string];
    writeFileSync(key, keyOf(good));
    writeFileSync(chain, chainOf(good));
    execFileSync('rm', ['-f', p12, store, trust]);
    execFileSync('openssl', ['pkcs12', '-export', '-inkey', key, '-in', chain, '-name', 'node', '-passout', 'pass:secret1', '-out', p12]);
    execFileSync(
      'keytool',
      [
        '-importkeystore',
        '-srckeystore',
        p12,
        '-srcstorepass',
        'secret1',
        '-destkeystore',
        store,
        '-deststoretype',
        type,
        '-deststorepass',
        'secret1',
      ],
      { stdio: 'ignore' },
    );
    execFileSync(
      'keytool',
      [
        '-importcert',
        '-noprompt',
        '-alias',
        'ca',
        '-file',
        host.path('ca.pem'),
        '-keystore',
        trust,
        '-storetype',
        type,
        '-storepass',
        'secret1',
      ],
      { stdio: 'ignore' },
    );
    const settings = { keystore: store, truststore: trust, truststore_password: 'secret1', store_type: type };
    writeFileSync(host.yaml, host.configuration({ ...settings, keystore_password: 'secret1' }));
    const seen = await observe({ files: [] });
    expect(seen.stores).toMatchObject([
      {
        kind: 'keystore',
        loads: true,
        keyMatchesLeaf: true,
        chain: [leafOf(good), expect.any(String)],
        factory: 'org.apache.cassandra.security.DefaultSslContextFactory',
      },
      { kind: 'truststore', loads: true, keyMatchesLeaf: null, chain: [leafOf(host.read('ca.pem'))] },
    ]);
    writeFileSync(host.yaml, host.configuration({ ...settings, keystore_password: 'wrong1' }));
    expect((await observe({ files: [] })).stores[0]).toMatchObject({ loads: false, loadError: expect.stringContaining('password') });
  });

  test('a broken yaml: every registered store says so, and its password is not quoted', async () => {
    writeFileSync(host.yaml, `${host.configuration()}\n  keystore_password: "secret-in-yaml\n : [`);
    const seen = await observe();
    expect(seen.stores).toMatchObject([
      { kind: 'keystore', loads: false, loadError: expect.stringContaining('cassandra.yaml'), chain: [leafOf(good), expect.any(String)] },
      { kind: 'truststore', loads: false },
    ]);
    expect(JSON.stringify(seen)).not.toContain('secret-in-yaml');
  });

  test('depth certificates loads nothing and asks no ring', async () => {
    const seen = await observe({ depth: 'certificates' });
    expect(seen.stores[0]).not.toHaveProperty('loads');
    expect(seen).toMatchObject({ ring: null, peers: [] });
    expect(seen).not.toHaveProperty('ringError');
  });

  test('depth state loads nothing, yet asks the ring', async () => {
    const seen = await observe({ depth: 'state' });
    expect(seen.stores[0]).not.toHaveProperty('loads');
    expect(seen.stores[0]?.chain).toEqual([leafOf(good), expect.any(String)]);
    expect(seen).toMatchObject({ ring: null, ringError: expect.stringContaining('127.0.0.1:1'), peers: [] });
  });

  test('depth soak asks everything again but how the files load', async () => {
    const seen = await observe({ depth: 'soak' });
    expect(seen.stores[0]).not.toHaveProperty('loads');
    expect(seen.stores[0]).not.toHaveProperty('jvm');
    expect(seen).toMatchObject({ log: expect.any(Array), revocations: expect.any(Array) });
  });

  test('a reply longer than SSM carries is packed, and nothing of it is lost', async () => {
    const peers = Array.from({ length: 60 }, (_, i) => ({ node: `i-${i}`, address: '127.0.0.1', clientPort: 1, internodePort: 1 }));
    const request = host.request('observe', { depth: 'full', peers });
    const { stdout } = await host.runRaw(Buffer.from(JSON.stringify(request)).toString('base64url'));
    expect(stdout.length).toBeLessThan(24_000);
    expect(stdout).toContain('"gzip"');
    const reply = readReplyLine(stdout);
    expect(reply.ok && (reply.result as NodeObservation).peers).toHaveLength(120);
    expect(reply.ok && Object.keys((reply.result as NodeObservation).certificates).length).toBeGreaterThan(0);
  });

  test('another depth is refused', async () => {
    expect(await host.step('observe', { depth: 'deep', peers: [] })).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('field depth: must be full, soak, state or certificates') },
    });
  });

  test('a dead node: no ring, the reason, the service’s state', async () => {
    const seen = await observe();
    expect(seen).toMatchObject({
      ring: null,
      ringError: expect.stringContaining('127.0.0.1:1'),
      service: { state: 'inactive', pid: null, startedAt: null },
    });
    expect(seen.configuration).toContainEqual({ setting: 'client_encryption_options.require_client_auth', value: 'true' });
  });
});
