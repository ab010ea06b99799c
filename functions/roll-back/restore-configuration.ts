/** Phase 4 of the restart way: the configuration files of the verified backup, by atomic rename. */
import { loadNodePlan } from '../../adapters/s3/plans.ts';
import { type PhaseDone, type PhaseInput, runPhase } from '../../adapters/ssm/rollback-phase.ts';

export async function handler(input: PhaseInput): Promise<PhaseDone> {
  const { backup, configuration } = await loadNodePlan(input);
  const request = { backup, paths: configuration };
  return (
    await runPhase(
      input,
      'restore-configuration',
      request,
      60,
      ({ restored }) =>
        `${restored.length} configuration files restored${restored.map(({ path, after }) => ` (${path} is ${after})`).join('')}`,
    )
  ).done;
}
