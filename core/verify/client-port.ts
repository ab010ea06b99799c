/**
 * The client port seen from a node, its own or a peer: its truststore may be for clients of an authority of their own. Then the port
 * turns nodes away by design, and what a node trusts there says nothing of its certificate: the client's own look is what counts.
 */
import type { HandshakeFact, NodeObservation } from '../node/facts.ts';
import { onlyDiallerUnwelcome } from './handshake.ts';
import { truststoreOf, type VerificationSnapshot } from './snapshot.ts';

/**
 * What a fresh handshake between nodes says, or null where it says nothing.
 * @param from the dialling node @param to the one whose port answered
 */
export function saysOfPort<F extends HandshakeFact>(snapshot: VerificationSnapshot, fact: F, from: string, to: string): F | null {
  if (fact.listener !== 'client') return fact;
  const heard = isOfTheRing(observationOf(snapshot, from)) ? fact : withoutTrust(fact);
  return onlyDiallerUnwelcome(heard) && !isOfTheRing(observationOf(snapshot, to)) ? null : heard;
}

/** Does the client port trust any authority that the nodes trust among themselves? Where that is not known, yes. */
function isOfTheRing(observation: NodeObservation | null): boolean {
  const clients = truststoreOf(observation, 'client')?.chain ?? [];
  const nodes = truststoreOf(observation, 'internode')?.chain ?? [];
  return clients.length === 0 || nodes.length === 0 || clients.some((authority) => nodes.includes(authority));
}

function withoutTrust<F extends HandshakeFact>(fact: F): F {
  const { trusted: _, ...said } = fact;
  return said as F;
}

function observationOf({ node, observation, others }: VerificationSnapshot, id: string): NodeObservation | null {
  return node.node === id ? observation : (others.find((other) => other.node === id)?.observation ?? null);
}
