/** Builds the part that every request to a node shares, from the registration. */
import { createHash } from 'node:crypto';
import type { Registration } from '../cluster/registration.ts';
import { filesOfNode } from '../cluster/registration.ts';
import { RingwardError } from '../errors/catalogue.ts';
import { NODE_PROTOCOL } from './protocol.ts';
import type { NodeRequestBase, PeerAddress } from './requests.ts';

/** Throws NODE_UNKNOWN when the node is not registered. */
export function requestBase(
  registration: Registration,
  of: { readonly deployment: string; readonly node: string; readonly epoch: number; readonly requestId: string },
): NodeRequestBase {
  const node = registration.nodes.find((candidate) => candidate.node === of.node);
  if (!node) throw new RingwardError('NODE_UNKNOWN', { field: 'node', value: of.node });
  const { tlsProperties, passwordFile } = registration.jmx;
  return {
    protocol: NODE_PROTOCOL,
    requestId: of.requestId,
    cluster: registration.cluster,
    deployment: of.deployment,
    node: of.node,
    epoch: of.epoch,
    address: node.address,
    clientPort: registration.ports.client,
    internodePort: registration.ports.internode,
    cassandra: {
      home: node.root + registration.cassandra.home,
      yaml: node.root + registration.cassandra.yaml,
      service: registration.cassandra.service,
      log: node.root + registration.cassandra.log,
    },
    jmx: {
      address: registration.jmx.address === 'node' ? node.address : registration.jmx.address,
      port: registration.ports.jmx,
      ...(tlsProperties ? { tlsProperties: node.root + tlsProperties } : {}),
      ...(passwordFile ? { passwordFile: node.root + passwordFile } : {}),
    },
    files: filesOfNode(registration, node),
    revocationLists: registration.revocation.lists.map((path) => node.root + path),
  };
}

/**
 * Other nodes that one look dials from each node. The matrix of all pairs grows as N², so beyond this size each look takes a sample
 * anew; 12 keep a reply within what SSM carries, and the chance that a node is dialled by nobody in a look of a large ring below 1 in 10⁵.
 */
export const PEERS_OF_A_LOOK = 12;

/** Every other node, as this one dials it. */
export function peersOf(registration: Registration, node: string): PeerAddress[] {
  return registration.nodes
    .filter((peer) => peer.node !== node)
    .map((peer) => ({
      node: peer.node,
      address: peer.address,
      clientPort: registration.ports.client,
      internodePort: registration.ports.internode,
    }));
}

/** All of them in a small ring, else a sample that another `look` (any text) draws anew; the same look, the same sample. */
export const peersOfLook = (registration: Registration, node: string, look: string): PeerAddress[] =>
  drawn(peersOf(registration, node), PEERS_OF_A_LOOK, `${look}\n${node}`);

/** A burst takes a second or two: a node makes no more of them in a look. */
const BURSTS_OF_A_LOOK = 4;

/** Whom a node dials many times in a look: those that are to be looked at more closely, and one other for comparison; itself never. */
export function burstsOfLook(registration: Registration, node: string, look: string, closely: readonly string[]): PeerAddress[] {
  if (closely.length === 0) return [];
  const [meant, others] = [true, false].map((is) => peersOf(registration, node).filter((peer) => closely.includes(peer.node) === is));
  const of = `${look}\n${node}`;
  const compared = drawn(others ?? [], 1, of);
  return [...drawn(meant ?? [], BURSTS_OF_A_LOOK - compared.length, of), ...compared];
}

function drawn(peers: PeerAddress[], most: number, of: string): PeerAddress[] {
  if (peers.length <= most) return peers;
  const lotOf = (peer: string): string => createHash('sha256').update(`${of}\n${peer}`).digest('hex');
  return peers
    .map((peer) => ({ peer, lot: lotOf(peer.node) }))
    .toSorted((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, most)
    .map(({ peer }) => peer);
}
