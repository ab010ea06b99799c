/** What a node's own ports, and its peers' ports, show to this node now, as `Wire.java`. */
import type { HandshakeFact, PeerHandshakeFact } from '../../../core/node/facts.ts';
import type { ExpectedLeaves, NodeRequest, PeerAddress } from '../../../core/node/requests.ts';
import { readStore } from '../ring/certificates.ts';
import { KEYSTORE, TRUSTSTORE } from '../ring/host.ts';
import type { Dialler } from '../ring/ring.ts';
import type { Program } from './program-in-hand.ts';

const LISTENERS = ['client', 'internode'] as const;
type Listener = (typeof LISTENERS)[number];

/** A node dials with what lies on its disk. */
function ownMaterial({ host }: Program): Dialler {
  const read = (path: string): readonly string[] => readStore(host.disk.files.get(path)?.text ?? '').chain;
  return { chain: read(KEYSTORE), trust: read(TRUSTSTORE) };
}

export const seeOwn = (program: Program, listeners: readonly Listener[] = LISTENERS): Promise<HandshakeFact[]> =>
  Promise.all(listeners.map((listener) => program.dial(ownMaterial(program), program.host.address, listener)));

export async function seePeers(program: Program, { node }: NodeRequest, peers: readonly PeerAddress[]): Promise<PeerHandshakeFact[]> {
  const dialled = peers.flatMap((peer) => LISTENERS.map((listener) => ({ peer, listener })));
  return Promise.all(
    dialled.map(async ({ peer, listener }) => ({
      ...(await program.dial(ownMaterial(program), peer.address, listener)),
      from: node,
      to: peer.node,
    })),
  );
}

/** Dials the expected ports until each serves its leaf and answers, or the time is over. */
export async function proveOwn(
  program: Program,
  expect: ExpectedLeaves,
  deadlineMs: number,
): Promise<{ readonly listeners: HandshakeFact[]; readonly missing: string[] }> {
  const until = program.ring.clock.now + deadlineMs;
  const wanted = LISTENERS.filter((listener) => expect[listener] !== undefined);
  for (;;) {
    const listeners = await seeOwn(program, wanted);
    const missing = listeners.flatMap((fact) => missingOf(fact, expect[fact.listener as Listener]));
    if (missing.length === 0 || program.ring.clock.now > until) return { listeners, missing };
    await program.sleep(50);
  }
}

function missingOf({ listener, chain, read, error }: HandshakeFact, leaf: string | undefined): string[] {
  if (chain[0] !== leaf) return [`${listener} serves ${chain[0] ?? 'nothing'}, expected ${leaf}${error ? ` (${error})` : ''}`];
  return read === 'answered' ? [] : [`${listener} serves the expected leaf, but its read is ${read}`];
}

/** Links between nodes that a certificate stands in the way of. A peer that cannot be reached refutes nothing. */
export function refusals(peers: readonly PeerHandshakeFact[]): string[] {
  return peers.flatMap(({ listener, handshake, read, trusted, to }) => {
    if (listener !== 'internode' || handshake === 'unreachable') return [];
    if (handshake === 'refused' || read === 'refused') return [`${to} refuses this node`];
    return handshake === 'failed' || trusted === false ? [`this node does not accept ${to}`] : [];
  });
}
