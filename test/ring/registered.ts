/** The stand's cluster, registered otherwise for a test, as its operator would: another cluster.yaml. */
import { Registration } from '../../core/cluster/registration.ts';
import type { TestStand } from './stand.ts';

/** Registers a changed cluster.yaml. Resolves with what puts the one of before back. */
export async function registerAs({ installation }: TestStand, change: (before: Registration) => unknown): Promise<() => Promise<void>> {
  const [before] = await installation.registrations();
  if (!before) throw new Error('the stand registered no cluster');
  await installation.register(Registration.parse(change(structuredClone(before))), Date.now());
  return async () => installation.register(before, Date.now());
}
