/** Phases one and two of a restart where Cassandra's process hangs: what was never open has nothing to drain; what is open is never stopped undrained. */
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildJar, Host } from './host.ts';

let host: Host;
let open: Server | undefined;
beforeAll(buildJar);
beforeEach(async () => {
  host = await Host.make();
  // A process without any port, as one that hangs in its start.
  execFileSync(join(host.folder, 'bin/systemctl'), ['start', 'cassandra']);
});
afterEach(() => {
  open?.close();
  open = undefined;
  host.remove();
});

const listen = (): Promise<void> =>
  new Promise((done) => {
    open = createServer().listen(host.internodePort, '127.0.0.1', done);
  });

test('a process that hangs in its start accepts nobody: nothing is turned off or drained, and it is stopped', async () => {
  expect(await host.step('stop-accepting')).toMatchObject({ ok: true, result: { did: expect.stringContaining('no port is open') } });
  const stopped = await host.step('stop-service', { drainTimeoutMs: 1000, stopTimeoutMs: 10_000 });
  expect(stopped).toMatchObject({ ok: true, result: { did: expect.stringContaining('Not drained, as no port was open; stopped') } });
  expect(stopped.result['service']).toMatchObject({ pid: null });
  expect(host.journal().some(({ step, phase, state }) => [step, phase].includes('stop-service') && state === 'done')).toBe(true);
});

test('with a port open and JMX silent, nothing is stopped: a person is asked', async () => {
  await listen();
  expect(await host.step('stop-accepting')).toMatchObject({ ok: false, error: { code: 'DRAIN_FAILED' } });
  expect(await host.step('stop-service', { drainTimeoutMs: 1000, stopTimeoutMs: 10_000 })).toMatchObject({
    ok: false,
    error: { code: 'DRAIN_FAILED' },
  });
  expect((await host.step('observe', { depth: 'certificates', peers: [] })).result).toMatchObject({ service: { state: 'active' } });
});
