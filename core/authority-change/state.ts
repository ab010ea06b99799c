/**
 * A ring as a change of its certificate authority sees it: what each truststore holds and each keystore shows now, and what each
 * of them holds at either end of the change. Nothing else of a certificate is looked at here; names, dates and keys have checks of
 * their own.
 */

/** Name and key of an authority, as one hash: that is what a trust anchor is (RFC 5280, 6.1.1 (d)), so a re-keyed authority is another. */
export type AuthorityKey = string;

/** A certificate that stands, or may stand, in a truststore. */
export interface Authority {
  /** SHA-256 of its DER, lower-case hex. */
  readonly sha256: string;
  readonly key: AuthorityKey;
  readonly subject: string;
  /** Base64; public, so it may travel to a node. */
  readonly der: string;
}

/** A leaf as it is shown with its chain. */
export interface Leaf {
  readonly sha256: string;
  /** Authorities any one of which makes a truststore accept it. */
  readonly issuers: readonly AuthorityKey[];
}

/** Of a change: `old` is what the verified backup holds, `new` what was deployed. */
export type End = 'old' | 'new';
/** What a store holds at either end; null where that is not known. */
export type Ends<T> = { readonly [E in End]: T | null };

/** Cassandra's ports that reload their stores; JMX takes its own at the start of the process and is no part of this. */
export type TrustingPort = 'client' | 'internode';
/** To whom a leaf is shown: clients, nodes that dial this one, nodes that it dials (`outbound_keystore`, where there is one). */
export type Shown = 'client' | 'internode' | 'dialling';

export interface Truststore {
  readonly node: string;
  readonly path: string;
  /** Ports that accept by it. */
  readonly ports: readonly TrustingPort[];
  /** Hashes of {@link Authority}; empty for a file that holds none or cannot be read. */
  readonly present: readonly string[];
  readonly ends: Ends<readonly string[]>;
}

export interface Keystore {
  readonly node: string;
  readonly path: string;
  /** What is shown from it now; null where nothing that can be read is. */
  readonly present: { readonly [S in Shown]?: Leaf | null };
  readonly ends: Ends<Leaf>;
}

/** Whoever connects to the client port; what it trusts and shows is its owners' to change, not ours. */
export interface Client {
  readonly name: string;
  readonly trusts: readonly AuthorityKey[];
  /** What it shows where the port asks for a certificate; null where it shows none, or none is known. */
  readonly shows: Leaf | null;
}

export interface AuthorityState {
  readonly nodes: readonly string[];
  /** Every authority that is spoken of, by its hash. */
  readonly authorities: Readonly<Record<string, Authority>>;
  readonly truststores: readonly Truststore[];
  readonly keystores: readonly Keystore[];
  readonly clients: readonly Client[];
  /** Nodes whose stores nobody saw: whatever depends on their trust is not known (I8). */
  readonly unseen: readonly { readonly node: string; readonly why: string }[];
}

/** The keys of these authorities (hashes). */
export const keysOf = ({ authorities }: Pick<AuthorityState, 'authorities'>, anchors: readonly string[]): ReadonlySet<AuthorityKey> =>
  new Set(anchors.flatMap((anchor) => authorities[anchor]?.key ?? []));

/** Do the authorities (hashes) accept the leaf? */
export function accepts({ authorities }: Pick<AuthorityState, 'authorities'>, anchors: readonly string[], leaf: Leaf | null): boolean {
  return leaf !== null && anchors.some((anchor) => leaf.issuers.includes(authorities[anchor]?.key ?? ''));
}

/** The same authorities, in whatever order? */
export const sameSet = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && others.every((one) => some.includes(one));

/** Shown from a keystore, each with to whom. */
export const shownBy = ({ present }: Keystore): [Shown, Leaf | null][] => Object.entries(present) as [Shown, Leaf | null][];
