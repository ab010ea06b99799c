/** Who must accept whom in a ring, and where that fails: every node every other one in both directions, and clients and nodes each other. */
import { type AuthorityState, accepts, type Keystore, keysOf, type Leaf, type Shown, shownBy, type Truststore } from './state.ts';

/** Somebody who does not accept what another one shows. */
export interface BrokenLink {
  /** Node, or name of a client. */
  readonly truster: string;
  readonly shower: string;
  readonly shown: Shown;
  /** Where: the truststore of a node, or `authorities of the client`. */
  readonly by: string;
  /** Leaf that is not accepted, hex SHA-256; null where none can be read. */
  readonly leaf: string | null;
}

const CLIENTS_OWN = 'authorities of the client';

/** Every link that a new connection would fail at; old connections live on and hide it. */
export function brokenLinks(state: AuthorityState): BrokenLink[] {
  return [...betweenNodes(state), ...clientsToNodes(state), ...nodesToClients(state)];
}

/** Would every new connection between nodes, and of every client, be made? A node that was not seen is no yes (I8). */
export const connects = (state: AuthorityState): boolean => state.unseen.length === 0 && brokenLinks(state).length === 0;

/** A leaf that nodes show each other. */
export interface ShownLeaf {
  readonly node: string;
  readonly shown: Shown;
  readonly leaf: Leaf | null;
}

/**
 * What nodes show each other, leaves of the same authorities together: a ring of thousands has a handful of them. `internode` is what
 * is seen when the node is dialled, `dialling` when it dials: together both directions. `leafOf` gives the leaf that is meant.
 */
export function shownBetweenNodes(
  { keystores }: AuthorityState,
  leafOf: (keystore: Keystore, shown: Leaf | null) => Leaf | null = (_, shown) => shown,
): ShownLeaf[][] {
  const all = keystores.flatMap((keystore) =>
    shownBy(keystore)
      .filter(([shown]) => shown !== 'client')
      .map(([shown, leaf]): ShownLeaf => ({ node: keystore.node, shown, leaf: leafOf(keystore, leaf) })),
  );
  return [...Map.groupBy(all, ({ leaf }) => leaf?.issuers.toSorted().join() ?? null).values()];
}

/** Of these what a node with these authorities (hashes) would refuse; Cassandra dials no node but others, so its own leaf does not count. */
export function refusedBetweenNodes(
  state: AuthorityState,
  truststore: Pick<Truststore, 'node' | 'ports'>,
  anchors: readonly string[],
  groups: ShownLeaf[][],
): ShownLeaf[] {
  if (!truststore.ports.includes('internode')) return [];
  const trusted = keysOf(state, anchors);
  return groups
    .filter(([first]) => !first?.leaf?.issuers.some((issuer) => trusted.has(issuer)))
    .flatMap((group) => group.filter(({ node }) => node !== truststore.node));
}

function betweenNodes(state: AuthorityState): BrokenLink[] {
  const groups = shownBetweenNodes(state);
  return state.truststores.flatMap((truststore) =>
    refusedBetweenNodes(state, truststore, truststore.present, groups).map(({ node, shown, leaf }) => ({
      truster: truststore.node,
      shower: node,
      shown,
      by: truststore.path,
      leaf: leaf?.sha256 ?? null,
    })),
  );
}

function clientsToNodes({ clients, keystores }: AuthorityState): BrokenLink[] {
  return clients.flatMap(({ name, trusts }) =>
    keystores.flatMap(({ node, present: { client } }) =>
      client === undefined || client?.issuers.some((issuer) => trusts.includes(issuer))
        ? []
        : [{ truster: name, shower: node, shown: 'client' as const, by: CLIENTS_OWN, leaf: client?.sha256 ?? null }],
    ),
  );
}

/** A node without a truststore for its client port asks clients for nothing. */
function nodesToClients(state: AuthorityState): BrokenLink[] {
  return state.truststores
    .filter(({ ports }) => ports.includes('client'))
    .flatMap(({ node, path, present }) =>
      state.clients.flatMap(({ name, shows }) =>
        shows === null || accepts(state, present, shows)
          ? []
          : [{ truster: node, shower: name, shown: 'client' as const, by: path, leaf: shows.sha256 }],
      ),
    );
}
