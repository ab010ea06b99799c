/** The node's own SSL context factory builds a context from each store, as the next start of Cassandra will. */
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import type { Finding } from '../findings.ts';

export const jvmTrialLoad: Check = (snapshot) => {
  const name = 'jvm-trial-load';
  const { observation } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const failing: Finding[] = [];
  const missing: string[] = [];
  if (observation.stores.length === 0) missing.push('the node reported no store');
  for (const store of observation.stores) {
    // JMX has no factory of Cassandra's: the JDK agent reads its store, and its port is looked at on the wire.
    const isJmxOnly = store.listeners.length > 0 && store.listeners.every((listener) => listener === 'jmx');
    if (store.loads === undefined && !isJmxOnly) missing.push(`${store.path} was not trial-loaded`);
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
