/**
 * Each chain leads to an authority that those who must accept it trust: the keystore's to the node's own
 * truststore and to the clients' authorities, the served one to what clients and peers trust. Judged by our own
 * engine and our own clock, beside the node's JDK. The leaf's validity is the business of two other checks.
 */
import { type ChainProblem, judgeChain } from '../../certificate/chain.ts';
import { allowsPurpose, CLIENT_AUTH, SERVER_AUTH } from '../../certificate/parse.ts';
import type { NodeObservation, StoreFact } from '../../node/facts.ts';
import { type Check, conclude, finding } from '../check.ts';
import { FINDING_CODES } from '../codes.ts';
import type { Finding, VantagePoint } from '../findings.ts';
import {
  certificatesOf,
  diallingKeystoreOf,
  isReloading,
  keystoreOf,
  RELOADING_LISTENERS,
  type ReloadingListener,
  truststoreOf,
  type VerificationSnapshot,
} from '../snapshot.ts';

interface SeenChain {
  readonly where: string;
  readonly chain: readonly string[];
  readonly anchors: readonly string[];
  readonly seenBy: VantagePoint;
  readonly how: string;
  readonly toldBy?: string;
  readonly at: number;
}

export const chainValidation: Check = (snapshot, _policy, now) => {
  const name = 'chain-validation';
  const { observation, client } = snapshot;
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const missing: string[] = [];
  const known = [...snapshot.certificates.values()].filter((certificate) => certificate !== null);
  const file = (problem: ChainProblem, seen: SeenChain): void => {
    if (problem.code === 'LEAF_EXPIRED' || problem.code === 'LEAF_NOT_YET_VALID') return;
    const { chain: _, anchors: __, ...about } = seen;
    const found = finding(snapshot, problem.code, { ...about, expected: problem.expected, observed: problem.observed });
    (FINDING_CODES[problem.code].severity === 'proof' ? failing : told).push(found);
  };
  const chains = [...chainsOnDisk(snapshot, missing), ...chainsOnTheWire(snapshot, now)];
  for (const seen of chains) {
    const judgement = judgeChain(certificatesOf(snapshot, seen.chain), certificatesOf(snapshot, seen.anchors), now, known);
    for (const problem of judgement.problems) file(problem, seen);
  }
  if (!observation) missing.push(`no observation of the node: ${snapshot.observationError ?? 'none'}`);
  else if (client && client.authorities.length > 0) {
    const store = keystoreOf(observation, 'client');
    const ownTrust = observation.stores.filter(({ kind }) => kind === 'truststore').flatMap(({ chain }) => chain);
    const trustedHere = judgeChain(certificatesOf(snapshot, store?.chain ?? []), certificatesOf(snapshot, ownTrust), now, known);
    const byClients = judgeChain(certificatesOf(snapshot, store?.chain ?? []), certificatesOf(snapshot, client.authorities), now, known);
    // Only where the two disagree: otherwise the chain's own problem is the finding.
    if (store && trustedHere.path.length > 0 && byClients.path.length === 0) {
      const why = byClients.problems.find(({ code }) => code.startsWith('CHAIN_'));
      failing.push(
        finding(snapshot, 'CHAIN_UNTRUSTED_BY_CLIENTS', {
          where: store.path,
          expected: why?.expected ?? 'a path to the clients’ authorities',
          observed: why?.observed ?? 'no path',
          seenBy: 'node',
          how: 'chain read from the keystore on the node, judged here against the clients’ authorities',
          at: observation.at,
        }),
      );
    }
  }
  failing.push(...forbiddenPurposes(snapshot));
  return conclude(name, snapshot, {
    failing,
    told,
    missing,
    passed: `${chains.length} chains lead to trusted authorities, by our own path building.`,
  });
};

function chainsOnDisk(snapshot: VerificationSnapshot, missing: string[]): SeenChain[] {
  const { observation, client } = snapshot;
  if (!observation) return [];
  const chains: SeenChain[] = [];
  // The port between nodes first: a shared keystore is held against what the other nodes trust.
  for (const listener of RELOADING_LISTENERS.toReversed()) {
    const keystore = keystoreOf(observation, listener);
    const truststore = truststoreOf(observation, listener);
    // The client port's own truststore is for its clients' certificates; what clients trust is their business.
    const trust =
      listener === 'client' && client && client.authorities.length > 0
        ? { chain: client.authorities, path: 'the clients’ authorities' }
        : truststore;
    if (!keystore) missing.push(`no keystore reported for the ${listener} port`);
    else if (!trust) missing.push(`no truststore reported for the ${listener} port`);
    else if (chains.some(({ where }) => where === keystore.path)) continue;
    else if (certificatesOf(snapshot, keystore.chain).length < keystore.chain.length || keystore.chain.length === 0)
      missing.push(`the chain in ${keystore.path} cannot be read`);
    else {
      const how = `chain read from the keystore on the node, judged here against ${trust.path}`;
      chains.push({ where: keystore.path, chain: keystore.chain, anchors: trust.chain, seenBy: 'node', how, at: observation.at });
    }
  }
  return chains;
}

