/** The stand's cluster, registered otherwise for a test, as its operator would: another cluster.yaml. */
import { Registration } from '../../core/cluster/registration.ts';
import { CLUSTER, type TestStand } from './stand.ts';

/** Registers a changed cluster.yaml. Resolves with what puts the one of before back. */
export async function registerAs({ installation }: TestStand, change: (before: Registration) => unknown): Promise<() => Promise<void>> {
  // By its name: other tests register other clusters.
  const before = await installation.registration(CLUSTER);
  await installation.register(Registration.parse(change(structuredClone(before))), Date.now());
  return async () => installation.register(before, Date.now());
}
