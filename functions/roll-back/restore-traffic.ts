/** Phase 7 of the restart way: clients on again, and the client port proves the old leaf. */
import { loadNodePlan } from '../../adapters/s3/plans.ts';
import { type PhaseDone, type PhaseInput, runPhase } from '../../adapters/ssm/rollback-phase.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { expectedLeaves } from '../../core/roll-back/expected-leaves.ts';

export async function handler(input: PhaseInput): Promise<PhaseDone> {
  const request = { expect: expectedLeaves(await loadNodePlan(input), ['client', 'internode']) };
  const { done, result } = await runPhase(input, 'restore-traffic', request, 60, ({ did }) => did);
  if (result.proven !== true) throw new RingwardError('PROOF_MISSING', { message: `${input.node}: ${result.did}` });
  return done;
}
