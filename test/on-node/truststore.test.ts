/** Authorities put into a truststore and taken out of it, in each type that Cassandra reads; what else lies in it, and around it, stays. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { beforeEach, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../core/canonical.ts';
import type { NodeObservation } from '../../core/node/facts.ts';
import type { PackResult, TruststoreResult } from '../../core/node/results.ts';
import { openAuthority } from '../../stand/pki/authority.ts';
import { freePort } from '../fixtures/free-port.ts';
import { chainOf, keyOf } from '../fixtures/keystore-pem.ts';
import type { Host } from './host.ts';
import { recipient } from './pack-store.ts';
import { useHost } from './use-host.ts';

const PASSWORD = 'secret1';
const NOTE = 'a note that somebody left here\n';
let host: Host;
/** PEM of the present authority, and of two others. */
let old: string;
let later: string;
let third: string;

useHost(async (made) => {
  host = made.installCassandra();
  old = host.read('ca.pem');
  later = readFileSync((await openAuthority(join(host.folder, 'later'), 'Test')).root, 'utf8');
  third = readFileSync((await openAuthority(join(host.folder, 'third'), 'Third')).root, 'utf8');
});
beforeEach(() => {
  rmSync(host.home, { recursive: true, force: true });
  for (const name of ['ca.pem', 'real.pem', 'trust.store']) rmSync(host.path(name), { force: true });
  host.write('ca.pem', old, 0o640);
  writeFileSync(host.yaml, host.configuration());
});

const derOf = (pem: string): Buffer => Buffer.from(/-----BEGIN CERTIFICATE-----([^-]+)/.exec(pem)?.[1] ?? '', 'base64');
const given = (...pems: readonly string[]): string[] => pems.map((pem) => derOf(pem).toString('base64'));
const hashes = (...pems: readonly string[]): string[] => pems.map((pem) => sha256Hex(derOf(pem)));
const change = (step: 'extend-truststore' | 'reduce-truststore', pems: readonly string[], fields = {}) =>
  host.step<TruststoreResult>(step, { path: host.path('ca.pem'), authorities: given(...pems), ...fields });

describe('PEM', () => {
  test('is extended at its end and reduced again to the very bytes of before', async () => {
    const text = `${NOTE}${old}`;
    host.write('ca.pem', text, 0o640);
    const extended = await change('extend-truststore', [later, third]);
    expect(extended.error.message).toBe('');
    expect(extended.result).toMatchObject({ before: sha256Hex(text), anchors: hashes(old, later, third), changed: hashes(later, third) });
    expect(extended.result.after).toBe(sha256Hex(host.read('ca.pem')));
    expect(host.read('ca.pem').startsWith(text)).toBe(true);
    expect((statSync(host.path('ca.pem')).mode & 0o7777).toString(8)).toBe('640');
    const reduced = await change('reduce-truststore', [third, later]);
    expect(reduced.result).toMatchObject({ anchors: hashes(old), listeners: [] });
    expect(reduced.result.changed.toSorted()).toEqual(hashes(later, third).toSorted());
    expect(host.read('ca.pem')).toBe(text);
    expect(host.leftovers()).toEqual([]);
    expect(existsSync(join(host.home, 'truststore-trial'))).toBe(false);
  });

  test('without a line end at its end, and with one certificate in its middle taken out', async () => {
    host.write('ca.pem', `${old}${later}${NOTE}${third}`.trimEnd());
    await change('reduce-truststore', [later]);
    expect(host.read('ca.pem')).toBe(`${old}${NOTE}${third}`.trimEnd());
    await change('extend-truststore', [later]);
    const seen = await host.step<NodeObservation>('observe', { depth: 'full', peers: [] });
    const truststore = seen.result.stores.find(({ kind }) => kind === 'truststore');
    expect(truststore).toMatchObject({ loads: true, chain: hashes(old, third, later) });
  });

  test('what is there already, or is not there, changes nothing: the file is not touched', async () => {
    const { mtimeMs, ino } = statSync(host.path('ca.pem'));
    expect((await change('extend-truststore', [old])).result).toMatchObject({ changed: [], anchors: hashes(old) });
    expect((await change('reduce-truststore', [later])).result).toMatchObject({ changed: [], anchors: hashes(old) });
    expect([statSync(host.path('ca.pem')).mtimeMs, statSync(host.path('ca.pem')).ino]).toEqual([mtimeMs, ino]);
  });

  test('an authority that a person added in between stays', async () => {
    await change('extend-truststore', [later]);
    host.write('ca.pem', `${host.read('ca.pem')}${third}`);
    expect((await change('reduce-truststore', [later])).result.anchors).toEqual(hashes(old, third));
  });
});

