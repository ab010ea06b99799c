/** Nodes must accept each other once this one is back (rows 2, 6 and 30 of the failure modes). */
import { judgeChain } from '../../certificate/chain.ts';
import { truststoreOf } from '../../verify/snapshot.ts';
import { differenceToBackup } from '../difference.ts';
import { chainOf, readAll } from './old-chain.ts';
import { type Rule, UNION_FIRST } from './rule.ts';

/**
 * Every other node must accept the old leaf with the truststore that it will have after the rollback. A node whose truststore goes
 * back in the same plan is left out, as is one whose truststore was not seen or holds nothing.
 */
export const peersDroppedAuthority: Rule = ({ backup, registered, request, ring }) => {
  const presented = chainOf(backup, backup.servedLeaves.internode ?? backup.servedLeaves.client);
  const [leaf] = presented;
  if (!leaf) return null;
  for (const { certificates: anchors, of } of ring.trusting) {
    const other = of.find(({ node }) => node !== registered.node);
    if (!other || judgeChain(presented, anchors, request.now).path.length > 0) continue;
    const held = anchors.map(({ subject }) => subject).join(', ');
    const why = `${other.node} no longer trusts the authority of the old leaf (${leaf.issuer}); its truststore ${other.path} holds ${held}`;
    return { rule: 'peers-dropped-authority', safety: 'trust-first', why, wayForward: UNION_FIRST };
  }
  return null;
};

/** The other direction: a truststore that goes back must accept what those show that do not go back. */
export const nodeWouldRefusePeers: Rule = ({ backup, registered, observation, request, ring }) => {
  const truststore = truststoreOf(observation, 'internode');
  const old = backup.storeAnchors?.find(({ path }) => path === truststore?.path)?.anchors;
  if (!truststore || !old || !observation || !differenceToBackup(observation, backup).certificates.includes(truststore.path)) return null;
  const anchors = readAll(backup.certificates, old);
  const present = readAll(observation.certificates, truststore.chain);
  // A truststore with holes in it says nothing.
  if (anchors.length === 0 || present.length === 0) return null;
  for (const { certificates: shown, of } of ring.showing) {
    const other = of.find(({ node }) => node !== registered.node);
    if (!other || judgeChain(shown, anchors, request.now).path.length > 0) continue;
    // Whom it refuses already it does not come to refuse.
    if (judgeChain(shown, present, request.now).path.length === 0) continue;
    const issuer = shown[0]?.issuer ?? 'an unknown authority';
    const why = `with ${truststore.path} of before this node would refuse ${other.node}, which shows a leaf of ${issuer} and does not go back`;
    return { rule: 'node-would-refuse-peers', safety: 'trust-first', why, wayForward: UNION_FIRST };
  }
  return null;
};
