/** Ends the way back of one node that proved the old leaf. */
import type { PhaseDone } from '../../adapters/ssm/rollback-phase.ts';
import type { NodeRollback } from '../../core/report/build-report.ts';

export async function handler({ node, startedAt }: PhaseDone): Promise<NodeRollback> {
  const finishedAt = Date.now();
  return { node, ms: finishedAt - startedAt, finishedAt, ok: true };
}
