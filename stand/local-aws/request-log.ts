/** Every request to the local AWS, one JSON line each, so that what a run would cost can be counted. */
import { createWriteStream } from 'node:fs';
import type http from 'node:http';

/** Who asked which service for what. Bytes are those of the bodies, as `content-length` says. */
export interface RequestRecord {
  /** ms since the epoch. */
  readonly at: number;
  /** A function of the product, the program on a node (by a presigned URL), or someone else: a person, a deployer, a test. */
  readonly by: 'function' | 'node' | 'other';
  readonly service: string;
  readonly operation: string;
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** Takes each request with the answer's status and length. */
export type Remember = (request: http.IncomingMessage, status: number, responseBytes: number) => void;

/** Appends to `file`; a line that cannot be written is dropped, as no request may fail for its log. */
export function requestLog(file: string): Remember {
  const log = createWriteStream(file, { flags: 'a', mode: 0o600 });
  log.on('error', () => undefined);
  return (request, status, responseBytes) => {
    log.write(`${JSON.stringify(recordOf(request, status, responseBytes))}\n`);
  };
}

function recordOf({ method, headers }: http.IncomingMessage, status: number, responseBytes: number): RequestRecord {
  // AWS's JSON protocols name service and operation in a header; S3 has the method alone.
  const [service, operation] = String(headers['x-amz-target'] ?? `S3.${method}`).split('.') as [string, string];
  const agent = String(headers['user-agent'] ?? '');
  const by = agent.includes('exec-env/AWS_Lambda') ? 'function' : /^(curl|Wget|Java)\//.test(agent) ? 'node' : 'other';
  return { at: Date.now(), by, service, operation, status, requestBytes: Number(headers['content-length'] ?? 0), responseBytes };
}
