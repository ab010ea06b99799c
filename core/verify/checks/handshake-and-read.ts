/** Each port completes a fresh handshake and answers a read: TLS 1.3 tells a refused side only at its first read (I2). */
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import { saysOfPort } from '../client-port.ts';
import type { Finding } from '../findings.ts';
import { describeHandshake, judgeHandshake } from '../handshake.ts';
import { RELOADING_LISTENERS } from '../snapshot.ts';

export const handshakeAndRead: Check = (snapshot) => {
  const name = 'handshake-and-read';
  const { observation } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const missing: string[] = [];
  for (const listener of RELOADING_LISTENERS) {
    const dialled = observation.listeners.find((candidate) => candidate.listener === listener);
    if (!dialled) {
      missing.push(`the ${listener} port was not dialled`);
      continue;
    }
    const { node } = snapshot.node;
    const fact = saysOfPort(snapshot, dialled, node, node);
    if (!fact) continue;
    const where = `${listener}:${fact.port}`;
    const seen = {
      where,
      expected: 'handshake complete, read answered',
      seenBy: 'node' as const,
      how: 'fresh connection from the node to its own port, then a read',
      at: observation.at,
    };
    const judged = judgeHandshake(fact);
    const observed = describeHandshake(fact);
    if (judged.answered) continue;
    if (judged.certificateRejected || fact.handshake === 'refused')
      failing.push(finding(snapshot, 'HANDSHAKE_FAILED', { ...seen, observed }));
    else if (judged.dialerRefused) failing.push(finding(snapshot, 'READ_REFUSED', { ...seen, observed }));
    else {
      told.push(finding(snapshot, judged.unreachable ? 'LISTENER_UNREACHABLE' : 'READ_TIMED_OUT', { ...seen, observed }));
      missing.push(`${where} did not answer (${observed})`);
    }
  }
  const jmx = observation.listeners.find(({ listener }) => listener === 'jmx');
  // JMX is the control channel, not what the deployment changes: told, never a reason to roll back.
  if (jmx && jmx.handshake !== 'complete') {
    told.push(
      finding(snapshot, 'JMX_NOT_ANSWERING', {
        where: `jmx:${jmx.port}`,
        expected: 'handshake complete',
        observed: `${jmx.handshake}${jmx.error ? `: ${jmx.error}` : ''}`,
        seenBy: 'node',
        how: 'fresh connection from the node to its own JMX port',
        at: observation.at,
      }),
    );
  }
  return conclude(name, snapshot, { failing, told, missing, passed: 'Client and internode port complete a fresh handshake and answer.' });
};
