/** What the program on the node could not see is told as such, in bounded time: never as "nothing there". */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NodeObservation } from '../../core/node/facts.ts';
import { openAuthority, revocationList } from '../../stand/pki/authority.ts';
import { freePort } from '../fixtures/free-port.ts';
import { buildJar, Host } from './host.ts';

let host: Host;
beforeAll(async () => {
  buildJar();
  host = (await Host.make()).installCassandra();
});
afterAll(() => host.remove());

const observe = async (fields: object = {}) =>
  (await host.step<NodeObservation>('observe', { depth: 'full', peers: [], ...fields })).result;

describe('a registered revocation list', () => {
  const judged = async (text: string) => {
    const path = join(host.folder, 'list.crl');
    writeFileSync(path, text);
    return (await observe({ revocationLists: [path] })).revocations?.[0];
  };

  test('of this node’s issuer: current, and without an error', async () => {
    const fact = await judged(await revocationList(host.authority, []));
    expect(fact).toMatchObject({ revoked: [], nextUpdate: expect.any(Number) });
    expect(fact?.error).toBeUndefined();
  });

  test('that is empty is an error; one of another authority only covers nothing, and that is told', async () => {
    expect(await judged('')).toMatchObject({ revoked: [], error: 'it holds no list' });
    const other = await revocationList(await openAuthority(join(host.folder, 'other'), 'Other'), []);
    const ofOther = await judged(other);
    expect([ofOther?.error, ofOther?.covered]).toEqual([undefined, []]);
    const both = await judged(other + (await revocationList(host.authority, [])));
    expect(both?.error).toBeUndefined();
    expect(both?.covered?.length).toBeGreaterThan(0);
  });
});

describe('a second JVM with security properties of its own', () => {
  /** A Cassandra that was started with the given security properties; to the host's systemctl it is the service. */
  const startedWith = (properties: string): ChildProcess => {
    const cassandra = spawn('sh', ['-c', 'sleep 100 & wait', 'cassandra', `-Djava.security.properties=${properties}`], { detached: true });
    writeFileSync(join(host.folder, 'bin/pid'), `${cassandra.pid}`);
    return cassandra;
  };

  test('that hangs is ended at its bound: all other evidence of the node is told, and its judgement is unknown', async () => {
    const pipe = join(host.folder, 'hanging.security');
    execFileSync('mkfifo', [pipe]);
    const cassandra = startedWith(pipe);
    // Lets a JVM go that would wait for ever.
    const release = setTimeout(() => closeSync(openSync(pipe, constants.O_RDWR)), 30_000);
    try {
      const since = performance.now();
      const seen = await observe();
      expect(performance.now() - since).toBeLessThan(25_000);
      expect(seen.stores.find(({ kind }) => kind === 'keystore')).toMatchObject({ loads: true });
      expect(seen.stores.filter(({ jvm }) => jvm !== undefined)).toEqual([]);
      expect(() => openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)).toThrow('ENXIO');
    } finally {
      clearTimeout(release);
      process.kill(-(cassandra.pid ?? 0), 'SIGKILL');
    }
  });

  test('that ends in time judges', async () => {
    const properties = join(host.folder, 'good.security');
    writeFileSync(properties, '');
    const cassandra = startedWith(properties);
    try {
      expect((await observe()).stores.find(({ kind }) => kind === 'keystore')).toMatchObject({ loads: true, jvm: expect.anything() });
    } finally {
      process.kill(-(cassandra.pid ?? 0), 'SIGKILL');
    }
  });
});

describe('clients by JMX', () => {
  const beans = join(import.meta.dirname, '../fixtures/jmx/CassandraBeans.java');

  /** The counters of a look at a Cassandra with so many clients. */
  const counted = async (clients: string) => {
    const port = await freePort();
    const jmx = '-Dcom.sun.management.jmxremote.';
    const cassandra = spawn(
      'java',
      [
        ...['-XX:TieredStopAtLevel=1', '-Xmx96m', `${jmx}port=${port}`, `${jmx}rmi.port=${port}`, `${jmx}host=127.0.0.1`],
        ...[`${jmx}authenticate=false`, `${jmx}ssl=false`, '-Djava.rmi.server.hostname=127.0.0.1', beans, clients],
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    try {
      await once(cassandra.stdout, 'data');
      return (await observe({ depth: 'soak', jmx: { address: '127.0.0.1', port } })).load;
    } finally {
      cassandra.kill('SIGKILL');
    }
  };

  test('more hosts than are told: always the same ones, and that there are more', async () => {
    const load = await counted('60');
    expect(load).toMatchObject({ clientsLeftOut: 20 });
    expect(load?.clients?.map(({ address, connections }) => [address, connections])).toEqual(
      Array.from({ length: 40 }, (_, i) => [`10.0.8.${i + 100}`, 2]),
    );
  });

  test('few hosts are told wholly; nobody is an empty list', async () => {
    const few = await counted('3');
    expect([few?.clients?.length, few?.clientsLeftOut]).toEqual([3, undefined]);
    expect((await counted('0'))?.clients).toEqual([]);
  });

  test.each(['none', 'broken'])('an attribute that cannot be read (%s) is not "nobody"', async (how) => {
    const load = await counted(how);
    expect(load).toBeDefined();
    expect(load?.clients).toBeUndefined();
  });
});
