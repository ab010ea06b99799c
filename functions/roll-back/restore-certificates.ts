/** Phase 3 of the restart way: the certificate files of the verified backup, by atomic rename. */
import { loadNodePlan } from '../../adapters/s3/plans.ts';
import { type PhaseDone, type PhaseInput, runPhase } from '../../adapters/ssm/rollback-phase.ts';

export async function handler(input: PhaseInput): Promise<PhaseDone> {
  const { backup, certificates } = await loadNodePlan(input);
  return (
    await runPhase(
      input,
      'restore-certificates',
      { backup, paths: certificates },
      60,
      ({ restored }) => `${restored.length} certificate files restored`,
    )
  ).done;
}
