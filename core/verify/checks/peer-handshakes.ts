/**
 * This node and every other one accept each other on both ports, dialled in both directions. Being refused speaks
 * against the dialling side's certificate, rejecting what it is shown against the answering side's; the opposite reading (a broken
 * truststore) stays possible, so only what speaks against this node is proof about it.
 */

import { PEERS_OF_A_LOOK } from '../../node/build-request.ts';
import type { PeerHandshakeFact } from '../../node/facts.ts';
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import { saysOfPort } from '../client-port.ts';
import type { FindingCodeName } from '../codes.ts';
import type { Finding } from '../findings.ts';
import { describeHandshake, judgeHandshake } from '../handshake.ts';
import { RELOADING_LISTENERS, type ReloadingListener, type VerificationSnapshot } from '../snapshot.ts';

export const peerHandshakes: Check = (snapshot) => {
  const name = 'peer-handshakes';
  const { observation, node, registration } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const missing: string[] = [];
  // A large ring is looked at by a sample of its links: those that are not of this look are not missing.
  const sampled = snapshot.others.length > PEERS_OF_A_LOOK;
  const dialled = new Set(observation.peers.filter(({ from }) => from === node.node).map(({ to }) => to)).size;
  if (sampled && dialled < PEERS_OF_A_LOOK) missing.push(`only ${dialled} of the ${PEERS_OF_A_LOOK} handshakes of a look were reported`);
  for (const link of linksOf(snapshot)) {
    const { fact, from, to, listener, at } = link;
    if (!fact) {
      if (!sampled) missing.push(`no handshake ${from} → ${to} on the ${listener} port was reported`);
      continue;
    }
    const observed = describeHandshake(fact);
    const about = {
      where: `${from} → ${to}, ${listener}:${registration.ports[listener]}`,
      expected: 'handshake complete, read answered',
      observed,
      seenBy: 'peer' as const,
      how: `fresh handshake from ${from} with its own key, then a read`,
      toldBy: from,
      at,
    };
    const outcome = linkOutcome(snapshot, link);
    if (outcome === 'ok') continue;
    if (outcome === 'PEER_REFUSES_NODE' || outcome === 'NODE_REFUSES_PEER') failing.push(finding(snapshot, outcome, about));
    else {
      told.push(finding(snapshot, outcome, about));
      missing.push(`${from} → ${to}, ${listener}: ${observed}`);
    }
  }
  for (const other of snapshot.others) if (!other.observation) missing.push(`${other.node} did not report how it sees this node`);
  // What speaks against this node comes first, for the summary.
  failing.sort((a, b) => Number(a.code !== 'PEER_REFUSES_NODE') - Number(b.code !== 'PEER_REFUSES_NODE'));
  return conclude(name, snapshot, {
    failing,
    told,
    missing,
    passed: sampled
      ? `Fresh handshakes with ${dialled} of ${snapshot.others.length} other nodes, a sample anew in each look, are accepted and answered.`
      : `Fresh handshakes with ${snapshot.others.length} other nodes, both ways, are accepted and answered.`,
  });
};

/** One direction between this node and another, on one port. */
export interface Link {
  readonly other: string;
  readonly listener: ReloadingListener;
  readonly from: string;
  readonly to: string;
  /** What this node did in it. */
  readonly role: 'dialling' | 'answering';
  /** Undefined where it was not reported. */
  readonly fact: PeerHandshakeFact | undefined;
  readonly at: number;
}

/** Every direction on both ports that should have been looked at; of a node that did not answer only those towards it. */
export function linksOf({ observation, others, node }: VerificationSnapshot): Link[] {
  const find = (facts: readonly PeerHandshakeFact[], from: string, to: string, listener: ReloadingListener) =>
    facts.find((fact) => fact.from === from && fact.to === to && fact.listener === listener);
  return others.flatMap((other) =>
    RELOADING_LISTENERS.toReversed().flatMap((listener): Link[] => {
      const shared = { other: other.node, listener };
      const there = { from: node.node, to: other.node };
      const back = { from: other.node, to: node.node };
      const own: Link[] = observation
        ? [{ ...shared, ...there, role: 'dialling', fact: find(observation.peers, there.from, there.to, listener), at: observation.at }]
        : [];
      if (!other.observation) return own;
      const fact = find(other.observation.peers, back.from, back.to, listener);
      return [...own, { ...shared, ...back, role: 'answering', fact, at: other.observation.at }];
    }),
  );
}

/** What a link says of this node. Where both sides reject each other, what speaks against this node is told. */
export function linkOutcome(snapshot: VerificationSnapshot, { fact, from, to, role }: Link): FindingCodeName | 'ok' {
  const said = fact && saysOfPort(snapshot, fact, from, to);
  if (!said) return 'ok';
  const { answered, unreachable, dialerRefused, certificateRejected } = judgeHandshake(said);
  if (answered) return 'ok';
  if (unreachable) return 'PEER_UNREACHABLE';
  if (role === 'dialling' ? dialerRefused : certificateRejected) return 'PEER_REFUSES_NODE';
  return dialerRefused || certificateRejected ? 'NODE_REFUSES_PEER' : 'READ_TIMED_OUT';
}
