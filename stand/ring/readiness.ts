/** When is a node there? Asked from outside, as its clients and peers would. */

import { readFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { Credentials } from '../cql-probe.ts';
import { askOptions } from '../cql-probe.ts';
import { activeState } from './service.ts';
import type { RingNode } from './topology.ts';
import { CLIENT_PORT, INTERNODE_PORT, JMX_PORT, PATHS } from './topology.ts';

/** Does the node answer CQL and JMX over mutual TLS? */
export async function isReady(node: RingNode, credentials: Credentials): Promise<boolean> {
  const [client, jmx] = await Promise.all([
    askOptions(node.address, CLIENT_PORT, credentials),
    shakesHands(node.address, JMX_PORT, credentials),
  ]);
  return client.ok && jmx;
}

/**
 * Waits until the node answers CQL and JMX.
 *
 * Throws with the end of its log when it dies or `timeoutMs` is over, and at once when TLS itself fails, which no
 * waiting mends: a deployed failure is in place.
 */
export async function untilReady(node: RingNode, credentials: Credentials, timeoutMs = 120_000): Promise<void> {
  await until(node, timeoutMs, 'does not answer CQL and JMX', async () => {
    const { ok, error } = await askOptions(node.address, CLIENT_PORT, credentials);
    if (error !== undefined && TLS_FAILED.test(error)) {
      throw new Error(`node ${node.number} (${node.address}) runs, and its certificate is refused (${error}) → npm run stand -- heal`);
    }
    return ok && (await shakesHands(node.address, JMX_PORT, credentials));
  });
}

/** Error codes of Node's TLS that speak of certificates or of an alert, rather than of a node that is not there yet. */
const TLS_FAILED = /CERT|UNABLE_TO|ALERT/;

/** Waits until the node listens for its peers, which is when others may start. Same errors as {@link untilReady}. */
export async function untilListening(node: RingNode, timeoutMs = 120_000): Promise<void> {
  await until(node, timeoutMs, 'does not listen for its peers', async () => await acceptsTcp(node.address, INTERNODE_PORT));
}

/**
 * Does the node run, once it is clear? A process that was just started is neither here nor there until it listens
 * for clients or ends, and listening says nothing about its certificate, which may be the broken one.
 */
export async function runs(node: RingNode, timeoutMs = 120_000): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (activeState(node) === 'active') {
    if (await acceptsTcp(node.address, CLIENT_PORT)) return true;
    if (Date.now() > deadline)
      throw new Error(
        `node ${node.number} (${node.address}) neither listens for clients nor ends after ${timeoutMs / 1000} s → see ${node.folder}${PATHS.log}`,
      );
    await sleep(100);
  }
  return false;
}

async function until(node: RingNode, timeoutMs: number, what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    // A process that is just replacing itself by another program has no command line for a moment.
    const dead = activeState(node) !== 'active' && (await sleep(200).then(() => activeState(node) !== 'active'));
    if (dead || Date.now() > deadline) {
      throw new Error(
        `node ${node.number} (${node.node}, ${node.address}) ${dead ? 'ended while starting' : `${what} after ${timeoutMs / 1000} s`}; the end of its log:\n${await logEnd(node)}\n→ "npm run stand -- heal" puts the good files back, "down" clears the stand away; the whole log: ${node.folder}${PATHS.log}`,
      );
    }
    await sleep(100);
  }
}

async function logEnd(node: RingNode): Promise<string> {
  const texts = await Promise.all(
    [PATHS.log, '/var/log/cassandra/console.log'].map((path) => readFile(node.folder + path, 'utf8').catch(() => '')),
  );
  return texts
    .flatMap((text) => text.trimEnd().split('\n').slice(-8))
    .filter(Boolean)
    .map((line) => `  ${line.slice(0, 300)}`)
    .join('\n');
}

async function shakesHands(host: string, port: number, credentials: Credentials): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port, ...credentials });
    const finish = (done: boolean) => {
      socket.destroy();
      resolve(done);
    };
    socket.setTimeout(2000, () => finish(false));
    socket.once('secureConnect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

async function acceptsTcp(host: string, port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connectTcp({ host, port });
    const finish = (done: boolean) => {
      socket.destroy();
      resolve(done);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
