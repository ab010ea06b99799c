/** What a backup leaves on its node for a person without AWS, from the registration and from what the deployment announced. */
import type { Registration } from '../cluster/registration.ts';
import { RingwardError } from '../errors/catalogue.ts';
import type { DeployedNode } from '../events/deployment-events.ts';
import { peersOf } from './build-request.ts';
import type { KitOnNode } from './requests.ts';

/**
 * Peers that the kit names: an SSM parameter carries 48,000 characters of a request, and 40 peers take a tenth of it. In a larger ring
 * the nearest by rack and data centre are kept, as those share its token ranges; seeds always are.
 */
const PEERS_OF_A_KIT = 40;

/** `announced` is null while the deployment has not said what it writes. Throws NODE_UNKNOWN when the node is not registered. */
export function kitOnNode(registration: Registration, node: string, announced: Pick<DeployedNode, 'artifacts'> | null): KitOnNode {
  const own = registration.nodes.find((one) => one.node === node);
  if (!own) throw new RingwardError('NODE_UNKNOWN', { field: 'node', value: node });
  const { drainSeconds, stopSeconds, nodeStartSeconds } = registration.limits;
  const rank = new Map(
    registration.nodes.map((one) => [one.node, one.seed ? 0 : one.datacenter !== own.datacenter ? 3 : one.rack !== own.rack ? 2 : 1]),
  );
  const seeds = new Set(registration.nodes.filter(({ seed }) => seed).map((one) => one.node));
  const all = peersOf(registration, node).toSorted((a, b) => (rank.get(a.node) ?? 0) - (rank.get(b.node) ?? 0));
  const peers = all.slice(0, PEERS_OF_A_KIT).map((peer) => ({ ...peer, seed: seeds.has(peer.node) }));
  return {
    drainTimeoutMs: drainSeconds * 1000,
    stopTimeoutMs: stopSeconds * 1000,
    startTimeoutMs: nodeStartSeconds * 1000,
    seed: own.seed,
    peers,
    peersLeftOut: all.length - peers.length,
    announced: (announced?.artifacts ?? []).map(({ path, sha256 }) => ({ path, sha256 })),
  };
}
