/** Puts the good files back on the nodes, restarts those that need it, and proves the result on the wire. */
import { readFile, writeFile } from 'node:fs/promises';
import { CLIENT, clientCredentials } from './pki/material.ts';
import type { Progress } from './progress.ts';
import { DEPLOYED_PATHS, GOOD } from './ring/node-folder.ts';
import { runs, untilReady } from './ring/readiness.ts';
import { nodetool, systemctl } from './ring/service.ts';
import type { Ring, RingNode } from './ring/topology.ts';
import { CLIENT_PORT, INTERNODE_PORT, PATHS } from './ring/topology.ts';
import type { Served } from './wire.ts';
import { fingerprint, served } from './wire.ts';

/** What was done to a node, and what its ports serve afterwards. */
export interface Healed {
  readonly node: string;
  readonly address: string;
  readonly did: 'nothing' | 'reload' | 'restart';
  readonly leaf: string;
  readonly ports: readonly Served[];
}

/**
 * Heals the given nodes: all that run at once, then those that do not, one after the other.
 *
 * Throws an error that names the port when one does not serve the good leaf in the end.
 */
export async function heal(ring: Ring, nodes: readonly RingNode[], progress: Progress): Promise<Healed[]> {
  const states = await Promise.all(
    nodes.map(async (node) => {
      // First of all, so that a process that is just starting does not read half of the old and half of the good files.
      const running = await runs(node);
      return { node, running, changed: await putGoodBack(node) };
    }),
  );
  const healed = new Map<RingNode, Healed>();
  const healOne = async ({ node, changed, running }: (typeof states)[number]) =>
    healed.set(node, await healNode(ring, node, changed, running, progress));
  await Promise.all(states.filter(({ running }) => running).map(healOne));
  for (const state of states.filter(({ running }) => !running)) await healOne(state);
  return nodes.map((node) => healed.get(node) as Healed);
}

async function healNode(ring: Ring, node: RingNode, changed: boolean, running: boolean, progress: Progress): Promise<Healed> {
  const leaf = await leafOnDisk(node);
  let did: Healed['did'] = 'nothing';
  if (!running) {
    did = 'restart';
    progress(`node ${node.number}: starting`);
    command(node, 'systemctl start', await systemctl(node, 'start'));
    await untilReady(node, await clientCredentials(ring.pki, CLIENT));
  } else if (changed || !(await serves(ring, node)).every((port) => port.leaf === leaf)) {
    did = 'reload';
    command(node, 'nodetool reloadssl', await nodetool(node, 'reloadssl'));
  }
  const ports = await serves(ring, node);
  for (const port of ports) {
    if (port.leaf !== leaf || port.verification !== 'ok') {
      throw new Error(
        `node ${node.number}: ${port.address}:${port.port} serves ${port.leaf ?? 'no certificate'} (${port.error ?? port.verification}), not ${leaf} → see ${node.folder}${PATHS.log}; "npm run stand -- down" and "up" make a new ring`,
      );
    }
  }
  progress(
    `node ${node.number}: ${did === 'nothing' ? 'was well' : `healed by ${did}`}, ${leaf.slice(0, 19)}… on ${ports.map((port) => port.port).join(' and ')}`,
  );
  return { node: node.node, address: node.address, did, leaf, ports };
}

async function serves(ring: Ring, node: RingNode): Promise<Served[]> {
  return await Promise.all([CLIENT_PORT, INTERNODE_PORT].map((port) => served(node.address, port, ring.pki)));
}

/** Writes the good content over what differs from it; true when something did. */
async function putGoodBack(node: RingNode): Promise<boolean> {
  let changed = false;
  for (const path of DEPLOYED_PATHS) {
    const good = await readFile(node.folder + GOOD + path);
    if (good.equals(await readFile(node.folder + path))) continue;
    await writeFile(node.folder + path, good);
    changed = true;
  }
  return changed;
}

async function leafOnDisk(node: RingNode): Promise<string> {
  const pem = await readFile(node.folder + PATHS.keystore, 'utf8');
  return fingerprint(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----')));
}

function command(node: RingNode, what: string, ended: { exitCode: number; output: string }): void {
  if (ended.exitCode !== 0) throw new Error(`node ${node.number}: ${what} ended with ${ended.exitCode}: ${ended.output}`);
}
