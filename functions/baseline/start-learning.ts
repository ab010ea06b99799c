/** The schedule's way in: starts `learn-baseline` for every registered cluster. No node is asked: the watches' looks are learnt. */
import { type Started, startForClusters } from '../../adapters/step-functions/start-for-clusters.ts';

export async function handler({ time }: { readonly time: string }): Promise<Started> {
  return startForClusters('LEARN_MACHINE', 'learning', time);
}
