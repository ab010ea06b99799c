/** A client with an identity of its own connects to this node with the real driver and reads (user story: client applications can connect). */
import { type Check, conclude, finding } from '../check.ts';
import { speaksOfTls } from '../client-observation.ts';
import type { Finding } from '../findings.ts';

export const clientCanary: Check = (snapshot) => {
  const name = 'client-canary';
  const { client, node, registration } = snapshot;
  if (!client) return conclude(name, snapshot, { failing: [], missing: ['no observation from the clients’ network'], passed: '' });
  const fact = client.canary.find((candidate) => candidate.node === node.node);
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const missing: string[] = [];
  const about = {
    where: `client:${registration.ports.client}`,
    expected: `connected, and a read at ${registration.canary.consistency}`,
    observed: fact?.error ?? 'no error given',
    seenBy: 'client' as const,
    how: 'the real driver with the canary’s own identity',
    at: client.at,
  };
  if (!fact) missing.push('the canary did not try this node');
  else if (!fact.connected && fact.error !== undefined && speaksOfTls(fact.error))
    failing.push(finding(snapshot, 'CLIENT_HANDSHAKE_FAILED', about));
  else if (!fact.connected) {
    told.push(finding(snapshot, 'CLIENT_UNREACHABLE', about));
    missing.push(`the canary could not reach the node: ${about.observed}`);
  } else if (fact.error !== undefined) failing.push(finding(snapshot, 'CLIENT_READ_FAILED', about));
  else if (fact.rows === undefined) missing.push('the canary connected, but did not read');
  return conclude(name, snapshot, {
    failing,
    told,
    missing,
    passed: `The canary connected and read ${fact?.rows ?? 0} row(s) at ${registration.canary.consistency}.`,
  });
};
