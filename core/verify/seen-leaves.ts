/** The leaves of one node, wherever they are seen: in its keystores, by a client, by its peers. */
import type { Certificate } from '../certificate/parse.ts';
import type { VantagePoint } from './findings.ts';
import { certificatesOf, isReloading, type ReloadingListener, reloadingKeystores, type VerificationSnapshot } from './snapshot.ts';

export interface SeenLeaf {
  readonly leaf: Certificate;
  /** The certificates that were shown with it, leaf first. */
  readonly chain: readonly Certificate[];
  /** Ports that it is for. */
  readonly listeners: readonly ReloadingListener[];
  readonly where: string;
  readonly seenBy: VantagePoint;
  readonly how: string;
  readonly toldBy?: string;
  readonly at: number;
}

export function seenLeaves(snapshot: VerificationSnapshot): SeenLeaf[] {
  const { observation, client, node } = snapshot;
  const one = (hashes: readonly string[], seen: Omit<SeenLeaf, 'leaf' | 'chain'>): SeenLeaf[] => {
    const chain = certificatesOf(snapshot, hashes);
    // An authority that stands first is a fault of the order, and another check's: what it says of names or purposes means nothing.
    const leaf = chain.find(({ authority }) => !authority) ?? chain[0];
    return leaf ? [{ leaf, chain, ...seen }] : [];
  };
  const onDisk = observation
    ? reloadingKeystores(observation).flatMap((store) =>
        one(store.chain, {
          listeners: store.listeners.filter(isReloading),
          where: store.path,
          seenBy: 'node',
          how: 'leaf in the keystore on the node',
          at: observation.at,
        }),
      )
    : [];
  const byClient = (client?.wire ?? [])
    .filter((fact) => fact.node === node.node)
    .flatMap((fact) =>
      one(fact.chain, {
        listeners: [fact.listener].filter(isReloading),
        where: `${fact.listener}:${fact.port}`,
        seenBy: 'client',
        how: 'leaf presented to a fresh handshake of the client',
        at: client?.at ?? 0,
      }),
    );
  const byPeers = snapshot.others.flatMap(({ node: other, observation: view }) =>
    (view?.peers ?? [])
      .filter((fact) => fact.to === node.node)
      .flatMap((fact) =>
        one(fact.chain, {
          listeners: [fact.listener].filter(isReloading),
          where: `${fact.listener}:${fact.port}`,
          seenBy: 'peer',
          how: `leaf presented to a fresh handshake from ${other}`,
          toldBy: other,
          at: view?.at ?? 0,
        }),
      ),
  );
  return [...onDisk, ...byClient, ...byPeers];
}

/** Why a check of leaves stays open: nothing was observed, or the keystore cannot be read. */
export function leafMissing(snapshot: VerificationSnapshot, leaves: readonly SeenLeaf[]): string[] {
  if (!snapshot.observation) return [`no observation of the node: ${snapshot.observationError ?? 'none'}`];
  return leaves.some(({ seenBy }) => seenBy === 'node') ? [] : ['no leaf in the keystore could be read'];
}

/**
 * Was it so before the deployment too, on each of the ports that the leaf is for? Then it is told, and no reason to go back to the same.
 * @param holds of a chain, leaf first
 */
export function wasSoBefore(
  snapshot: VerificationSnapshot,
  listeners: readonly ReloadingListener[],
  holds: (chain: readonly Certificate[]) => boolean,
): boolean {
  const { before } = snapshot;
  if (!before || snapshot.purpose === 'old') return snapshot.purpose === 'old';
  const leaves = certificatesOf(
    snapshot,
    listeners.flatMap((listener) => before.servedLeaves[listener] ?? []),
  );
  const authorities = certificatesOf(snapshot, Object.keys(before.certificates)).filter(({ authority }) => authority);
  return leaves.length > 0 && leaves.every((leaf) => holds(chainOf(leaf, authorities)));
}

/** No chain of a TLS port is longer. */
const LONGEST_CHAIN = 10;

/** The leaf and those who issued it, as far as they are known. */
function chainOf(leaf: Certificate, authorities: readonly Certificate[]): Certificate[] {
  const chain = [leaf];
  while (chain.length < LONGEST_CHAIN) {
    const last = chain.at(-1) as Certificate;
    const issuer = authorities.find((one) => one.subjectDer === last.issuerDer && !chain.includes(one));
    if (!issuer) break;
    chain.push(issuer);
  }
  return chain;
}
