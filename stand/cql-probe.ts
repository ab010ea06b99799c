/**
 * One fresh mutual-TLS connection to a node's client port, with a read: CQL OPTIONS, answered by SUPPORTED.
 *
 * The read matters. In TLS 1.3 a client that the server refuses can finish its own handshake and learns it at
 * the first read only.
 */
import { connect } from 'node:tls';

export interface Credentials {
  readonly key: string;
  /** Leaf and intermediate. */
  readonly cert: string;
  readonly ca: string;
}

/** What came of a probe; `ms` from the TCP connect to the answer or the error. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly ms: number;
  /** Error code or message, when not ok. */
  readonly error?: string;
  /** Leaf that was served, `SHA256:hex`, when the handshake went far enough. */
  readonly leaf?: string;
}

/** Native protocol v4, stream 0, opcode 5 (OPTIONS), empty body. */
const OPTIONS_FRAME = Buffer.from([4, 0, 0, 0, 5, 0, 0, 0, 0]);
const OPCODE_SUPPORTED = 6;

/** Connects, asks and closes. Never rejects: a failure is a result. */
export async function askOptions(address: string, port: number, credentials: Credentials, timeoutMs = 2000): Promise<ProbeResult> {
  const began = performance.now();
  return await new Promise((resolve) => {
    let leaf: string | undefined;
    const socket = connect({ host: address, port, ...credentials, minVersion: 'TLSv1.2' });
    const finish = (ok: boolean, error?: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ok, ms: performance.now() - began, ...(error === undefined ? {} : { error }), ...(leaf === undefined ? {} : { leaf }) });
    };
    const timer = setTimeout(() => finish(false, 'ETIMEDOUT'), timeoutMs);
    socket.once('secureConnect', () => {
      leaf = `SHA256:${socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase()}`;
      socket.write(OPTIONS_FRAME);
    });
    socket.once('data', (answer: Buffer) => (answer[4] === OPCODE_SUPPORTED ? finish(true) : finish(false, `opcode ${answer[4]}`)));
    socket.once('error', (error: NodeJS.ErrnoException) => finish(false, error.code ?? error.message));
    socket.once('close', () => finish(false, 'closed without an answer'));
  });
}
