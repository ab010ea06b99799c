/**
 * A fresh TLS connection to one port: what it presents, and whether it answers a question afterwards. The
 * chain is recorded even when nobody would trust it, so the judgement is made by `core/certificate/chain.ts`
 * and never by the connection itself.
 */
import { createHash } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type CipherNameAndProtocol, connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import type { HandshakeFact } from '../../core/node/facts.ts';
import type { ListenerName } from '../../core/node/protocol.ts';
import { questionFor } from './questions.ts';

export interface HandshakeTarget {
  readonly listener: ListenerName;
  /** Name or address. */
  readonly address: string;
  readonly port: number;
}

/** Our own identity, for ports that ask clients for one. PEM; the private key stays in this process. */
export interface ClientIdentity {
  readonly key: string;
  /** Leaf, then chain. */
  readonly certificate: string;
  readonly passphrase?: string;
}

export interface Handshake {
  readonly fact: HandshakeFact;
  /** DER (base64) of what was presented, by hash. */
  readonly certificates: Readonly<Record<string, string>>;
}

export interface HandshakeOptions {
  readonly identity?: ClientIdentity;
  /** PEM of the authorities that the dialling side trusts: the fact then says whether OpenSSL trusts the chain. */
  readonly authorities?: string;
  readonly timeoutMs: number;
}

/** Dials once, reads once, hangs up. Never throws: what went wrong is in the fact. `timeoutMs` bounds each of connect, handshake and read. */
export async function freshHandshake(target: HandshakeTarget, options: HandshakeOptions): Promise<Handshake> {
  const began = performance.now();
  const nothing = { ...target, read: 'none' as const, chain: [] };
  const tcp = await openTcp(target, options.timeoutMs);
  if (!('socket' in tcp)) return { fact: { ...nothing, handshake: 'unreachable', error: tcp.error }, certificates: {} };
  const tls = await openTls(tcp.socket, target, options);
  if (!('socket' in tls)) {
    tcp.socket.destroy();
    // Silence is no word about a certificate (I8).
    const handshake = tls.timedOut ? 'unreachable' : /alert/i.test(tls.error) ? 'refused' : 'failed';
    return { fact: { ...nothing, handshake, error: tls.error }, certificates: {} };
  }
  const ms = performance.now() - began;
  const { socket } = tls;
  const presented = presentedBy(socket);
  const chain = presented.map((der) => createHash('sha256').update(der).digest('hex'));
  // Node forgets both with the connection, and one that is cut after its handshake must not fail the whole look.
  const protocol = socket.getProtocol();
  const cipher = (socket.getCipher() as CipherNameAndProtocol | null)?.name;
  const { read, error } = await ask(socket, target.listener, options.timeoutMs);
  const fact: HandshakeFact = {
    ...target,
    handshake: 'complete',
    read,
    chain,
    ms,
    ...(options.authorities === undefined ? {} : { trusted: socket.authorized }),
    ...(protocol === null ? {} : { protocol }),
    ...(cipher === undefined ? {} : { cipher }),
    ...(error === undefined ? distrust(socket, options) : { error }),
  };
  socket.destroy();
  return { fact, certificates: Object.fromEntries(presented.map((der, index) => [chain[index] as string, der.toString('base64')])) };
}

type Opened<S> = { readonly socket: S } | { readonly error: string; readonly timedOut?: true };

/** Waits for the first of success, error, close and time-out. */
function opened<S extends Socket>(socket: S, success: string, timeoutMs: number): Promise<Opened<S>> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ error: `no answer within ${timeoutMs} ms`, timedOut: true }), timeoutMs);
    const settle = (result: Opened<S>): void => {
      clearTimeout(timer);
      resolve(result);
    };
    socket.once(success, () => settle({ socket }));
    socket.once('error', (error) => settle({ error: describe(error) }));
    socket.once('close', () => settle({ error: 'the connection was closed' }));
  });
}

async function openTcp({ address, port }: HandshakeTarget, timeoutMs: number): Promise<Opened<Socket>> {
  const socket = connectTcp({ host: address, port });
  const result = await opened(socket, 'connect', timeoutMs);
  if (!('socket' in result)) socket.destroy();
  return result;
}

async function openTls(tcp: Socket, { address }: HandshakeTarget, options: HandshakeOptions): Promise<Opened<TLSSocket>> {
  const { identity, authorities } = options;
  try {
    const socket = connectTls({
      socket: tcp,
      // Without authorities the chain is what the port sends; with them OpenSSL may add the root that it found.
      ca: authorities ?? [],
      // A chain that nobody trusts must be recorded too; the fact says that it is not trusted.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(isIP(address) ? {} : { servername: address }),
      ...(identity === undefined ? {} : { key: identity.key, cert: identity.certificate }),
      ...(identity?.passphrase === undefined ? {} : { passphrase: identity.passphrase }),
    });
    return await opened(socket, 'secureConnect', options.timeoutMs);
  } catch (error) {
    return { error: describe(error as Error) };
  }
}

/** Why OpenSSL does not trust the chain, in its own words. */
function distrust(socket: TLSSocket, { authorities }: HandshakeOptions): { error?: string } {
  return authorities === undefined || socket.authorized ? {} : { error: String(socket.authorizationError) };
}

/** Certificates that the port presented, leaf first. */
function presentedBy(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = [];
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate?.raw !== undefined && !chain.some((der) => der.equals((certificate as DetailedPeerCertificate).raw))) {
    chain.push(certificate.raw);
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

/** In TLS 1.3 a refused client learns it at its first read, so only an answer counts. */
function ask(socket: TLSSocket, listener: ListenerName, timeoutMs: number): Promise<{ read: HandshakeFact['read']; error?: string }> {
  // After the first error there may come another, which would end the process.
  socket.on('error', () => undefined);
  const question = questionFor(listener, socket.localAddress ?? '');
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const timer = setTimeout(() => resolve({ read: 'timed-out', error: `no answer within ${timeoutMs} ms` }), timeoutMs);
    const settle = (read: HandshakeFact['read'], error?: string): void => {
      clearTimeout(timer);
      resolve(error === undefined ? { read } : { read, error });
    };
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const answered = question.isAnswered(received);
      if (answered !== undefined) settle(answered ? 'answered' : 'refused', answered ? undefined : 'the answer is not of this protocol');
    });
    socket.once('error', (error) => settle('refused', describe(error)));
    socket.once('close', () => settle('refused', 'the connection was closed without an answer'));
    socket.write(question.ask);
  });
}

/** OpenSSL's own line is `id:error:number:library:function:reason:file:line:detail`; its reason is what a person needs. */
function describe({ code, message }: Error & { code?: string }): string {
  const reason = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(message)?.[1] ?? message.trim();
  return code === undefined || reason.includes(code) ? reason : `${reason} (${code})`;
}