describe.each(['JKS', 'PKCS12'])('%s', (type) => {
  const keytool = (...args: readonly string[]) =>
    execFileSync('keytool', [...args, '-keystore', host.path('trust.store'), '-storetype', type, '-storepass', PASSWORD], {
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8',
    });
  const files = () => [...host.files, { path: host.path('trust.store'), kind: 'truststore' as const }];
  const configure = (password = PASSWORD) => {
    writeFileSync(join(host.tls, 'first.crt'), old);
    keytool('-importcert', '-noprompt', '-alias', 'named by hand', '-file', host.path('first.crt'));
    execFileSync('openssl', [
      'pkcs12',
      '-export',
      '-in',
      host.path('node.pem'),
      '-name',
      'x',
      '-out',
      host.path('key.p12'),
      '-passout',
      `pass:${PASSWORD}`,
    ]);
    const store = { store_type: type, keystore: host.path('key.p12'), keystore_password: PASSWORD, truststore: host.path('trust.store') };
    writeFileSync(host.yaml, host.configuration({ ...store, truststore_password: password }));
  };
  const changeStore = (step: 'extend-truststore' | 'reduce-truststore', pems: readonly string[]) =>
    change(step, pems, { path: host.path('trust.store'), files: files() });

  test('is extended and reduced under its configured password; entries keep their names', async () => {
    configure();
    const extended = await changeStore('extend-truststore', [later]);
    expect(extended.error.message).toBe('');
    expect(new Set(extended.result.anchors)).toEqual(new Set(hashes(old, later)));
    expect(keytool('-list')).toMatch(/named by hand,[\s\S]*trustedCertEntry/);
    expect(keytool('-list').match(/trustedCertEntry/g)).toHaveLength(2);
    const reduced = await changeStore('reduce-truststore', [old]);
    expect(reduced.result.anchors).toEqual(hashes(later));
    expect(keytool('-list')).not.toContain('named by hand');
    expect(keytool('-list', '-v')).toContain('CN=Test');
  });

  test('under another password than its own is left as it is', async () => {
    configure('wrong1');
    const before = readFileSync(host.path('trust.store'));
    const refused = await changeStore('extend-truststore', [later]);
    expect(refused.error).toMatchObject({ code: 'TRUSTSTORE_UNREADABLE', message: expect.stringContaining('trust.store') });
    expect(`${refused.error.message}${refused.error.fix}`).not.toContain('wrong1');
    expect(readFileSync(host.path('trust.store'))).toEqual(before);
  });
});

describe('what lies around the file stays', () => {
  test('a link stays a link, and its target is changed', async () => {
    renameSync(host.path('ca.pem'), host.path('real.pem'));
    symlinkSync('real.pem', host.path('ca.pem'));
    await change('extend-truststore', [later]);
    expect([lstatSync(host.path('ca.pem')).isSymbolicLink(), readlinkSync(host.path('ca.pem'))]).toEqual([true, 'real.pem']);
    expect(host.read('real.pem')).toBe(`${old}${later}`);
    expect((statSync(host.path('real.pem')).mode & 0o7777).toString(8)).toBe('640');
  });

  test.runIf(process.getuid?.() === 0)('owner and group stay', async () => {
    chownSync(host.path('ca.pem'), 1, 2);
    await change('extend-truststore', [later]);
    expect([statSync(host.path('ca.pem')).uid, statSync(host.path('ca.pem')).gid]).toEqual([1, 2]);
  });

  test('the file of before is kept, and the journal tells what was begun and done', async () => {
    await change('extend-truststore', [later]);
    const kept = execFileSync('find', [join(host.home, 'snapshots'), '-name', sha256Hex(old)], { encoding: 'utf8' }).trim();
    expect(readFileSync(kept, 'utf8')).toBe(old);
    expect(host.journal().map(({ phase, state }) => `${phase} ${state}`)).toEqual([
      ...['step begin', 'trial-load begin', 'trial-load done', 'keep begin', 'keep done'],
      ...['stage begin', 'stage done', 'rename begin', 'rename done', 'step done'],
    ]);
  });
});

