/** What functions dial: the simulated ring in the place of `net`, `tls` and the Cassandra driver, for as long as something runs. */
import { EventEmitter } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';
import cassandra from 'cassandra-driver';
import type { HandshakeFact } from '../../core/node/facts.ts';
import { derOf, readStore } from './ring/certificates.ts';
import type { Dialler } from './ring/ring.ts';

/** The client ports of a ring. */
export interface ClientPorts {
  /** Does anybody listen there? */
  readonly isOpen: (address: string) => boolean;
  /** Rejects where the connection itself broke. */
  readonly dial: (dialler: Dialler, address: string, how: 'handshake' | 'driver') => Promise<HandshakeFact>;
}

/** CQL's SUPPORTED, with nothing in it: the answer to OPTIONS. */
const SUPPORTED = Buffer.from([0x84, 0, 0, 0, 6, 0, 0, 0, 0]);

class FakeSocket extends EventEmitter {
  readonly localAddress = '10.0.9.9';
  readonly to: string;
  constructor(to: string) {
    super();
    this.to = to;
  }
  destroy(): this {
    return this;
  }
}

class FakeTlsSocket extends FakeSocket {
  fact: HandshakeFact | null = null;
  get authorized(): boolean {
    return this.fact?.trusted === true;
  }
  get authorizationError(): string {
    return 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
  }
  getProtocol(): string {
    return 'TLSv1.3';
  }
  getCipher(): { readonly name: string } {
    return { name: 'TLS_AES_256_GCM_SHA384' };
  }
  /** The chain as Node links it: each certificate holds its issuer's. */
  getPeerCertificate(): unknown {
    const chain = this.fact?.chain ?? [];
    const der = derOf(chain);
    return chain
      .toReversed()
      .reduce<unknown>((issuer, hash) => ({ raw: Buffer.from(der[hash] ?? '', 'base64'), issuerCertificate: issuer }), undefined);
  }
  write(): void {
    if (this.fact?.read === 'answered') queueMicrotask(() => this.emit('data', SUPPORTED));
    else queueMicrotask(() => this.emit('error', new Error('alert: bad certificate')));
  }
}

/** What the driver is opened with. */
interface DriverOptions {
  readonly contactPoints: readonly string[];
  readonly sslOptions: { readonly cert?: unknown; readonly ca?: unknown };
  readonly socketOptions: { readonly connectTimeout: number };
}

const identityOf = ({ cert, ca }: { readonly cert?: unknown; readonly ca?: unknown }): Dialler => ({
  chain: readStore(String(cert ?? '')).chain,
  trust: readStore(String(ca ?? '')).chain,
});

/** Runs with every connection of a function made to the simulated ring. */
export async function dialling<T>({ isOpen, dial }: ClientPorts, run: () => Promise<T>): Promise<T> {
  const before = { net: net.connect, tls: tls.connect, Client: cassandra.Client };
  net.connect = ((options: { readonly host: string }) => {
    const socket = new FakeSocket(options.host);
    const refused = Object.assign(new Error(`connect ECONNREFUSED ${options.host}`), { code: 'ECONNREFUSED' });
    queueMicrotask(() => (isOpen(options.host) ? socket.emit('connect') : socket.emit('error', refused)));
    return socket;
  }) as unknown as typeof net.connect;
  tls.connect = ((options: { readonly socket: FakeSocket; readonly cert?: unknown; readonly ca?: unknown }) => {
    const socket = new FakeTlsSocket(options.socket.to);
    void dial(identityOf(options), socket.to, 'handshake').then(
      (fact) => {
        socket.fact = fact;
        if (fact.handshake === 'unreachable')
          socket.emit('error', Object.assign(new Error(fact.error ?? 'refused'), { code: 'ECONNREFUSED' }));
        else socket.emit('secureConnect');
      },
      (error: Error) => socket.emit('error', error),
    );
    return socket;
  }) as unknown as typeof tls.connect;
  cassandra.Client = class {
    readonly #options: DriverOptions;
    constructor(options: DriverOptions) {
      this.#options = options;
    }
    on(): void {
      // Nobody reconnects here, so there is nothing to tell.
    }
    async connect(): Promise<void> {
      const [point = ''] = this.#options.contactPoints;
      const { connectTimeout } = this.#options.socketOptions;
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })), connectTimeout);
      const dialled = dial(identityOf(this.#options.sslOptions), point.split(':')[0] ?? '', 'driver');
      const fact = await Promise.race([dialled, late.promise]).finally(() => clearTimeout(timer));
      if (fact.read !== 'answered')
        throw Object.assign(new Error(fact.error ?? 'no answer'), {
          code: fact.handshake === 'unreachable' ? 'ECONNREFUSED' : 'CERT_UNTRUSTED',
        });
    }
    async execute(): Promise<{ readonly rowLength: number }> {
      return { rowLength: 1 };
    }
    async shutdown(): Promise<void> {
      // Nothing is held open.
    }
  } as unknown as typeof cassandra.Client;
  syncBuiltinESMExports();
  try {
    return await run();
  } finally {
    net.connect = before.net;
    tls.connect = before.tls;
    cassandra.Client = before.Client;
    syncBuiltinESMExports();
  }
}
