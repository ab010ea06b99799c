/** A look of a soak does not load the files again; what an earlier look found of the same bytes still holds. */
import type { NodeObservation } from '../node/facts.ts';

/** Facts of trial loads that are missing now, from `before`: only where every file and the JDK are the same as then. */
export function carryTrialLoads(now: NodeObservation, before: NodeObservation): NodeObservation {
  const hashes = ({ files }: NodeObservation): string => JSON.stringify(files.map(({ path, sha256 }) => [path, sha256]));
  if (hashes(now) !== hashes(before) || now.java !== before.java) return now;
  const stores = now.stores.map((store) => {
    const tried = before.stores.find(
      ({ path, kind, outbound }) => path === store.path && kind === store.kind && outbound === store.outbound,
    );
    const isHashed = now.files.some(({ path, sha256 }) => path === store.path && sha256 !== undefined);
    if (store.loads !== undefined || tried?.loads === undefined || !isHashed) return store;
    const { loads, loadError, jvm } = tried;
    return { ...store, loads, ...(loadError === undefined ? {} : { loadError }), ...(jvm ? { jvm } : {}) };
  });
  return { ...now, stores };
}