describe('what is refused, the truststore untouched', () => {
  test('a reduction that would leave nobody to trust', async () => {
    const refused = await change('reduce-truststore', [old, later]);
    expect(refused.error).toMatchObject({ code: 'TRUSTSTORE_NOT_CHANGED', message: expect.stringContaining('trust nobody') });
    expect(host.read('ca.pem')).toBe(old);
  });

  test.each<[string, string, () => Parameters<typeof change>]>([
    ['a path that is not registered', 'PATH_NOT_REGISTERED', () => ['extend-truststore', [later], { path: '/etc/passwd' }]],
    ['a keystore', 'FIELD_INVALID', () => ['extend-truststore', [later], { path: host.path('node.pem') }]],
    ['no authority', 'FIELD_INVALID', () => ['extend-truststore', []]],
    ['what is no certificate', 'FIELD_INVALID', () => ['extend-truststore', [], { authorities: ['aGVsbG8='] }]],
    [
      'bytes after a certificate',
      'FIELD_INVALID',
      () => ['extend-truststore', [], { authorities: [Buffer.concat([derOf(later), Buffer.from([0])]).toString('base64')] }],
    ],
    ['what is no base64', 'FIELD_INVALID', () => ['extend-truststore', [], { authorities: ['?'] }]],
    ['an older epoch', 'EPOCH_STALE', () => ['extend-truststore', [later], { epoch: 1 }]],
  ])('%s', async (_, code, what) => {
    await host.step('extend-truststore', { path: host.path('ca.pem'), authorities: given(old), epoch: 2 });
    const [step, pems, fields] = what();
    expect((await change(step, pems, { epoch: 2, ...fields })).error.code).toBe(code);
    expect(host.read('ca.pem')).toBe(old);
  });

  test.each<[string, () => void]>([
    ['that is not there', () => rmSync(host.path('ca.pem'))],
    ['that is torn', () => host.write('ca.pem', old.slice(0, -30))],
    ['with a block that is no certificate', () => host.write('ca.pem', `${old}${old.replace(/M/g, 'Z')}`)],
  ])('a file %s', async (_, spoil) => {
    spoil();
    expect((await change('extend-truststore', [later])).error.code).toBe('TRUSTSTORE_UNREADABLE');
  });

  test('what Cassandra’s own classes would not load', async () => {
    writeFileSync(host.yaml, host.configuration({ algorithm: 'Nonsense' }));
    const refused = await change('extend-truststore', [later]);
    expect(refused.error).toMatchObject({ code: 'TRUSTSTORE_NOT_CHANGED', message: expect.stringContaining('own classes would not load') });
    expect(host.read('ca.pem')).toBe(old);
    expect(existsSync(join(host.home, 'truststore-trial'))).toBe(false);
  });

  test('by the document that may only observe', async () => {
    const request = host.request('extend-truststore', { path: host.path('ca.pem'), authorities: given(later) });
    for (const document of ['observe', 'act']) {
      const refused = await host.send(request, { RINGWARD_ALLOW: document });
      expect(refused.error.message).toContain('changes whom this node trusts, and this document does not allow that');
    }
    expect(host.read('ca.pem')).toBe(old);
  });
});

test('the same request again gets the same answer and acts no more', async () => {
  const request = host.request('extend-truststore', { path: host.path('ca.pem'), authorities: given(later) });
  const first = await host.send<TruststoreResult>(request);
  host.write('ca.pem', old);
  expect(await host.send<TruststoreResult>(request)).toEqual(first);
  expect(host.read('ca.pem')).toBe(old);
});

test('while Cassandra runs the reload is asked for; where JMX does not answer it is not claimed, and not forgotten', async () => {
  writeFileSync(join(host.folder, 'bin/pid'), String(process.pid));
  try {
    const failed = await change('extend-truststore', [later]);
    expect(failed.error).toMatchObject({ code: 'RELOAD_FAILED', message: expect.stringContaining('the truststore is as wanted') });
    expect(host.read('ca.pem')).toBe(`${old}${later}`);
    // Another try finds the file as wanted, and asks for the reload all the same.
    expect((await change('extend-truststore', [later])).error.code).toBe('RELOAD_FAILED');
  } finally {
    rmSync(join(host.folder, 'bin/pid'));
  }
});

