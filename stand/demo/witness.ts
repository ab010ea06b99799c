/** What every port of every node serves, seen by openssl: the demo believes nothing that the product says of itself. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Ring, RingNode } from '../ring/topology.ts';
import { CLIENT_PORT, INTERNODE_PORT, PATHS } from '../ring/topology.ts';
import { type Served, served } from '../wire.ts';

export interface Witnessed {
  readonly node: string;
  readonly address: string;
  readonly client: Served;
  readonly internode: Served;
  /** `SHA256:hex` of the keystore and of cassandra.yaml as they lie on the node. */
  readonly keystore: string;
  readonly yaml: string;
}

/** Looks at all nodes, fresh handshakes on both ports of each. */
export async function witness(ring: Ring): Promise<Witnessed[]> {
  return Promise.all(ring.nodes.map((node) => witnessNode(node, ring)));
}

async function witnessNode(node: RingNode, ring: Ring): Promise<Witnessed> {
  const [client, internode, keystore, yaml] = await Promise.all([
    served(node.address, CLIENT_PORT, ring.pki),
    served(node.address, INTERNODE_PORT, ring.pki),
    hashOf(node.folder + PATHS.keystore),
    hashOf(node.folder + PATHS.yaml),
  ]);
  return { node: node.node, address: node.address, client, internode, keystore, yaml };
}

async function hashOf(path: string): Promise<string> {
  return `SHA256:${createHash('sha256')
    .update(await readFile(path))
    .digest('hex')}`;
}

/** Both ports serve the leaf and take a client. */
export const serves = ({ client, internode }: Witnessed, leaf: string | null): boolean =>
  leaf !== null &&
  client.leaf === leaf &&
  internode.leaf === leaf &&
  client.handshake &&
  internode.handshake &&
  client.verification === 'ok' &&
  internode.verification === 'ok';
