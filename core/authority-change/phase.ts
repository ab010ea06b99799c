/** How far a change of authority has come, by what the stores hold; no memory of what was done is needed. */
import { type AuthorityState, type End, sameSet, shownBy } from './state.ts';

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
  const everyEndKnown = [...truststores, ...keystores].every(({ ends }) => ends.old !== null && ends.new !== null);
  if (state.unseen.length > 0 || !everyEndKnown) return 'unknown';
  const shows = (end: End) =>
    keystores.every((keystore) => shownBy(keystore).every(([, leaf]) => leaf?.sha256 === keystore.ends[end]?.sha256));
  const showsEither = keystores.every((keystore) =>
    shownBy(keystore).every(([, leaf]) => leaf !== null && [keystore.ends.old?.sha256, keystore.ends.new?.sha256].includes(leaf.sha256)),
  );
  const trustIs = (end: End) => truststores.every(({ present, ends }) => sameSet(present, ends[end] ?? []));
  const trustHolds = (end: End) => truststores.every(({ present, ends }) => (ends[end] ?? []).every((anchor) => present.includes(anchor)));
  const both = trustHolds('old') && trustHolds('new');
  if (shows('old') && trustIs('old')) return 'old';
  if (shows('new') && trustIs('new')) return 'new';
  if (shows('old') && trustHolds('old')) return both ? 'union-trust' : 'extending-trust';
  if (shows('new') && trustHolds('new')) return both ? 'leaves-replaced' : 'dropping-old';
  return showsEither && both ? 'replacing-leaves' : 'out-of-order';
}