/** A process whose JMX takes a reload and tells of it. */
async function fakeCassandra(port: number) {
  const jmx = '-Dcom.sun.management.jmxremote.';
  const beans = join(import.meta.dirname, '../fixtures/jmx/CassandraBeans.java');
  const open = [`${jmx}port=${port}`, `${jmx}rmi.port=${port}`, `${jmx}host=127.0.0.1`, `${jmx}authenticate=false`, `${jmx}ssl=false`];
  const java = ['-XX:TieredStopAtLevel=1', '-Xmx96m', ...open, '-Djava.rmi.server.hostname=127.0.0.1', beans, '0'];
  const started = { process: spawn('java', java, { stdio: ['pipe', 'pipe', 'inherit'] }), said: '' };
  started.process.stdout.on('data', (chunk: Buffer) => {
    started.said += chunk.toString();
  });
  await once(started.process.stdout, 'data');
  return started;
}

test('while Cassandra runs and JMX answers it is asked to reload once, and its ports are dialled anew', async () => {
  const port = await freePort();
  const cassandra = await fakeCassandra(port);
  writeFileSync(join(host.folder, 'bin/pid'), String(process.pid));
  try {
    const extended = await change('extend-truststore', [later], { jmx: { address: '127.0.0.1', port } });
    expect(extended.error.message).toBe('');
    expect(extended.result).toMatchObject({ reload: { ok: true }, inForce: 'not-told', changed: hashes(later) });
    // No Cassandra listens here: that its ports were dialled is seen, and that they did not answer.
    expect(extended.result.listeners.map(({ listener, handshake }) => [listener, handshake])).toEqual([
      ['client', 'unreachable'],
      ['internode', 'unreachable'],
    ]);
    expect(cassandra.said.match(/reloadSslCertificates/g)).toHaveLength(1);
    expect(host.journal().map(({ phase, state }) => `${phase} ${state}`)).toContain('reload done');
  } finally {
    rmSync(join(host.folder, 'bin/pid'));
    cassandra.process.kill('SIGKILL');
  }
});

test.each(['TLSv1.3', 'TLSv1.2'] as const)(
  'by %s a port tells whether its process has taken the truststore: it names the authorities',
  async (version) => {
    host.clientPort = await freePort();
    host.internodePort = await freePort();
    const [pem, port] = [host.read('node.pem'), await freePort()];
    let ca = [old];
    const options = {
      key: keyOf(pem),
      cert: chainOf(pem),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: version,
      maxVersion: version,
    };
    const servers = [host.clientPort, host.internodePort].map((at) =>
      createServer({ ...options, ca }, (socket) => socket.on('error', () => undefined).end())
        .on('tlsClientError', () => undefined)
        .listen(at, '127.0.0.1'),
    );
    const cassandra = await fakeCassandra(port);
    writeFileSync(join(host.folder, 'bin/pid'), String(process.pid));
    try {
      const jmx = { address: '127.0.0.1', port };
      const missed = await change('extend-truststore', [third], { jmx });
      expect([missed.error.message, missed.result.inForce]).toEqual(['', 'no']);
      ca = [old, third];
      for (const server of servers) server.setSecureContext({ ...options, ca });
      const taken = await change('extend-truststore', [third], { jmx });
      expect(taken.result.inForce).toBe('yes');
      expect(taken.result.listeners.map(({ asksFor }) => asksFor?.length)).toEqual([2, 2]);
    } finally {
      rmSync(join(host.folder, 'bin/pid'));
      cassandra.process.kill('SIGKILL');
      for (const server of servers) server.close();
    }
  },
);

test('a pack tells what its truststores hold', async () => {
  host.write('ca.pem', `${old}${later}`);
  const { result } = await host.step<PackResult>('pack', { backupId: 'b-1', recipient });
  expect(result.storeAnchors).toEqual([{ path: host.path('ca.pem'), anchors: hashes(old, later) }]);
  expect(Object.keys(result.certificates)).toEqual(expect.arrayContaining(hashes(old, later)));
});
