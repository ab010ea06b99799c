/**
 * Every node trusts what every other node shows, by the truststores as they lie on the disks now: old links hide a
 * difference until their next reconnect. Who differs from most of the others is named; the others only suffer from it.
 */
import { judgeChain } from '../../certificate/chain.ts';
import type { NodeObservation } from '../../node/facts.ts';
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import type { Finding } from '../findings.ts';
import { certificatesOf, diallingKeystoreOf, keystoreOf, truststoreOf, type VerificationSnapshot } from '../snapshot.ts';

export const trustBetweenNodes: Check = (snapshot, _policy, now) => {
  const name = 'trust-between-nodes';
  const { observation, others } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const trusts = (truster: NodeObservation, shower: NodeObservation): boolean | null => trustsChains(snapshot, truster, shower, now);
  const known = others.flatMap((other) => (other.observation ? [{ node: other.node, observation: other.observation }] : []));
  const missing = others.filter((other) => !other.observation).map(({ node }) => `the truststore of ${node} is not known`);
  const refusedBy = known.filter((other) => trusts(other.observation, observation) === false);
  const refuses = known.filter((other) => trusts(observation, other.observation) === false);
  const failing: Finding[] = [];
  const mostOf = (some: readonly unknown[]) => some.length * 2 > known.length;
  const named = (some: typeof known) => some.map(({ node }) => node).join(', ');
  if (mostOf(refusedBy) && trusts(observation, observation)) {
    const about = {
      where: diallingKeystoreOf(observation)?.path ?? 'keystore',
      expected: 'a path to an authority in every node’s truststore',
      observed: `none in the truststores of ${named(refusedBy)}, while this node’s own has one`,
      how: 'chains and truststores read on the nodes, judged here against each other',
    };
    failing.push(finding(snapshot, 'TRUST_DIFFERS_BETWEEN_NODES', { ...about, seenBy: 'node', at: observation.at }));
    for (const other of refusedBy)
      failing.push(
        finding(snapshot, 'TRUST_DIFFERS_BETWEEN_NODES', { ...about, seenBy: 'peer', toldBy: other.node, at: other.observation.at }),
      );
  }
  if (mostOf(refuses.filter((other) => trusts(other.observation, other.observation)))) {
    const about = {
      where: truststoreOf(observation, 'internode')?.path ?? 'truststore',
      expected: 'an authority for the chain of every other node',
      observed: `none for ${named(refuses)}`,
      how: 'chains and truststores read on the nodes, judged here against each other',
    };
    failing.push(finding(snapshot, 'TRUSTSTORE_REFUSES_PEERS', { ...about, seenBy: 'node', at: observation.at }));
    for (const other of refuses)
      failing.push(
        finding(snapshot, 'TRUSTSTORE_REFUSES_PEERS', { ...about, seenBy: 'peer', toldBy: other.node, at: other.observation.at }),
      );
  }
  return conclude(name, snapshot, {
    failing,
    missing,
    passed: `The truststores of ${known.length + 1} nodes lead to an authority for each other’s chains.`,
  });
};

/** Null where a store could not be read: that is another check's business, and no difference. */
function trustsChains(snapshot: VerificationSnapshot, truster: NodeObservation, shower: NodeObservation, now: number): boolean | null {
  const anchors = certificatesOf(snapshot, truststoreOf(truster, 'internode')?.chain ?? []);
  const chains = [keystoreOf(shower, 'internode'), diallingKeystoreOf(shower)]
    .map((store) => certificatesOf(snapshot, store?.chain ?? []))
    .filter((chain) => chain.length > 0);
  if (anchors.length === 0 || chains.length === 0) return null;
  return chains.every((chain) => judgeChain(chain, anchors, now).path.length > 0);
}
