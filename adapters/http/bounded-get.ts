/**
 * One GET that cannot hurt whoever asks: bounded in time and in bytes, without redirects, and never to an address that answers with
 * an instance's own credentials, whatever a name resolves to.
 */
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import type { HttpAnswer } from '../../core/health/expectation.ts';
import { isForbiddenAddress } from '../../core/health/forbidden-address.ts';
import { lookupAllowed } from './lookup-allowed.ts';

export interface BoundedGet {
  readonly url: string;
  readonly timeoutMs: number;
  /** Bytes of the body that are read; what is longer is `endless`. */
  readonly mostBytes: number;
  /** PEM; the system's where it is left out. */
  readonly authorities?: string;
  /** Ends it before its time. */
  readonly signal?: AbortSignal;
}

/** Resolves with the first answer. Rejects with what went wrong, in words: no connection, TLS, time-out, no HTTP. */
export function boundedGet({ url, timeoutMs, mostBytes, authorities, signal }: BoundedGet): Promise<HttpAnswer> {
  const target = new URL(url);
  return new Promise((resolve, reject) => {
    // Of everything together: a server that sends a byte now and then is as slow as one that sends none.
    const deadline = setTimeout(() => sent.destroy(new Error(`no whole answer within ${timeoutMs} ms`)), timeoutMs);
    const end = (settle: () => void): void => {
      clearTimeout(deadline);
      settle();
    };
    const options = {
      method: 'GET',
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'ringward-health', connection: 'close' },
      agent: false,
      lookup: lookupAllowed,
      ...(authorities === undefined ? {} : { ca: authorities }),
      ...(signal === undefined ? {} : { signal }),
    } as const;
    const sent = (target.protocol === 'https:' ? secure : plain)(target, options, (answer) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      const result = (endless: boolean): HttpAnswer => ({
        status: answer.statusCode ?? 0,
        body: Buffer.concat(parts).subarray(0, mostBytes).toString('utf8'),
        endless,
        ...(answer.headers.location === undefined ? {} : { location: answer.headers.location }),
      });
      answer.on('data', (part: Buffer) => {
        bytes += part.length;
        parts.push(part);
        if (bytes <= mostBytes) return;
        end(() => resolve(result(true)));
        sent.destroy();
      });
      answer.on('end', () => end(() => resolve(result(false))));
      answer.on('error', (error) => end(() => reject(error)));
    });
    sent.on('error', (error: NodeJS.ErrnoException) => end(() => reject(new Error(inWords(error), { cause: error }))));
    if (isForbiddenAddress(target.hostname)) sent.destroy(new Error(`${target.hostname} is not dialled`));
    else sent.end();
  });
}

function inWords(error: NodeJS.ErrnoException): string {
  const code = error.code ?? '';
  if (code === 'HPE_HEADER_OVERFLOW') return 'its headers do not end';
  if (code.startsWith('HPE_')) return `the answer is no HTTP (${code})`;
  return code === '' || error.message.includes(code) ? error.message : `${code}: ${error.message}`;
}
