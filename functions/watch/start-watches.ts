/** The schedule's way in: starts `watch-cluster` for every registered cluster. */
import { type Started, startForClusters } from '../../adapters/step-functions/start-for-clusters.ts';

export async function handler({ time }: { readonly time: string }): Promise<Started> {
  return startForClusters('WATCH_MACHINE', 'watch', time);
}
