/** A fresh handshake never throws, whatever the port does with the connection, and says what was seen of it. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { freshHandshake, type Handshake } from '../../adapters/tls/handshake.ts';
import { makeAuthority, pemOf } from '../fixtures/pki.ts';

const authority = makeAuthority('Test');
const leaf = authority.leaf('127.0.0.1');
const SUPPORTED = Buffer.from([0x84, 0, 0, 0, 6, 0, 0, 0, 0]);

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** Dials a port whose TLS connections are treated so. */
async function dialled(behave: (socket: TLSSocket, tcp: Socket) => void): Promise<Handshake['fact']> {
  const server = createServer(
    { key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: pemOf(leaf, authority.intermediate) },
    (socket) => {
      socket.on('error', () => undefined);
      behave(socket, tcp as Socket);
    },
  );
  let tcp: Socket | undefined;
  server.on('connection', (connected: Socket) => {
    tcp = connected;
  });
  open.push(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return (await freshHandshake({ listener: 'client', address: '127.0.0.1', port }, { timeoutMs: 500 })).fact;
}

test('a port that answers', async () => {
  const fact = await dialled((socket) => socket.once('data', () => socket.write(SUPPORTED)));
  expect(fact).toMatchObject({ handshake: 'complete', read: 'answered', protocol: 'TLSv1.3', cipher: expect.stringMatching(/^TLS_/) });
});

test.each<[string, (socket: TLSSocket, tcp: Socket) => void]>([
  ['reset at once after the handshake', (_, tcp) => tcp.resetAndDestroy()],
  ['reset at the question', (socket, tcp) => socket.once('data', () => tcp.resetAndDestroy())],
  ['closed at the question', (socket) => socket.once('data', () => socket.destroy())],
  ['ended at once', (socket) => socket.end()],
])('%s: the handshake was complete, the read was refused, and chain and cipher are told', async (_, behave) => {
  for (let i = 0; i < 10; i++) {
    const fact = await dialled(behave);
    expect(fact).toMatchObject({ read: 'refused', error: expect.any(String) });
    expect(fact).toMatchObject({ handshake: 'complete', chain: expect.arrayContaining([leaf.sha256]), cipher: expect.any(String) });
  }
});

test('a port that says nothing is waited for only so long', async () => {
  expect(await dialled(() => undefined)).toMatchObject({ handshake: 'complete', read: 'timed-out' });
});
