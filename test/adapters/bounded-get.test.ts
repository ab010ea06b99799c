/** Health endpoints that hang, never end, redirect for ever, drip, lie about HTTP: asked in bounded time and memory, and never well. */
import { createServer as createHttp, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Ask, runCheck } from '../../adapters/health/run-check.ts';
import { boundedGet } from '../../adapters/http/bounded-get.ts';
import { failed, judgeHttp, passed } from '../../core/health/expectation.ts';
import { isForbiddenAddress } from '../../core/health/forbidden-address.ts';
import { HealthCheck, type HealthCheckOf } from '../../core/health/health-check.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
}

const http = (answer: RequestListener): Promise<string> => listening(createHttp(answer));
const raw = (talk: (socket: Socket) => void): Promise<string> =>
  listening(
    createTcp((socket) => {
      socket.on('error', () => undefined);
      talk(socket);
    }),
  );

/** What the check says, how long it took, and how many bytes were held at most. */
async function ask(url: string, more: object = {}) {
  const check = HealthCheck.parse({ name: 'app', kind: 'http', url, timeoutSeconds: 0.5, retries: 0, ...more }) as HealthCheckOf<'http'>;
  const since = performance.now();
  const sample = await runCheck(
    check,
    async () => judgeHttp(check.expect, await boundedGet({ url, timeoutMs: check.timeoutSeconds * 1000, mostBytes: 65_536 })),
    'failed',
  );
  return { ...sample, took: performance.now() - since };
}

test('an endpoint that is well', async () => {
  const url = await http((_, reply) => reply.end('{"ok":true}'));
  expect(await ask(url, { expect: { contains: 'true' } })).toMatchObject({ outcome: 'passed', observed: 'status 200', attempts: 1 });
});

test('one that accepts and never answers', async () => {
  const sample = await ask(await raw(() => undefined));
  expect(sample).toMatchObject({ outcome: 'failed', observed: expect.stringMatching(/^no (whole )?answer within 500 ms$/) });
  expect(sample.took).toBeLessThan(1500);
});

test('one that sends a byte now and then, so that no pause is ever long', async () => {
  const sample = await ask(
    await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const drip = setInterval(() => socket.write('.'), 50);
      socket.on('close', () => clearInterval(drip));
    }),
  );
  expect(sample).toMatchObject({ outcome: 'failed', observed: expect.stringMatching(/^no (whole )?answer within 500 ms$/) });
});

test('one that sends 1 GB: reading ends after the first 64 KiB', async () => {
  let sent = 0;
  const block = Buffer.alloc(65_536, 'x');
  const url = await http((_, reply) => {
    const more = (): void => {
      while (sent < 1_000_000_000 && !reply.destroyed) {
        sent += block.length;
        if (!reply.write(block)) return void reply.once('drain', more);
      }
      reply.end();
    };
    more();
  });
  const sample = await ask(url, { timeoutSeconds: 5 });
  expect(sample.outcome).toBe('failed');
  expect(sample.observed).toContain('a body without an end');
  expect(sent).toBeLessThan(20_000_000);
});

test('one that redirects for ever: the first answer counts', async () => {
  let asked = 0;
  const url = await http((_, reply) => {
    asked += 1;
    reply.writeHead(302, { location: `/health?again=${asked}` }).end();
  });
  expect(await ask(url)).toMatchObject({ outcome: 'failed', observed: 'status 302, not 200, redirects to /health?again=1' });
  expect(asked).toBe(1);
});

test.each([
  ['garbage', '\u0000\u0001\u0002 no http\r\n\r\n', 'the answer is no HTTP'],
  ['headers without an end', `HTTP/1.1 200 OK\r\n${'x: '.padEnd(40_000, 'y')}`, 'its headers do not end'],
  ['a status of 99', 'HTTP/1.1 99 Fine\r\n\r\n', ''],
])('one that answers %s', async (_, text, words) => {
  const sample = await ask(await raw((socket) => void socket.end(text)));
  expect(sample.outcome).toBe('failed');
  expect(sample.observed).toContain(words);
});

test('one that hangs up, and one that is not there', async () => {
  expect((await ask(await raw((socket) => void socket.destroy()))).outcome).toBe('failed');
  const gone = await http((_, reply) => void reply.end());
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  expect((await ask(gone)).observed).toContain('ECONNREFUSED');
});

