/** Verifies every node once more with the old fingerprints expected, and says where each one ended (I7). */
import { loadBackups } from '../../adapters/dynamodb/backups.ts';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { announcedNodes, changeRecord, loadRecord } from '../../adapters/dynamodb/deployments.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { announce } from '../../adapters/eventbridge/announce.ts';
import { writeEvidence } from '../../adapters/s3/evidence.ts';
import { loadLook } from '../../adapters/s3/looks.ts';
import { loadPlan } from '../../adapters/s3/plans.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { conclusionKey, type Look, verificationsKey } from '../../core/observe/evidence-keys.ts';
import type { NodeRollback } from '../../core/report/build-report.ts';
import { concludeRollBack, newestOfEach, notBegun } from '../../core/roll-back/conclude.ts';
import { expectedBack } from '../../core/roll-back/plan.ts';
import { verifyAfter } from '../../core/roll-back/verify-after.ts';

interface Input extends Look {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
  readonly rollbacks: readonly NodeRollback[];
  /** Nodes whose way back was not begun, and why. */
  readonly left: readonly string[];
  readonly why: string;
  /** Looks since the way back that were concluded before this one. */
  readonly looks: number;
}

export async function handler(input: Input): Promise<Record<string, unknown>> {
  const of = { cluster: input.cluster, deployment: input.deployment, epoch: input.epoch };
  const [registration, record, backups, plan] = await Promise.all([
    loadRegistration(of.cluster),
    loadRecord(of),
    loadBackups(of),
    loadPlan(of),
  ]);
  if (!record || !plan) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: of.deployment });
  const look: Look = { purpose: 'old', window: input.window, occasion: input.occasion };
  const [{ observations, client }, announced] = await Promise.all([
    loadLook({ ...of, ...look }, registration),
    announcedNodes(record.detail),
  ]);
  const back = expectedBack(plan);
  const seen = { registration, backups, announced, observations, client };
  const verifications = verifyAfter({ ...seen, back, completedAt: record.completedAt ?? 0, now: Date.now() });
  const rollbacks = [...newestOfEach(input.rollbacks), ...notBegun(input.left, input.why, Date.now())];
  const looks = input.looks + 1;
  const conclusion = concludeRollBack(plan, rollbacks, verifications, looks);
  await Promise.all([writeEvidence(verificationsKey({ ...of, ...look }), verifications), writeEvidence(conclusionKey(of), rollbacks)]);
  if (conclusion.lookAgain) {
    await recordTimeline(of, { area: 'roll-back', what: `looking again: ${conclusion.sentence}`, epoch: of.epoch });
    return { outcome: 'open', looks, window: input.window + 1 };
  }
  await changeRecord(of, (current) => {
    if (current.epoch !== of.epoch)
      throw new RingwardError('EPOCH_STALE', { message: `epoch ${of.epoch} concludes, ${current.epoch} is current` });
    return { ...current, state: conclusion.outcome };
  });
  await recordTimeline(of, { area: 'roll-back', what: conclusion.sentence, epoch: of.epoch });
  await announce('Ringward Rollback Finished', { ...of, ...conclusion });
  return { ...conclusion };
}
