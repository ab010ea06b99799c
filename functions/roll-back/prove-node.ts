/** Phase 6 of the restart way: the node proves the old leaf to its peers before any client reaches it. */
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { loadNodePlan, loadPlan } from '../../adapters/s3/plans.ts';
import { type PhaseDone, type PhaseInput, runPhase } from '../../adapters/ssm/rollback-phase.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { peersOf } from '../../core/node/build-request.ts';
import { expectedLeaves } from '../../core/roll-back/expected-leaves.ts';
import { provingPeers } from '../../core/roll-back/proving-peers.ts';

export async function handler(input: PhaseInput): Promise<PhaseDone> {
  const [plan, whole, registration] = await Promise.all([loadNodePlan(input), loadPlan(input), loadRegistration(input.cluster)]);
  const nodes = registration.nodes.map(({ node }) => node);
  const proving = whole ? provingPeers(whole, input.node, nodes) : nodes;
  const peers = peersOf(registration, input.node).filter(({ node }) => proving.includes(node));
  const request = { expect: expectedLeaves(plan, ['internode', 'jmx']), peers };
  const { done, result } = await runPhase(input, 'prove', request, 60, ({ did }) => did);
  if (result.proven !== true) throw new RingwardError('PROOF_MISSING', { message: `${input.node}: ${result.did}` });
  return done;
}
