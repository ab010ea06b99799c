/** The hot way: old files back by atomic rename, reload by JMX, proof on the wire; no connection is interrupted. */
import { loadNodePlan } from '../../adapters/s3/plans.ts';
import { type PhaseDone, type PhaseInput, runPhase } from '../../adapters/ssm/rollback-phase.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { expectedLeaves } from '../../core/roll-back/expected-leaves.ts';

export async function handler(input: PhaseInput): Promise<PhaseDone> {
  const plan = await loadNodePlan(input);
  const request = { backup: plan.backup, paths: plan.certificates, expect: expectedLeaves(plan, ['client', 'internode']) };
  const { done, result } = await runPhase(
    input,
    'restore-hot',
    request,
    60,
    ({ restored, proven, reload }) =>
      `${restored.length} files restored, reloaded in ${Math.round(reload?.ms ?? 0)} ms, ${proven ? 'proven' : 'not proven'} on the wire`,
  );
  if (!result.proven) throw new RingwardError('RELOAD_FAILED', { message: `${input.node} does not serve the old leaf after the reload` });
  return done;
}
