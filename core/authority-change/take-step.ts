/** The ring after a step of a plan, as it must be seen then: what a proof is held against, and what a simulated ring does. */
import type { AuthorityStep } from './plan.ts';
import { type AuthorityState, type Keystore, type Leaf, shownBy } from './state.ts';

/** The state with the step done; the same again changes nothing. A leaf that is at neither end of its keystore is not known and left out. */
export function takeStep(state: AuthorityState, step: AuthorityStep): AuthorityState {
  const isMeant = ({ node, path }: { readonly node: string; readonly path: string }) => node === step.node && path === step.store;
  if (step.kind === 'replace-leaf') {
    const replaced = (keystore: Keystore): Keystore => {
      const leaf = [keystore.ends.old, keystore.ends.new].find((end): end is Leaf => end?.sha256 === step.to);
      return leaf ? { ...keystore, present: Object.fromEntries(shownBy(keystore).map(([shown]) => [shown, leaf])) } : keystore;
    };
    return { ...state, keystores: state.keystores.map((keystore) => (isMeant(keystore) ? replaced(keystore) : keystore)) };
  }
  const removed = new Set(step.removed.map(({ sha256 }) => sha256));
  const changed = (present: readonly string[]): string[] => [
    ...new Set([...present.filter((anchor) => !removed.has(anchor)), ...step.added.map(({ sha256 }) => sha256)]),
  ];
  return {
    ...state,
    truststores: state.truststores.map((truststore) =>
      isMeant(truststore) ? { ...truststore, present: changed(truststore.present) } : truststore,
    ),
  };
}
