/** What the kit refuses, why, and how a person goes on. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../core/canonical.ts';
import { chainOf, keyOf } from '../../fixtures/keystore-pem.ts';
import { both, type KitHost, useKitHost } from './kit-host.ts';

let kit: KitHost;
let good: string;
let bad: string;

useKitHost((made) => {
  ({ kit, good, bad } = made);
});

describe('refusals, each with its reason and a way forward; nothing is changed', () => {
  const refused = async (args: string, why: string | RegExp): Promise<string> => {
    const before = [kit.host.read('node.pem'), readFileSync(kit.host.yaml, 'utf8'), readFileSync(join(kit.host.home, 'epoch'), 'utf8')];
    const { code, out } = await kit.kitCommand(args);
    expect([code, out]).toEqual([10, expect.stringMatching(why)]);
    expect([kit.host.read('node.pem'), readFileSync(kit.host.yaml, 'utf8'), readFileSync(join(kit.host.home, 'epoch'), 'utf8')]).toEqual(
      before,
    );
    return out;
  };

  test('a file that a person changed since the deployment: three hashes, and --overwrite names it', async () => {
    kit.kit = { announced: [{ path: kit.host.path('node.pem'), sha256: sha256Hex(bad) }] };
    await kit.backup('b-1');
    await kit.deploy(bad);
    expect((await kit.kitCommand('plan')).out).toContain('is what was deployed');
    const byHand = `${bad}# mended by a person\n`;
    kit.host.write('node.pem', byHand);
    const out = await refused('roll-back --yes', /CHANGED BY SOMEBODY ELSE/);
    for (const hash of [good, bad, byHand].map(sha256Hex)) expect(out).toContain(hash.slice(0, 12));
    await refused(`roll-back --yes --overwrite ${kit.host.path('other.pem')}`, /other\.pem is not in the backup/);
    expect((await kit.kitCommand(`roll-back --yes --overwrite ${kit.host.path('node.pem')}`)).code).toBe(0);
    expect(await kit.served()).toEqual(both(good));
    expect((await kit.kitCommand('undo --yes')).code).toBe(3);
    expect(kit.host.read('node.pem')).toBe(byHand);
  });

  test('a configuration that differs where nothing was announced', async () => {
    await kit.backup('b-1');
    appendFileSync(kit.host.yaml, '# by somebody\n');
    await refused('plan', /cassandra\.yaml was CHANGED BY SOMEBODY ELSE/);
    await refused('plan --hot', /the hot way cannot undo this/);
  });

  test('a backup whose leaf has expired, and one that is damaged', async () => {
    const day = 86_400_000;
    const names = { commonName: 'x', ip: ['127.0.0.1'], notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) };
    const expired = await kit.host.authority.issue(join(kit.host.folder, 'identities/expired'), names);
    const [key, leaf, ca] = [expired.key, expired.certificate, kit.host.authority.intermediate].map((file) => readFileSync(file, 'utf8'));
    kit.host.keepSecret(key as string);
    kit.host.write('node.pem', `${key}${leaf}${ca}`, 0o640);
    await kit.backup('b-old');
    kit.host.write('node.pem', bad, 0o640);
    await refused('roll-back --yes', /b-old is no way back: the leaf SHA256:[0-9a-f]+… expired at/);
    writeFileSync(join(kit.host.home, 'snapshots/b-old/files/0001'), 'damaged');
    await refused('roll-back --yes', /b-old is no way back: .*missing or damaged/);
    await refused('roll-back --yes --backup b-none', /SNAPSHOT_MISSING/);
  });

  test('a backup that was made too late, and --despite not-before', async () => {
    kit.host.write('node.pem', await kit.host.keystore('late'), 0o640);
    await kit.backup('b-late');
    await kit.deploy(bad);
    await refused('plan', /the files were changed already/);
    expect((await kit.kitCommand('plan --despite not-before')).out).toContain('overruled by --despite not-before');
  });

  test('a restart while another node is down, and --despite others-down', async () => {
    kit.kit = { peers: [{ node: 'i-2', address: '127.0.0.1', clientPort: 1, internodePort: 1 }] };
    await kit.backup('b-1');
    await kit.deploy(bad);
    writeFileSync(kit.host.path('peer-down'), '');
    await refused('plan --restart', /while it sees \[10\.0\.0\.9\] down/);
    expect((await kit.kitCommand('plan --restart --despite others-down')).code).toBe(0);
    // The hot way interrupts nobody.
    expect((await kit.kitCommand('plan')).code).toBe(0);
  });
});

describe('what the peers would say is asked before anything changes', () => {
  let peer: Server | undefined;
  afterEach(() => void peer?.close());

  /** The internode port of a peer that shows one keystore and trusts one authority. */
  const peerWith = async (pem: string, ca: string): Promise<void> => {
    const made = createServer({ key: keyOf(pem), cert: chainOf(pem), ca, requestCert: true, rejectUnauthorized: true }, (socket) => {
      socket.on('error', () => undefined);
      const accept = Buffer.alloc(12);
      accept.writeUInt32BE(13, 0);
      accept.writeUInt32BE(13, 4);
      accept.writeUInt32BE(crc32(accept.subarray(0, 8), crc32(Buffer.from([0xfa, 0x2d, 0x55, 0xca]))), 8);
      socket.once('data', () => socket.write(accept));
    });
    made.on('tlsClientError', () => undefined);
    await new Promise<void>((done) => made.listen(0, '127.0.0.1', done));
    peer = made;
    kit.kit = { peers: [{ node: 'i-2', address: '127.0.0.1', clientPort: 1, internodePort: (made.address() as AddressInfo).port }] };
  };
  const evilRoot = () => readFileSync(join(kit.host.folder, 'evil/root.pem'), 'utf8');

  test('a peer that dropped the old authority would refuse the old leaf: union trust first', async () => {
    await peerWith(good, evilRoot());
    await kit.backup('b-1');
    await kit.deploy(bad);
    const { code, out } = await kit.kitCommand('plan');
    expect([code, out]).toEqual([10, expect.stringMatching(/REFUSED {4}i-2 \(127\.0\.0\.1\).* would refuse the old leaf/)]);
    expect(out).toContain('Make every truststore hold the old and the new authority first');
    expect((await kit.kitCommand('plan --despite peers')).code).toBe(0);
  });

  test('a truststore that would go back and accept a peer no more', async () => {
    const ca = kit.host.read('ca.pem');
    await peerWith(bad, ca);
    await kit.backup('b-1');
    kit.host.write('ca.pem', ca + evilRoot(), 0o644);
    await kit.deploy(await kit.host.keystore('renewed'));
    const { code, out } = await kit.kitCommand('plan');
    kit.host.write('ca.pem', ca, 0o644);
    expect([code, out]).toEqual([10, expect.stringMatching(/with the backup's truststore this node would not accept i-2/)]);
  });

  test('a peer that serves a bad leaf itself does not stand in the way: it is the next one, and the end says so', async () => {
    await peerWith(bad, kit.host.read('ca.pem'));
    await kit.backup('b-1');
    await kit.deploy(bad);
    const { code, out } = await kit.kitCommand('roll-back --yes');
    expect(out).toMatch(/Mind {7}this node accepts neither now nor afterwards i-2/);
    expect([code, out]).toEqual([3, expect.stringMatching(/PROVEN {5}every expected port[\s\S]*|Mind {7}this node does not accept i-2/)]);
    expect(await kit.served()).toEqual(both(good));
  });
});