test('a secret in an answer never reaches the evidence', async () => {
  const url = await http((_, reply) => reply.end('down; keystore_password=hunter2'));
  expect((await ask(url, { expect: { contains: 'ok' } })).observed).toBe('status 200, without "ok": down; keystore_password=[redacted]');
});

test('retries: as many attempts as allowed, and the first good one ends them', async () => {
  let asked = 0;
  const url = await http((_, reply) => {
    asked += 1;
    reply.writeHead(asked < 3 ? 500 : 200).end();
  });
  expect(await ask(url, { retries: 1 })).toMatchObject({ outcome: 'failed', attempts: 2 });
  expect(await ask(url, { retries: 3 })).toMatchObject({ outcome: 'passed', attempts: 1 });
});

test('an asker that ignores its abort is left alone', async () => {
  const check = HealthCheck.parse({ name: 'loop', kind: 'http', url: 'http://127.0.0.1/', timeoutSeconds: 0.2, retries: 0 });
  const sample = await runCheck(check, () => new Promise(() => undefined), 'unknown');
  expect(sample).toMatchObject({ outcome: 'unknown', observed: 'no answer within 200 ms' });
});

describe('a pause between two looks that ends', () => {
  const endpoint = (more: object) =>
    HealthCheck.parse({ name: 'app', kind: 'http', url: 'http://127.0.0.1/', timeoutSeconds: 10, retries: 3, ...more });
  const timed = async (check: HealthCheck, ask: Ask, pauseMs: number) => {
    const since = performance.now();
    const sample = await runCheck(check, ask, 'failed', Date.now() + pauseMs);
    return { ...sample, took: performance.now() - since };
  };
  const hangs: Ask = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

  test('an endpoint that hangs delays no look: 4 attempts of 10 s end with the pause, and are unknown', async () => {
    const sample = await timed(endpoint({}), hangs, 500);
    expect(sample).toMatchObject({ outcome: 'unknown', observed: expect.stringContaining('pause'), attempts: 1 });
    expect(sample.took).toBeLessThan(1500);
  });

  test('so does a real one, in the middle of its answer', async () => {
    const url = await raw(() => undefined);
    const ask: Ask = async (signal) => judgeHttp({ status: 200 }, await boundedGet({ url, timeoutMs: 10_000, mostBytes: 10, signal }));
    const sample = await timed(endpoint({ url }), ask, 500);
    expect(sample.outcome).toBe('unknown');
    expect(sample.took).toBeLessThan(1500);
  });

  test('one that takes back what it began is waited for, and its failure is no answer', async () => {
    const takesBack: Ask = (signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => setTimeout(() => resolve(failed('cancelled')), 300)));
    expect(await timed(endpoint({}), takesBack, 300)).toMatchObject({ outcome: 'unknown' });
  });

  test('an attempt that failed in its whole time stays failed, though there is no time for all others', async () => {
    const sample = await timed(endpoint({ timeoutSeconds: 0.3 }), hangs, 700);
    expect(sample).toMatchObject({ outcome: 'failed', observed: 'no answer within 300 ms', attempts: 1 });
    expect(sample.took).toBeLessThan(1700);
    const refused: Ask = () => Promise.reject(new Error('connect ECONNREFUSED'));
    expect(await timed(endpoint({}), refused, 300)).toMatchObject({ outcome: 'failed', observed: 'connect ECONNREFUSED' });
  });

  test('no time at all: not asked, and unknown', async () => {
    let asked = 0;
    const ask: Ask = async () => {
      asked += 1;
      return passed('well');
    };
    expect(await timed(endpoint({}), ask, -1)).toMatchObject({ outcome: 'unknown' });
    expect(asked).toBe(0);
    expect(await timed(endpoint({}), ask, 500)).toMatchObject({ outcome: 'passed' });
  });
});

test('an address of instance metadata is not dialled, however it is written', async () => {
  const url = 'http://[::ffff:a9fe:a9fe]/latest/';
  // First, so that a fault here dials nothing.
  if (!isForbiddenAddress(new URL(url).hostname)) expect.fail('the address would be dialled');
  await expect(boundedGet({ url, timeoutMs: 500, mostBytes: 10 })).rejects.toThrow('is not dialled');
});
