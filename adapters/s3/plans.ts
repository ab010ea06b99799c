/** The rollback plan, read back node by node. */
import { RingwardError } from '../../core/errors/catalogue.ts';
import { planKey } from '../../core/observe/evidence-keys.ts';
import { type NodePlan, RollbackPlan } from '../../core/roll-back/plan.ts';
import { readEvidence } from './evidence.ts';

type OfDeployment = { readonly cluster: string; readonly deployment: string; readonly epoch: number };

/** The plan of this epoch, or null when there is none yet. */
export async function loadPlan(of: OfDeployment): Promise<RollbackPlan | null> {
  const plan = await readEvidence(planKey(of));
  return plan === undefined ? null : RollbackPlan.parse(plan);
}

/** What the plan says of one node. Throws ROLLBACK_REFUSED when it says nothing. */
export async function loadNodePlan(of: OfDeployment & { readonly node: string }): Promise<NodePlan> {
  const plan = await loadPlan(of);
  const found = [...(plan?.hot ?? []), ...(plan?.restart ?? [])].find(({ node }) => node === of.node);
  if (!found) throw new RingwardError('ROLLBACK_REFUSED', { message: `the plan says nothing of ${of.node}` });
  return found;
}
