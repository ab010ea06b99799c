/** Puts the good files back on the nodes, restarts those that need it, and proves the result on the wire. */
import { readFile, writeFile } from 'node:fs/promises';
import { CLIENT, clientCredentials } from './pki/material.ts';
import type { Progress } from './progress.ts';
import { DEPLOYED_PATHS, GOOD } from './ring/node-folder.ts';
import { untilReady } from './ring/readiness.ts';
import { activeState, nodetool, systemctl } from './ring/service.ts';
import { CLIENT_PORT, INTERNODE_PORT, PATHS } from './ring/topology.ts';
import type { Ring, RingNode } from './ring/topology.ts';
import { fingerprint, served } from './wire.ts';
import type { Served } from './wire.ts';

/** What was done to a node, and what its ports serve afterwards. */
export interface Healed {
  readonly node: string;
  readonly address: string;
  readonly did: 'nothing' | 'reload' | 'restart';
  readonly leaf: string;
  readonly ports: readonly Served[];
}

/** Heals the given nodes, those that run first. Throws an error that names the port when one does not serve the good leaf. */
export async function heal(ring: Ring, nodes: readonly RingNode[], progress: Progress): Promise<Healed[]> {
  const healed = await Promise.all(nodes.filter((node) => activeState(node) === 'active').map(async (node) => await healNode(ring, node, progress)));
  for (const node of nodes) {
    if (!healed.some((one) => one.node === node.node)) healed.push(await healNode(ring, node, progress));
  }
  return nodes.map((node) => healed.find((one) => one.node === node.node) as Healed);
}

async function healNode(ring: Ring, node: RingNode, progress: Progress): Promise<Healed> {
  const changed = await putGoodBack(node);
  const running = activeState(node) === 'active';
  const leaf = await leafOnDisk(node);
  let did: Healed['did'] = 'nothing';
  if (!running) {
    did = 'restart';
    progress(`node ${node.number}: starting`);
    command(node, 'systemctl start', await systemctl(node, 'start'));
    await untilReady(node, await clientCredentials(ring.pki, CLIENT));
  } else if (changed.length > 0 || !(await serves(ring, node)).every((port) => port.leaf === leaf)) {
    did = 'reload';
    command(node, 'nodetool reloadssl', await nodetool(node, 'reloadssl'));
  }
  const ports = await serves(ring, node);
  for (const port of ports) {
    if (port.leaf !== leaf || port.verification !== 'ok') {
      throw new Error(`node ${node.number}: ${port.address}:${port.port} serves ${port.leaf ?? 'no certificate'} (${port.error ?? port.verification}), not ${leaf} → see ${node.folder}${PATHS.log}; "npm run stand -- down" and "up" make a new ring`);
    }
  }
  progress(`node ${node.number}: ${did === 'nothing' ? 'was well' : `healed by ${did}`}, ${leaf.slice(0, 19)}… on ${ports.map((port) => port.port).join(' and ')}`);
  return { node: node.node, address: node.address, did, leaf, ports };
}

async function serves(ring: Ring, node: RingNode): Promise<Served[]> {
  return await Promise.all([CLIENT_PORT, INTERNODE_PORT].map((port) => served(node.address, port, ring.pki)));
}

/** Paths whose content was not the good one. */
async function putGoodBack(node: RingNode): Promise<string[]> {
  const changed: string[] = [];
  for (const path of DEPLOYED_PATHS) {
    const good = await readFile(node.folder + GOOD + path);
    if (good.equals(await readFile(node.folder + path))) continue;
    await writeFile(node.folder + path, good);
    changed.push(path);
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
