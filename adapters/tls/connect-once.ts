/** Whether a port accepts a connection and, with TLS, shows a chain and a name that hold; nothing is sent. */
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Observed, passed } from '../../core/health/expectation.ts';
import { lookupAllowed } from '../http/lookup-allowed.ts';

export interface Port {
  readonly host: string;
  readonly port: number;
  /** `name`: what the certificate must cover, where it is not the host. `authorities`: PEM; the system's where left out. */
  readonly tls?: { readonly name?: string | undefined; readonly authorities?: string | undefined };
}

/** Rejects with what stands in the way, or with the signal's own reason. */
export function connectOnce({ host, port, tls }: Port, signal: AbortSignal): Promise<Observed> {
  return new Promise((resolve, reject) => {
    const where = { host, port, lookup: lookupAllowed };
    const name = tls?.name ?? (isIP(host) === 0 ? host : '');
    const socket = tls
      ? connectTls({ ...where, servername: name, ...(tls.authorities === undefined ? {} : { ca: tls.authorities }) })
      : connectTcp(where);
    const end = (settle: () => void): void => {
      socket.destroy();
      settle();
    };
    signal.addEventListener('abort', () => end(() => reject(signal.reason)), { once: true });
    socket.once(tls ? 'secureConnect' : 'connect', () =>
      end(() => resolve(passed(tls ? 'handshake complete, chain and name hold' : 'connected'))),
    );
    socket.once('error', (error) => end(() => reject(error)));
    socket.once('close', () => reject(new Error('the connection was closed at once')));
  });
}
