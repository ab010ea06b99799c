/** JMX over TLS, asked while the node's stores are loaded for trial: each has its own trust, and neither is in the other's way. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import type { NodeObservation } from '../../core/node/facts.ts';
import { freePort } from '../fixtures/free-port.ts';
import { type Host, JAR } from './host.ts';
import { useHost } from './use-host.ts';

const PASSWORD = 'secret1';
let host: Host;
let port: number;
let server: ChildProcess;

/** Runs `keytool` on a PKCS #12 store of the node's folder. */
const keytool = (store: string, ...args: readonly string[]): void =>
  void execFileSync('keytool', [...args, '-noprompt', '-keystore', host.path(store), '-storetype', 'PKCS12', '-storepass', PASSWORD], {
    stdio: 'ignore',
  });

function pkcs12(pem: string, store: string, alias: string): void {
  const order = ['pkcs12', '-export', '-in', host.path(pem), '-name', alias, '-out', host.path(store), '-passout', `pass:${PASSWORD}`];
  execFileSync('openssl', order);
}

const store = (which: 'keyStore' | 'trustStore', name: string): string =>
  `-Djavax.net.ssl.${which}=${host.path(name)} -Djavax.net.ssl.${which}Password=${PASSWORD} -Djavax.net.ssl.${which}Type=PKCS12`;

useHost(async (made) => {
  host = made.installCassandra();
  pkcs12('node.pem', 'jmx.p12', 'one');
  keytool('trust.p12', '-importcert', '-alias', 'ca', '-file', host.path('ca.pem'));
  host.write('other.pem', await host.keystore('other'));
  pkcs12('other.pem', 'two.p12', 'two');
  keytool('two.p12', '-importkeystore', '-srckeystore', host.path('jmx.p12'), '-srcstorepass', PASSWORD);
  port = await freePort();
  const jmx = Object.entries({ port, 'rmi.port': port, host: '127.0.0.1', authenticate: false, ssl: true, 'registry.ssl': true });
  const options = [...jmx, ['ssl.need.client.auth', true]].map(([key, value]) => `-Dcom.sun.management.jmxremote.${key}=${value}`);
  const stores = `${store('keyStore', 'jmx.p12')} ${store('trustStore', 'trust.p12')}`.split(' ');
  // Any program will do; this one waits for its request.
  server = spawn('java', [...options, ...stores, '-Djava.rmi.server.hostname=127.0.0.1', '-jar', JAR], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  while (!(await isOpen())) await pause(50);
});
afterAll(() => server?.kill('SIGKILL'));

const isOpen = (): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => done(true)).on('error', () => done(false));
    socket.on('connect', () => socket.destroy());
  });

/** One full look, with this content of the file of JMX's TLS. */
async function observe(properties: string): Promise<NodeObservation> {
  host.write('jmx.properties', properties);
  const jmx = { address: '127.0.0.1', port, tlsProperties: host.path('jmx.properties') };
  return (await host.step<NodeObservation>('observe', { depth: 'full', peers: [], jmx })).result;
}

/** JMX was reached, and has no Cassandra behind it; the stores of the yaml load all the same. */
const REACHED = expect.stringMatching(/InstanceNotFoundException: org\.apache\.cassandra\.db:type=StorageService/);
const loads = ({ stores }: NodeObservation): unknown =>
  stores.filter(({ listeners }) => listeners.includes('client')).map((one) => one.loads);

test('with a key and a truststore JMX is reached', async () => {
  const seen = await observe(`${store('keyStore', 'jmx.p12')}\n${store('trustStore', 'trust.p12')}`);
  expect([seen.ringError, loads(seen)]).toEqual([REACHED, [true, true]]);
});

test('of two keys the JDK chooses, as it does for nodetool', async () => {
  const seen = await observe(`${store('keyStore', 'two.p12')}\n${store('trustStore', 'trust.p12')}`);
  expect([seen.ringError, loads(seen)]).toEqual([REACHED, [true, true]]);
});

test('without a truststore the JDK’s own authorities hold, which do not know this one', async () => {
  const seen = await observe(store('keyStore', 'jmx.p12'));
  expect([seen.ringError, loads(seen)]).toEqual([expect.stringContaining('unable to find valid certification path'), [true, true]]);
});

test.each(['keyStore', 'trustStore'] as const)(
  'a %s of JMX that cannot be read is told of JMX alone: the node’s stores load',
  async (which) => {
    host.write('broken.p12', 'no store at all');
    const other = which === 'keyStore' ? store('trustStore', 'trust.p12') : store('keyStore', 'jmx.p12');
    const seen = await observe(`${other}\n${store(which, 'broken.p12')}`);
    expect([seen.ringError, loads(seen)]).toEqual([expect.stringMatching(/JMX at .*broken\.p12/), [true, true]]);
  },
);
