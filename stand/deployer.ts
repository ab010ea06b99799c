/**
 * A certificate deployer as careless ones are: it writes over the files in place, asks the nodes to reload or
 * restarts them, and looks at nothing. And the way back by hand: `heal` puts the good files back and proves it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { Failure, FailureName } from './failures.ts';
import { FAILURES } from './failures.ts';
import { openMaterial, pemKeystore } from './pki/material.ts';
import { leafNames } from './ring/node-folder.ts';
import { nodetool, systemctl } from './ring/service.ts';
import type { Ring, RingNode } from './ring/topology.ts';
import { PATHS } from './ring/topology.ts';
import { fingerprint } from './wire.ts';

/** A file that the deployment writes. `path` is absolute on this machine, `sha256` hex. */
export interface Artifact {
  readonly path: string;
  readonly sha256: string;
  readonly kind: 'keystore' | 'configuration';
  readonly content: string;
}

/** What one node gets. `leafFingerprint` (`SHA256:hex`) is the new leaf's, whether or not the file will load. */
export interface PreparedNode {
  readonly node: string;
  readonly address: string;
  readonly artifacts: readonly Artifact[];
  readonly leafFingerprint: string;
}

/** A deployment, ready to be put in place. */
export interface PreparedDeployment {
  readonly failure: FailureName;
  readonly activation: Failure['activation'];
  readonly change: 'leaf-renewal';
  readonly nodes: readonly PreparedNode[];
}

/** How one node took its activation: what the command said, which is no proof of anything. */
export interface Activated {
  readonly node: string;
  readonly exitCode: number;
  readonly output: string;
}

/** Makes keys, leaves and files of a failure for `nodes` (by default those that the failure names); writes nothing to a node. */
export async function prepare(
  name: FailureName,
  ring: Ring,
  nodes: readonly RingNode[] = defaultNodes(name, ring),
): Promise<PreparedDeployment> {
  const failure: Failure = FAILURES[name];
  const prepared: PreparedNode[] = [];
  for (const node of nodes) prepared.push(await prepareNode(name, failure, ring, node));
  return { failure: name, activation: failure.activation, change: 'leaf-renewal', nodes: prepared };
}

/** Nodes that a deployment of this failure reaches when nobody chooses. */
export function defaultNodes(name: FailureName, ring: Ring): readonly RingNode[] {
  return FAILURES[name].nodes === 'all' ? ring.nodes : ring.nodes.slice(-1);
}

async function prepareNode(name: FailureName, failure: Failure, ring: Ring, node: RingNode): Promise<PreparedNode> {
  const material = await openMaterial(ring.pki);
  const folder = join(ring.pki, 'deployments', name, node.node);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = failure.signedBy === 'evil' ? material.evil : material.authority;
  const now = Date.now();
  const dates = { notBefore: new Date(now + failure.validFromMs), notAfter: new Date(now + failure.validUntilMs) };
  const leaf = await authority.issue(join(folder, 'leaf'), { ...leafNames(node), ...dates });

  let passwordFile = join(material.folder, 'keystore.password');
  if (failure.keystore === 'other-password') {
    passwordFile = join(folder, 'keystore.password');
    await writeFile(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 });
  }
  const identity =
    failure.keystore === 'foreign-key'
      ? { ...leaf, key: (await authority.issue(join(folder, 'foreign'), { ...leafNames(node), ...dates })).key }
      : leaf;
  const whole = await pemKeystore(identity, failure.keystore === 'leaf-only' ? [] : [authority.intermediate], passwordFile);
  const artifacts = [artifact(node.folder + PATHS.keystore, 'keystore', failure.keystore === 'cut-off' ? cutOff(whole) : whole)];
  if (failure.yaml === 'wrong-password')
    artifacts.push(
      artifact(node.folder + PATHS.yaml, 'configuration', await yamlWithPassword(node, randomBytes(18).toString('base64url'))),
    );
  return { node: node.node, address: node.address, artifacts, leafFingerprint: fingerprint(await readFile(leaf.certificate, 'utf8')) };
}

/** Breaks off inside the leaf, as a full disk or a torn write does. */
function cutOff(pem: string): string {
  const leaf = pem.indexOf('-----BEGIN CERTIFICATE-----');
  return pem.slice(0, leaf + 200);
}

async function yamlWithPassword(node: RingNode, password: string): Promise<string> {
  const yaml = parseDocument(await readFile(node.folder + PATHS.yaml, 'utf8'));
  for (const section of ['server_encryption_options', 'client_encryption_options']) yaml.setIn([section, 'keystore_password'], password);
  return yaml.toString({ lineWidth: 0 });
}

function artifact(path: string, kind: Artifact['kind'], content: string): Artifact {
  return { path, kind, content, sha256: createHash('sha256').update(content).digest('hex') };
}

/** Writes a deployment's files over those in place. */
export async function putInPlace(deployment: PreparedDeployment): Promise<void> {
  for (const { artifacts } of deployment.nodes) {
    for (const { path, content } of artifacts) await writeFile(path, content);
  }
}

/** Makes the files active, all nodes at once for a reload, one after the other for a restart. Looks at no result. */
export async function activate(deployment: PreparedDeployment, ring: Ring): Promise<Activated[]> {
  const nodes = deployment.nodes.map((prepared) => ring.nodes.find((one) => one.node === prepared.node) as RingNode);
  if (deployment.activation === 'reload')
    return await Promise.all(nodes.map(async (node) => ({ node: node.node, ...(await nodetool(node, 'reloadssl')) })));
  const activated: Activated[] = [];
  for (const node of nodes) activated.push({ node: node.node, ...(await systemctl(node, 'restart')) });
  return activated;
}
