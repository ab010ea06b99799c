/** The leaves of one node, wherever they are seen: in its keystores, by a client, by its peers. */
import type { Certificate } from '../certificate/parse.ts';
import type { VantagePoint } from './findings.ts';
import { certificatesOf, reloadingKeystores, type VerificationSnapshot } from './snapshot.ts';

export interface SeenLeaf {
  readonly leaf: Certificate;
  /** The certificates that were shown with it, leaf first. */
  readonly chain: readonly Certificate[];
  readonly where: string;
  readonly seenBy: VantagePoint;
  readonly how: string;
  readonly toldBy?: string;
  readonly at: number;
}

export function seenLeaves(snapshot: VerificationSnapshot): SeenLeaf[] {
  const { observation, client, node, registration } = snapshot;
  const one = (hashes: readonly string[], seen: Omit<SeenLeaf, 'leaf' | 'chain'>): SeenLeaf[] => {
    const chain = certificatesOf(snapshot, hashes);
    // An authority that stands first is a fault of the order, and another check's: what it says of names or purposes means nothing.
    const leaf = chain.find(({ authority }) => !authority) ?? chain[0];
    return leaf ? [{ leaf, chain, ...seen }] : [];
  };
  const onDisk = observation
    ? reloadingKeystores(observation).flatMap((store) =>
        one(store.chain, { where: store.path, seenBy: 'node', how: 'leaf in the keystore on the node', at: observation.at }),
      )
    : [];
  const byClient = (client?.wire ?? [])
    .filter((fact) => fact.node === node.node)
    .flatMap((fact) =>
      one(fact.chain, {
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
          where: `internode:${registration.ports.internode}`,
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

/** Was it so before the deployment too? Then it is told, and no reason to go back to the same. */
export function wasSoBefore(snapshot: VerificationSnapshot, holds: (chain: readonly Certificate[]) => boolean): boolean {
  const { before } = snapshot;
  if (!before || snapshot.purpose === 'old') return snapshot.purpose === 'old';
  const leaves = certificatesOf(snapshot, Object.values(before.servedLeaves));
  return leaves.length > 0 && leaves.some((leaf) => holds([leaf]));
}
