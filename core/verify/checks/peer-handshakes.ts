/**
 * This node and every other one accept each other's certificate, dialled in both directions. Being refused speaks
 * against the dialling side's certificate, rejecting what it is shown against the answering side's; the opposite reading (a broken
 * truststore) stays possible, so only what speaks against this node is proof about it.
 */
import type { PeerHandshakeFact } from '../../node/protocol.ts';
import { PEERS_OF_A_LOOK } from '../../node/request.ts';
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import type { FindingCodeName } from '../codes.ts';
import type { Finding } from '../findings.ts';
import { describeHandshake, judgeHandshake } from '../handshake.ts';

export const peerHandshakes: Check = (snapshot) => {
  const name = 'peer-handshakes';
  const { observation, node, registration } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const missing: string[] = [];
  const judge = (fact: PeerHandshakeFact | undefined, from: string, to: string, at: number): void => {
    if (!fact) {
      missing.push(`no handshake ${from} → ${to} was reported`);
      return;
    }
    const observed = describeHandshake(fact);
    const about = {
      where: `${from} → ${to}, internode:${registration.ports.internode}`,
      expected: 'handshake complete, read answered',
      observed,
      seenBy: 'peer' as const,
      how: `fresh handshake from ${from} with its own key, then a read`,
      toldBy: from,
      at,
    };
    const outcome = peerOutcome(fact, from === node.node ? 'dialling' : 'answering');
    if (outcome === 'ok') return;
    if (outcome === 'PEER_REFUSES_NODE' || outcome === 'NODE_REFUSES_PEER') failing.push(finding(snapshot, outcome, about));
    else {
      told.push(finding(snapshot, outcome, about));
      missing.push(`${from} → ${to}: ${observed}`);
    }
  };
  // A large ring is looked at by a sample of its links: those that are not of this look are not missing.
  const sampled = snapshot.others.length > PEERS_OF_A_LOOK;
  const dialled = new Set(observation.peers.filter(({ from }) => from === node.node).map(({ to }) => to)).size;
  if (sampled && dialled < PEERS_OF_A_LOOK) missing.push(`only ${dialled} of the ${PEERS_OF_A_LOOK} handshakes of a look were reported`);
  for (const other of snapshot.others) {
    const there = observation.peers.find((fact) => fact.from === node.node && fact.to === other.node);
    if (there || !sampled) judge(there, node.node, other.node, observation.at);
    const back = other.observation?.peers.find((fact) => fact.to === node.node);
    if (other.observation && (back || !sampled)) judge(back, other.node, node.node, other.observation.at);
    else if (!other.observation) missing.push(`${other.node} did not report how it sees this node`);
  }
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

/** What a handshake says about the node of that role; where both sides reject each other, what speaks against this node is told. */
export function peerOutcome(fact: PeerHandshakeFact, role: 'dialling' | 'answering'): FindingCodeName | 'ok' {
  const { answered, unreachable, dialerRefused, certificateRejected } = judgeHandshake(fact);
  if (answered) return 'ok';
  if (unreachable) return 'PEER_UNREACHABLE';
  if (role === 'dialling' ? dialerRefused : certificateRejected) return 'PEER_REFUSES_NODE';
  return dialerRefused || certificateRejected ? 'NODE_REFUSES_PEER' : 'READ_TIMED_OUT';
}
