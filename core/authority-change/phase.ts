/** How far a change of authority has come, by what the stores hold; no memory of what was done is needed. */
import { type AuthorityState, type End, type Ends, sameSet, shownBy } from './state.ts';

/**
 * In the order of going forward; going back passes them the other way round. `out-of-order`: neither on the way nor at an end, such as
 * leaves that are replaced before everybody trusts them. `unknown`: what a store holds at an end is not known, or a node was not seen.
 */
export type AuthorityPhase =
  | 'old'
  | 'extending-trust'
  | 'union-trust'
  | 'replacing-leaves'
  | 'leaves-replaced'
  | 'dropping-old'
  | 'new'
  | 'out-of-order'
  | 'unknown';

/** The phase that the ring is in. A ring in which both ends are the same is at its old one. */
export function phaseOf(state: AuthorityState): AuthorityPhase {
  const { truststores, keystores } = state;
  const shown = keystores.flatMap((keystore) => shownBy(keystore).map(([, leaf]) => ({ ends: keystore.ends, leaf: leaf?.sha256 ?? null })));
  const isOf = ({ ends, leaf }: (typeof shown)[number], end: End): boolean => leaf !== null && leaf === ends[end]?.sha256;
  const isStrange = (one: (typeof shown)[number]): boolean => !isOf(one, 'old') && !isOf(one, 'new');
  // A new leaf is known only once a node has it: until then the old ones are known to be shown all the same.
  const endsKnown = ({ ends }: { readonly ends: Ends<unknown> }): boolean => ends.old !== null && ends.new !== null;
  if (state.unseen.length > 0 || !truststores.every(endsKnown) || shown.some((one) => isStrange(one) && !endsKnown(one))) return 'unknown';
  const shows = (end: End): boolean => shown.every((one) => isOf(one, end));
  const trustIs = (end: End): boolean => truststores.every(({ present, ends }) => sameSet(present, ends[end] ?? []));
  const trustHolds = (end: End): boolean =>
    truststores.every(({ present, ends }) => (ends[end] ?? []).every((anchor) => present.includes(anchor)));
  const both = trustHolds('old') && trustHolds('new');
  if (shows('old') && trustIs('old')) return 'old';
  if (shows('new') && trustIs('new')) return 'new';
  if (shows('old') && trustHolds('old')) return both ? 'union-trust' : 'extending-trust';
  if (shows('new') && trustHolds('new')) return both ? 'leaves-replaced' : 'dropping-old';
  return !shown.some(isStrange) && both ? 'replacing-leaves' : 'out-of-order';
}
