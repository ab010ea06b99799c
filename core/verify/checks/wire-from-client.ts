/** From the clients' network the client port shows the expected leaf, by a chain that the canary's own authorities accept. */
import { type Check, conclude, finding } from '../check.ts';
import type { Finding } from '../findings.ts';
import { describeHandshake, judgeHandshake } from '../handshake.ts';
import { judgeServedLeaf } from './served-leaf.ts';

export const wireFromClient: Check = (snapshot, _policy, now) => {
  const name = 'wire-from-client';
  const { client, node } = snapshot;
  if (!client) return conclude(name, snapshot, { failing: [], missing: ['no observation from the clients’ network'], passed: '' });
  const facts = client.wire.filter((fact) => fact.node === node.node && fact.listener !== 'jmx');
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const missing: string[] = [];
  if (!facts.some(({ listener }) => listener === 'client')) missing.push('the client port of this node was not dialled');
  for (const fact of facts) {
    if (fact.listener !== 'client' && fact.listener !== 'internode') continue;
    const about = {
      where: `${fact.listener}:${fact.port}`,
      seenBy: 'client' as const,
      how: 'fresh handshake from the clients’ network, then a read',
      at: client.at,
    };
    const observed = describeHandshake(fact);
    const judged = judgeHandshake(fact);
    if (judged.unreachable) {
      told.push(finding(snapshot, 'CLIENT_UNREACHABLE', { ...about, expected: 'a connection', observed }));
      missing.push(`${about.where} is unreachable from the clients’ network${fact.error ? `: ${fact.error}` : ''}`);
      continue;
    }
    const leaf = fact.chain.length > 0 ? judgeServedLeaf(snapshot, fact.listener, fact, about, now) : {};
    if (leaf.failing) failing.push(leaf.failing);
    if (leaf.told) told.push(leaf.told);
    if (leaf.missing) missing.push(leaf.missing);
    if (judged.certificateRejected || fact.handshake === 'refused') {
      failing.push(
        finding(snapshot, 'CLIENT_HANDSHAKE_FAILED', { ...about, expected: 'a chain that the canary’s authorities accept', observed }),
      );
    } else if (judged.dialerRefused) failing.push(finding(snapshot, 'READ_REFUSED', { ...about, expected: 'an answer', observed }));
    else if (!judged.answered) {
      told.push(finding(snapshot, 'READ_TIMED_OUT', { ...about, expected: 'an answer', observed }));
      missing.push(`${about.where}: no answer (${observed})`);
    }
    if (fact.chain.length === 0 && fact.handshake === 'complete') missing.push(`${about.where} showed no certificate`);
  }
  return conclude(name, snapshot, {
    failing,
    told,
    missing,
    passed: 'From the clients’ network the client port shows the expected leaf, and answers.',
  });
};
