/** What a truststore must hold while leaves of both authorities are about, and whom it may not lose afterwards. */
import { refusedBetweenNodes, type ShownLeaf } from './links.ts';
import { type AuthorityState, accepts, type Client, type End, type Truststore } from './state.ts';

/**
 * Present, wanted, and what leaves that are shown now need (`shown`, of `shownBetweenNodes`): so nothing that nodes show each other,
 * now or at the end, is refused by it. Hashes, those that are there first.
 */
export function unionOf(state: AuthorityState, { ends, ...truststore }: Truststore, towards: End, shown: ShownLeaf[][]): string[] {
  const trusted = [...new Set([...truststore.present, ...(ends[towards] ?? [])])];
  const refused = refusedBetweenNodes(state, truststore, trusted, shown);
  const known = [...(ends.old ?? []), ...(ends.new ?? [])];
  return [...new Set([...trusted, ...known.filter((anchor) => refused.some(({ leaf }) => accepts(state, [anchor], leaf)))])];
}

/** Clients that are let in by the union, and would not be at the end: whoever works once is not locked out again. */
export function clientsLostBy(state: AuthorityState, { ports, ends }: Truststore, towards: End, union: readonly string[]): Client[] {
  const wanted = ends[towards];
  if (wanted === null || !ports.includes('client')) return [];
  return state.clients.filter(({ shows }) => shows !== null && accepts(state, union, shows) && !accepts(state, wanted, shows));
}
