/** A node that lost its local snapshot makes a one-time key, for which the backup’s content key is wrapped anew. */
import { loadNodePlan } from '../../adapters/s3/plans.ts';
import { type PhaseDone, type PhaseInput, runPhase } from '../../adapters/ssm/rollback-phase.ts';

export async function handler(
  input: PhaseInput,
): Promise<PhaseDone & { readonly backupId: string; readonly oneTimeKey: { readonly spki: string; readonly proof: string } }> {
  const { backup } = await loadNodePlan(input);
  const { done, result } = await runPhase(input, 'open-restore', { backup }, 60, () => 'one-time key made on the node');
  return { ...done, backupId: backup.backupId, oneTimeKey: result.oneTimeKey };
}
