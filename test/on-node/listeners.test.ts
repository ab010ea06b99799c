import { readFileSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer as createPlainServer } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { createServer } from 'node:tls';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NodeObservation } from '../../core/node/facts.ts';
import { openAuthority } from '../../stand/pki/authority.ts';
import { freePort } from '../fixtures/free-port.ts';
import { chainOf, keyOf, leafOf } from '../fixtures/keystore-pem.ts';
import type { Host } from './host.ts';
import { useHost } from './use-host.ts';

let host: Host;
let good: string;

useHost((made) => {
  host = made.installCassandra();
  good = host.read('node.pem');
});
beforeEach(() => host.write('node.pem', good));

const observe = async (fields: object = {}) =>
  (await host.step<NodeObservation>('observe', { depth: 'full', peers: [], ...fields })).result;

describe('listeners, by a fresh handshake and a read', () => {
  const ends: (() => void)[] = [];
  beforeEach(async () => {
    host.clientPort = await freePort();
    host.internodePort = await freePort();
  });
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  /** Listens until the test ends; a refused connection may linger, so it is cut off then. */
  async function open(server: Server, port: number) {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
    ends.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  }

  type Serve = (socket: TLSSocket) => void;
  const supported: Serve = (socket) =>
    socket.once('data', (frame: Buffer) => socket.write(frame[4] === 5 ? Buffer.from([0x84, 0, 0, 0, 6, 0, 0, 0, 0]) : 'what?'));
  const accept: Serve = (socket) =>
    socket.once('data', (initiate: Buffer) => {
      const crcOf = (bytes: Buffer) => crc32(bytes, crc32(Buffer.from([0xfa, 0x2d, 0x55, 0xca])));
      const sound =
        initiate.readUInt32BE(0) === 0xca552dfa && initiate.readUInt32BE(initiate.length - 4) === crcOf(initiate.subarray(0, -4));
      const answer = Buffer.alloc(12);
      answer.writeUInt32BE(13, 0);
      answer.writeUInt32BE(13, 4);
      answer.writeUInt32BE(crcOf(answer.subarray(0, 8)), 8);
      if (sound) socket.write(answer);
    });

  async function serve(port: number, pem: string, ca: string, answer: Serve, version?: 'TLSv1.2') {
    const server = createServer(
      { key: keyOf(pem), cert: chainOf(pem), ca, requestCert: true, rejectUnauthorized: true, ...(version ? { maxVersion: version } : {}) },
      (socket) => {
        socket.on('error', () => undefined);
        answer(socket);
      },
    );
    server.on('tlsClientError', () => undefined);
    await open(server, port);
  }
  const client = (seen: NodeObservation) => seen.listeners.find(({ listener }) => listener === 'client')!;

  test('both ports answered: complete, trusted, leaf on record', async () => {
    await Promise.all([
      serve(host.clientPort, good, host.read('ca.pem'), supported),
      serve(host.internodePort, good, host.read('ca.pem'), accept),
    ]);
    const seen = await observe();
    expect(seen.listeners).toMatchObject([
      {
        listener: 'client',
        handshake: 'complete',
        read: 'answered',
        trusted: true,
        protocol: 'TLSv1.3',
        chain: [leafOf(good), expect.any(String)],
      },
      { listener: 'internode', handshake: 'complete', read: 'answered', trusted: true },
    ]);
    expect(Object.keys(seen.certificates)).toContain(leafOf(good));
  });

  test('a leaf of another authority: complete, not trusted, and the chain is on record', async () => {
    const evil = await openAuthority(join(host.folder, 'evil'), 'Test');
    const pem = await host.keystore('evil', evil);
    await serve(host.clientPort, pem, host.read('ca.pem'), supported);
    expect(client(await observe())).toMatchObject({
      handshake: 'complete',
      read: 'answered',
      trusted: false,
      error: expect.stringContaining('not trusted'),
      chain: [leafOf(pem), expect.any(String)],
    });
  });

  test.each([['TLSv1.3', undefined], ['TLSv1.2', 'TLSv1.2'] as const])(
    'a server that does not know our authority refuses us (%s): seen, though TLS 1.3 says it late',
    async (_name, version) => {
      const evil = await openAuthority(join(host.folder, 'evil'), 'Test');
      await serve(host.clientPort, good, readFileSync(evil.root, 'utf8'), supported, version);
      const seen = client(await observe());
      expect([seen.handshake, seen.read], seen.error).toContain('refused');
      expect(seen.read).not.toBe('answered');
      expect(seen.chain[0]).toBe(leafOf(good));
    },
  );

  test('our own key does not load: dialled without a certificate, so refused; what the port serves is on record', async () => {
    await serve(host.clientPort, good, host.read('ca.pem'), supported);
    host.write('node.pem', 'broken');
    const seen = client(await observe());
    expect([seen.handshake, seen.read], seen.error).toContain('refused');
    expect(seen.chain[0]).toBe(leafOf(good));
  });

  test('a server that never answers: timed out', async () => {
    await serve(host.clientPort, good, host.read('ca.pem'), () => undefined);
    const started = Date.now();
    expect(client(await observe())).toMatchObject({ handshake: 'complete', read: 'timed-out' });
    expect(Date.now() - started).toBeLessThan(30_000);
  });

  test('nobody there', async () => {
    expect(client(await observe())).toMatchObject({ handshake: 'unreachable', read: 'none', chain: [] });
  });

  test('a port without TLS: failed', async () => {
    const server = createPlainServer((socket) => socket.on('error', () => undefined).end('hello, this is no TLS'));
    await open(server, host.clientPort);
    expect(client(await observe())).toMatchObject({ handshake: 'failed', read: 'none' });
  });

  test('peers are dialled on both ports with this node’s key', async () => {
    const peer = { node: 'i-2', address: '127.0.0.1', clientPort: await freePort(), internodePort: await freePort() };
    await Promise.all([
      serve(peer.clientPort, good, host.read('ca.pem'), supported),
      serve(peer.internodePort, good, host.read('ca.pem'), accept),
    ]);
    expect((await observe({ peers: [peer] })).peers).toMatchObject([
      { from: 'i-1', to: 'i-2', listener: 'client', port: peer.clientPort, read: 'answered' },
      { from: 'i-1', to: 'i-2', listener: 'internode', port: peer.internodePort, read: 'answered' },
    ]);
  });

  test('a burst at a peer that cuts every fourth connection: counted as they come, each only once', async () => {
    const peer = { node: 'i-2', address: '127.0.0.1', clientPort: await freePort(), internodePort: 1 };
    let come = 0;
    await serve(peer.clientPort, good, host.read('ca.pem'), (socket) => (++come % 4 === 0 ? socket.destroy() : supported(socket)));
    const [burst, more] = (await observe({ bursts: [peer] })).bursts ?? [];
    expect([burst, more]).toMatchObject([{ from: 'i-1', to: 'i-2', asked: 24, failed: 6 }, undefined]);
    expect([burst?.ms, burst?.readMs].map((times) => times?.length)).toEqual([18, 18]);
    expect(come).toBe(28);
  });

  test('nobody is dialled in a burst where the request names nobody', async () => {
    expect((await observe()).bursts).toBeUndefined();
  });
});
