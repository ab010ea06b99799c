/** Nodes must accept each other once this one is back (rows 2, 6 and 30 of the failure modes). */
import { judgeChain } from '../../certificate/chain.ts';
import { diallingKeystoreOf, keystoreOf, truststoreOf } from '../../verify/snapshot.ts';
import { differenceToBackup } from '../difference.ts';
import { certificateOf, chainOf } from './old-chain.ts';
import { type Rule, type Target, UNION_FIRST } from './rule.ts';

/**
 * Every other node must accept the old leaf with the truststore that it will have after the rollback. A node whose truststore goes
 * back in the same plan is left out, as is one whose truststore was not seen or holds nothing.
 */
export const peersDroppedAuthority: Rule = (target) => {
  const { backup, registered, request } = target;
  const presented = chainOf(backup, backup.servedLeaves.internode ?? backup.servedLeaves.client);
  const [leaf] = presented;
  if (!leaf) return null;
  for (const [node, observation] of request.observations) {
    if (node === registered.node) continue;
    const truststore = truststoreOf(observation, 'internode');
    if (!truststore || goesBack(target, node, truststore.path)) continue;
    const anchors = truststore.chain.flatMap((hash) => certificateOf(observation.certificates, hash) ?? []);
    if (anchors.length === 0) continue;
    if (judgeChain(presented, anchors, request.now).path.length === 0) {
      const held = anchors.map(({ subject }) => subject).join(', ');
      const why = `${node} no longer trusts the authority of the old leaf (${leaf.issuer}); its truststore ${truststore.path} holds ${held}`;
      return { rule: 'peers-dropped-authority', safety: 'trust-first', why, wayForward: UNION_FIRST };
    }
  }
  return null;
};

/** The other direction: a truststore that goes back must accept what those show that do not go back. */
export const nodeWouldRefusePeers: Rule = (target) => {
  const { backup, registered, observation, request } = target;
  const truststore = truststoreOf(observation, 'internode');
  const old = backup.storeAnchors?.find(({ path }) => path === truststore?.path)?.anchors;
  if (!truststore || !old || !observation || !differenceToBackup(observation, backup).certificates.includes(truststore.path)) return null;
  const anchors = old.flatMap((hash) => certificateOf(backup.certificates, hash) ?? []);
  if (anchors.length === 0) return null;
  for (const [node, peer] of request.observations) {
    if (node === registered.node) continue;
    for (const keystore of new Set([keystoreOf(peer, 'internode'), diallingKeystoreOf(peer)])) {
      if (!keystore || goesBack(target, node, keystore.path)) continue;
      const shown = keystore.chain.flatMap((hash) => certificateOf(peer.certificates, hash) ?? []);
      if (shown.length === 0 || judgeChain(shown, anchors, request.now).path.length > 0) continue;
      const why = `with ${truststore.path} of before this node would refuse ${node}, which shows a leaf of ${shown[0]?.issuer} and does not go back`;
      return { rule: 'node-would-refuse-peers', safety: 'trust-first', why, wayForward: UNION_FIRST };
    }
  }
  return null;
};

/** Is this file of another node put back in the same plan? */
function goesBack({ request, wanted }: Target, node: string, path: string): boolean {
  const { backups, deployment, observations } = request;
  const theirs = backups.find((other) => other.node === node && other.deployment === deployment && other.status === 'verified');
  const seen = observations.get(node);
  return theirs !== undefined && seen !== undefined && wanted.has(node) && differenceToBackup(seen, theirs).certificates.includes(path);
}
