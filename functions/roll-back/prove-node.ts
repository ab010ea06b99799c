/** Phase 6 of the restart way: the node proves the old leaf to its peers before any client reaches it. */
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { loadNodePlan } from '../../adapters/s3/plans.ts';
import { type PhaseDone, type PhaseInput, runPhase } from '../../adapters/ssm/rollback-phase.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { peersOf } from '../../core/node/request.ts';
import { expectedLeaves } from '../../core/roll-back/expected-leaves.ts';

export async function handler(input: PhaseInput): Promise<PhaseDone> {
  const plan = await loadNodePlan(input);
  const request = { expect: expectedLeaves(plan, ['internode', 'jmx']), peers: peersOf(await loadRegistration(input.cluster), input.node) };
  const { done, result } = await runPhase(input, 'prove', request, 60, ({ did }) => did);
  if (result.proven !== true) throw new RingwardError('PROOF_MISSING', { message: `${input.node}: ${result.did}` });
  return done;
}
