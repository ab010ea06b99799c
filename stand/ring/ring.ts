/** Brings the ring up and down: PKI, node folders, processes, schema. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { install } from '../cassandra/install.mjs';
import { CLIENT, clientCredentials, openMaterial, pkcs12Truststore } from '../pki/material.ts';
import type { Progress } from '../progress.ts';
import { makeClassData } from './class-data.ts';
import type { CassandraProgram } from './java.ts';
import { findJdk } from './java.ts';
import { makeNodeFolder } from './node-folder.ts';
import { checkPortsFree } from './ports.ts';
import { end, readRecord } from './processes.ts';
import { isReady, untilListening, untilReady } from './readiness.ts';
import { makeSchema, proveWhole } from './schema.ts';
import { activeState, systemctl } from './service.ts';
import type { Ring, RingNode } from './topology.ts';
import { CASSANDRA_CACHE, CLIENT_PORT, INTERNODE_PORT, JMX_PORT, UNIT } from './topology.ts';

/** Is every node there already? Cheap: one connection to each port. */
export async function isRingUp(ring: Ring): Promise<boolean> {
  if (!ring.nodes.every((node) => activeState(node) === 'active')) return false;
  const credentials = await clientCredentials(ring.pki, CLIENT);
  return (await Promise.all(ring.nodes.map((node) => isReady(node, credentials)))).every(Boolean);
}

/** Makes what is missing of PKI and node folders. Quick, and safe to repeat. */
export async function prepareRing(ring: Ring, progress: Progress): Promise<void> {
  const stopped = ring.nodes.filter((node) => activeState(node) !== 'active');
  await checkPortsFree(stopped.flatMap(portsOf), ring.net);
  install((line: string) => progress(line));
  progress('making certificates and node folders');
  const material = await openMaterial(ring.pki);
  await pkcs12Truststore(join(ring.pki, 'jmx-trust.p12'), material.authority.root, join(ring.pki, 'jmx.password'), findJdk().home);
  const program = cassandraProgram();
  for (const node of ring.nodes) await makeNodeFolder(node, seedOf(ring), material, program);
}

/** JDK and jars, the same for every node. */
function cassandraProgram(): CassandraProgram {
  const library = join(CASSANDRA_CACHE, 'lib');
  return {
    jdk: findJdk(),
    jars: readdirSync(library)
      .sort()
      .map((name) => join(library, name)),
  };
}

/** Starts the nodes that do not run, the seed first, and waits until the ring is whole. */
export async function startRing(ring: Ring, progress: Progress): Promise<void> {
  const credentials = await clientCredentials(ring.pki, CLIENT);
  const seed = seedOf(ring);
  const replicas = Math.min(3, ring.nodes.length);
  await start(seed, progress);
  // A node that can reach no seed ends at once; as soon as the seed listens, all others may start together.
  await untilListening(seed);
  const others = ring.nodes.filter((node) => node !== seed);
  for (const node of others) await start(node, progress);
  await Promise.all(
    ring.nodes.map(async (node) => {
      await untilReady(node, credentials);
      progress(`node ${node.number} (${node.address}) answers CQL and JMX`);
      if (node === seed) await makeSchema({ ...ring, nodes: [seed] }, replicas);
    }),
  );
  await proveWhole(ring);
  progress('every node sees all others');
  await makeClassData(seed, cassandraProgram(), progress);
}

async function start(node: RingNode, progress: Progress): Promise<void> {
  if (activeState(node) === 'active') return;
  progress(`starting node ${node.number} (${node.node}, ${node.address})`);
  const { exitCode, output } = await systemctl(node, 'start');
  if (exitCode !== 0) throw new Error(`systemctl start of node ${node.number} failed: ${output}`);
}

/**
 * Ends every node process that was started for the stand in `folder`, of this run or of one that crashed.
 *
 * At once, without draining: the data goes with the stand. Returns how many were ended.
 */
export async function endRing(folder: string): Promise<number> {
  const nodes = join(folder, 'nodes');
  if (!existsSync(nodes)) return 0;
  const ended = await Promise.all(
    readdirSync(nodes).map(async (name) => {
      const record = readRecord(join(nodes, name, 'run', 'stand', `${UNIT}.process`));
      return record !== undefined && (await end(record, join(nodes, name), 'SIGKILL'));
    }),
  );
  return ended.filter(Boolean).length;
}

function seedOf(ring: Ring): RingNode {
  return ring.nodes[0] as RingNode;
}

function portsOf(node: RingNode): { address: string; port: number; purpose: string }[] {
  return [
    { address: node.address, port: CLIENT_PORT, purpose: 'CQL' },
    { address: node.address, port: INTERNODE_PORT, purpose: 'internode' },
    { address: node.address, port: JMX_PORT, purpose: 'JMX' },
  ];
}
