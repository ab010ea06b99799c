/**
 * A fresh TLS connection to a node's client port, as a client makes it: records what is presented, whether it
 * is trusted, and whether a CQL OPTIONS is answered (a TLS 1.3 client that the server refuses learns it only
 * at its first read, RFC 8446 section 4.4.2).
 */
import { createHash } from 'node:crypto';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import type { HandshakeFact } from '../../core/node/protocol.ts';
import type { CanaryIdentity } from '../secrets-manager/canary-identity.ts';

const CONNECT_MS = 2000;
const READ_MS = 2000;
/** CQL v4 OPTIONS, stream 0, empty body; the answer is SUPPORTED (0x06). */
const OPTIONS = Buffer.from([0x04, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00]);
const SUPPORTED = 0x06;

export interface Dialled {
  readonly fact: HandshakeFact;
  /** DER (base64) by hash. */
  readonly certificates: Readonly<Record<string, string>>;
}

/**
 * Dials once. Nothing is sent before the chain was recorded; a chain that the canary does not trust is recorded too,
 * which is why the socket judges after the handshake instead of ending it (`rejectUnauthorized: false` never means accepted).
 */
export function dialClientPort(address: string, port: number, identity: CanaryIdentity): Promise<Dialled> {
  const since = performance.now();
  const certificates: Record<string, string> = {};
  return new Promise((resolve) => {
    let fact: HandshakeFact = { listener: 'client', address, port, handshake: 'unreachable', read: 'none', chain: [] };
    const socket = connect({
      host: address,
      port,
      cert: identity.certificate,
      key: identity.privateKey,
      ca: identity.authorities,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    const end = (change: Partial<HandshakeFact>): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ fact: { ...fact, ...change }, certificates });
    };
    let timer = setTimeout(() => end({ error: `no connection within ${CONNECT_MS} ms` }), CONNECT_MS);
    socket.once('connect', () => {
      fact = { ...fact, handshake: 'failed' };
    });
    socket.once('secureConnect', () => {
      fact = {
        ...fact,
        handshake: 'complete',
        read: 'timed-out',
        ms: Math.round(performance.now() - since),
        ...presented(socket, certificates),
      };
      clearTimeout(timer);
      timer = setTimeout(() => end({ error: `no answer within ${READ_MS} ms` }), READ_MS);
      socket.write(OPTIONS);
    });
    socket.once('data', (answer: Buffer) =>
      end(answer[4] === SUPPORTED ? { read: 'answered' } : { read: 'refused', error: `CQL opcode ${answer[4]}` }),
    );
    socket.once('error', (error: Error & { code?: string }) => end(judgeError(fact, error)));
    socket.once('close', () => end(fact.handshake === 'complete' ? { read: 'refused', error: 'closed without an answer' } : {}));
  });
}

function judgeError(fact: HandshakeFact, error: Error & { code?: string }): Partial<HandshakeFact> {
  const text = `${error.code ?? error.name}: ${error.message}`.slice(0, 300);
  if (fact.handshake === 'complete') return { read: 'refused', error: text };
  if (fact.handshake === 'unreachable') return { error: text };
  // OpenSSL says "alert" when the other side ended the handshake, anything else is our own refusal.
  return { handshake: /alert/i.test(text) ? 'refused' : 'failed', error: text };
}

function presented(socket: TLSSocket, certificates: Record<string, string>): Partial<HandshakeFact> {
  const chain: string[] = [];
  let current: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (current?.raw) {
    const hash = createHash('sha256').update(current.raw).digest('hex');
    if (chain.includes(hash)) break;
    certificates[hash] = current.raw.toString('base64');
    chain.push(hash);
    current = current.issuerCertificate;
  }
  return {
    chain,
    trusted: socket.authorized,
    ...(socket.authorized ? {} : { error: String(socket.authorizationError) }),
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().name,
  };
}