/** What others were shown: a second and third kind of vantage point for the same fault. */
function chainsOnTheWire(snapshot: VerificationSnapshot, now: number): SeenChain[] {
  const { client, node } = snapshot;
  const seenByClient = (client?.wire ?? [])
    .filter(
      (fact) => fact.node === node.node && fact.listener === 'client' && fact.chain.length > 0 && (client?.authorities.length ?? 0) > 0,
    )
    .map(
      (fact): SeenChain => ({
        where: `client:${fact.port}`,
        chain: fact.chain,
        anchors: client?.authorities ?? [],
        seenBy: 'client',
        how: 'chain presented to a fresh handshake of the client, judged here against the clients’ authorities',
        at: client?.at ?? 0,
      }),
    );
  // Whom clients trust is their business; between nodes it is in the truststores.
  const anchorsOf = (view: NodeObservation | null, listener: ReloadingListener): readonly string[] =>
    listener === 'client' && client && client.authorities.length > 0 ? client.authorities : (truststoreOf(view, listener)?.chain ?? []);
  const leads = (chain: readonly string[], anchors: readonly string[]): boolean =>
    judgeChain(certificatesOf(snapshot, chain), certificatesOf(snapshot, anchors), now).path.length > 0;
  const seenByPeers = snapshot.others.flatMap(({ node: other, observation }) => {
    return (observation?.peers ?? []).flatMap((fact): SeenChain[] => {
      const { listener, port, chain } = fact;
      if (!observation || fact.to !== node.node || chain.length === 0 || !isReloading(listener)) return [];
      const anchors = anchorsOf(observation, listener);
      if (anchors.length === 0) return [];
      // A chain that this node's own trust accepts and the peer's does not is a difference between nodes: another check's business.
      if (!leads(chain, anchors) && leads(chain, anchorsOf(snapshot.observation, listener))) return [];
      const trust = anchors === client?.authorities ? 'the clients’ authorities' : 'that node’s truststore';
      const how = `chain presented to a fresh handshake from ${other}, judged here against ${trust}`;
      return [{ where: `${listener}:${port}`, chain, anchors, seenBy: 'peer', how, toldBy: other, at: observation.at }];
    });
  });
  return [...seenByClient, ...seenByPeers];
}

/** Between nodes each is server and client in turn; towards clients a node is a server. */
function forbiddenPurposes(snapshot: VerificationSnapshot): Finding[] {
  const { observation } = snapshot;
  if (!observation) return [];
  return RELOADING_LISTENERS.flatMap((listener) => {
    const forbidden = (store: StoreFact | undefined, code: 'PURPOSE_LACKS_SERVER_AUTH' | 'PURPOSE_LACKS_CLIENT_AUTH'): Finding[] => {
      const [leaf] = certificatesOf(snapshot, store?.chain.slice(0, 1) ?? []);
      const [purpose, word] =
        code === 'PURPOSE_LACKS_SERVER_AUTH' ? ([SERVER_AUTH, 'serverAuth'] as const) : ([CLIENT_AUTH, 'clientAuth'] as const);
      if (!store || !leaf || allowsPurpose(leaf, purpose)) return [];
      return [
        finding(snapshot, code, {
          where: store.path,
          expected: `extended key usage with ${word} for the ${listener} port`,
          observed: (leaf.extendedKeyUsage ?? []).join(', ') || 'none',
          seenBy: 'node',
          how: 'extended key usage of the leaf in the keystore',
          at: observation.at,
        }),
      ];
    };
    return [
      ...forbidden(keystoreOf(observation, listener), 'PURPOSE_LACKS_SERVER_AUTH'),
      ...(listener === 'internode' ? forbidden(diallingKeystoreOf(observation), 'PURPOSE_LACKS_CLIENT_AUTH') : []),
    ];
  });
}
