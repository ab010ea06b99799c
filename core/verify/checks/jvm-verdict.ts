/**
 * The node's own JDK accepts each keystore's chain in both roles, and a handshake with the configured suites: a second
 * engine beside our own path building. Where the two disagree it is said in words (issuer pinned, expired root …).
 */
import { judgeChain } from '../../certificate/chain.ts';
import type { NodeObservation, StoreFact } from '../../node/facts.ts';
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import type { FindingCodeName } from '../codes.ts';
import type { Finding } from '../findings.ts';
import { certificatesOf, truststoreOf, type VerificationSnapshot } from '../snapshot.ts';

export const jvmVerdict: Check = (snapshot, _policy, now) => {
  const name = 'jvm-verdict';
  const { observation } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const missing: string[] = [];
  let judged = 0;
  for (const store of observation.stores) {
    const isCassandras = store.listeners.some((listener) => listener !== 'jmx');
    if (store.kind !== 'keystore' || !isCassandras) continue;
    if (!store.jvm) {
      missing.push(`the node’s JDK did not judge ${store.path}`);
      continue;
    }
    judged++;
    const isPeer = store.listeners.includes('internode');
    const refusals = refusalsOf(store, store.jvm, observation);
    const seen = { where: store.path, seenBy: 'node' as const, at: observation.at };
    const ours = weSay(snapshot, store.chain, isPeer ? 'internode' : 'client', now);
    const how = `PKIX and a handshake in memory by the node’s JDK (${observation.java})`;
    const [why] = refusals;
    // For a port of clients the JDK builds no path, as it is not known whom they trust: what it refuses is the key or its algorithms.
    if (why !== undefined && (ours.trusted || !isPeer))
      failing.push(finding(snapshot, codeOf(why, store.jvm.handshake), { ...seen, how, expected: 'accepted', observed: why }));
    if (refusals.length === 0 && isPeer && !ours.trusted)
      told.push(
        finding(snapshot, 'ENGINES_DISAGREE', {
          ...seen,
          how,
          expected: 'refused, as by our own validation',
          observed: `accepted, though ${ours.why}`,
        }),
      );
  }
  return conclude(name, snapshot, { failing, told, missing, passed: `The node’s JDK accepts ${judged} keystores in their roles.` });
};

/** In the roles that the keystore has: with an outbound keystore beside it, one answers and the other dials. */
function refusalsOf(
  store: StoreFact,
  { asServer, asClient, handshake }: NonNullable<StoreFact['jvm']>,
  { stores }: NodeObservation,
): string[] {
  const isPeer = store.listeners.includes('internode');
  const hasOutbound = stores.some(({ outbound }) => outbound);
  const answers = !store.outbound;
  const dials = isPeer && (store.outbound || !hasOutbound);
  // The handshake in memory plays both roles with one keystore: where that refuses for the role it does not have, it says nothing.
  const otherRole = (answers ? null : asServer) ?? (dials ? null : asClient);
  const shaken = isPeer && otherRole !== null ? null : handshake;
  return [answers ? asServer : null, dials ? asClient : null, shaken].filter((text) => text !== null);
}

function codeOf(why: string, handshake: string | null): FindingCodeName {
  if (/constraint|disabled|keysize|key size/i.test(why)) return 'DISABLED_BY_JDK';
  return why === handshake && /cipher suite|no appropriate protocol|no negotiable|protocol is disabled/i.test(why)
    ? 'KEY_TYPE_NOT_IN_CIPHERS'
    : 'JVM_REFUSES_CHAIN';
}

function weSay(snapshot: VerificationSnapshot, chain: readonly string[], listener: 'client' | 'internode', now: number) {
  const anchors = certificatesOf(snapshot, truststoreOf(snapshot.observation, listener)?.chain ?? []);
  const { trusted, problems } = judgeChain(certificatesOf(snapshot, chain), anchors, now);
  return { trusted, why: problems.map(({ expected, observed }) => `${observed} (expected ${expected})`).join('; ') };
}
