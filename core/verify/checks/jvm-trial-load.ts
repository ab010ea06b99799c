/** The node's own SSL context factory builds a context from each store, as the next start of Cassandra will. */
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import type { Finding } from '../findings.ts';

export const jvmTrialLoad: Check = (snapshot) => {
  const name = 'jvm-trial-load';
  const { observation } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const failing: Finding[] = [];
  const missing: string[] = [];
  if (!observation.stores.some(({ loads }) => loads !== undefined)) missing.push('the node loaded no store');
  for (const store of observation.stores) {
    // A store that the yaml does not name (the JMX agent's, say) has no factory of Cassandra's to load it.
    const isCassandras = store.listeners.some((listener) => listener !== 'jmx');
    if (store.loads === undefined && isCassandras) missing.push(`${store.path} was not trial-loaded`);
    if (store.loads !== false) continue;
    failing.push(
      finding(snapshot, 'STORE_UNLOADABLE', {
        where: store.path,
        expected: `${store.factory} builds an SSL context`,
        observed: store.loadError ?? 'it does not',
        seenBy: 'node',
        how: `trial load by the node’s own Cassandra classes and JDK (${observation.java})`,
        at: observation.at,
      }),
    );
  }
  return conclude(name, snapshot, { failing, missing, passed: `Cassandra’s own factory loads all ${observation.stores.length} stores.` });
};
