/** What the rollback does next, by its plan, what came of it so far, and what people say. */
import { loadBackups } from '../../adapters/dynamodb/backups.ts';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { announcedNodes, loadRecord } from '../../adapters/dynamodb/deployments.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { environment } from '../../adapters/environment/environment.ts';
import { readEvidence, writeEvidence } from '../../adapters/s3/evidence.ts';
import { loadLook } from '../../adapters/s3/looks.ts';
import { loadPlan } from '../../adapters/s3/plans.ts';
import type { Registration } from '../../core/cluster/registration.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import type { DeploymentRecord } from '../../core/intake/deployment-record.ts';
import { type Look, nodesKey, surveyKey } from '../../core/observe/evidence-keys.ts';
import type { NodeRollback } from '../../core/report/build-report.ts';
import { openCheck } from '../../core/roll-back/conclude.ts';
import { courseOf, type Progress, progressAfter, tellMove } from '../../core/roll-back/course/carry-on.ts';
import { type Move, nextMove } from '../../core/roll-back/course/next-move.ts';
import { RingSurvey } from '../../core/roll-back/course/survey.ts';
import { alreadyBack, type RollbackPlan } from '../../core/roll-back/plan.ts';
import { provenWith } from '../../core/roll-back/proving-peers.ts';
import { verifyAfter } from '../../core/roll-back/verify-after.ts';

interface Input extends Look {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
  readonly planned: number;
  readonly startedAt: number;
  /** Present where a verdict asked for the rollback. */
  readonly verdictOf?: string;
  /** Every attempt at a node so far, oldest first. */
  readonly rollbacks?: NodeRollback | readonly NodeRollback[];
  readonly progress?: Progress;
  /** The move that was just carried out. */
  readonly move?: Move['move'];
  readonly wave?: number;
}

export async function handler(input: Input): Promise<Record<string, unknown>> {
  const of = { cluster: input.cluster, deployment: input.deployment, epoch: input.epoch };
  const [registration, record, plan, survey] = await Promise.all([
    loadRegistration(of.cluster),
    loadRecord(of),
    loadPlan(of),
    readEvidence(surveyKey(of)),
  ]);
  if (!record || !plan) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: of.deployment });
  if (record.epoch !== of.epoch)
    throw new RingwardError('EPOCH_STALE', { message: `epoch ${of.epoch} goes on, ${record.epoch} is current` });
  const now = Date.now();
  const attempts = input.rollbacks === undefined ? [] : [input.rollbacks].flat();
  const open = input.move === 'prove' ? await notPassed(input, plan, registration, record) : null;
  if (open !== null) await recordTimeline(of, { area: 'roll-back', what: `not proven yet: ${open}`, epoch: of.epoch });
  const passed = input.move === 'prove' ? open === null : null;
  const progress = progressAfter(input.progress, input, plan, passed, record.asking, now);
  const seen = RingSurvey.safeParse(survey).data ?? null;
  const move = nextMove(
    courseOf({
      plan,
      registration,
      record,
      attempts,
      progress,
      survey: seen,
      planned: input.planned,
      ofVerdict: input.verdictOf !== undefined,
      startedAt: input.startedAt,
      now,
    }),
  );
  const told = tellMove(move, plan);
  if (told !== null && told !== input.progress?.told) await recordTimeline(of, { area: 'roll-back', what: told, epoch: of.epoch });
  const bucket = environment('EVIDENCE_BUCKET');
  const next = { ...move, progress: { ...progress, told } };
  switch (move.move) {
    case 'restore': {
      const way = plan.waves[move.wave]?.way;
      const items = move.nodes.map((node) => ({ ...of, node, way }));
      return { ...next, items: { bucket, key: await writeEvidence(nodesKey(of, `wave-${attempts.length}`), items) } };
    }
    case 'prove': {
      const nodes = registration.nodes.map(({ node }) => node);
      const again = provenWith(plan, move.wave, nodes).map((node) => ({ ...of, node }));
      const key = await writeEvidence(nodesKey(of, `prove-${move.wave}`), again);
      return { ...next, again: { bucket, key }, window: input.window + 1 };
    }
    case 'conclude': {
      const key = await writeEvidence(
        nodesKey(of, 'verify-again'),
        registration.nodes.map(({ node }) => ({ ...of, node })),
      );
      return { ...next, again: { bucket, key }, window: input.window + 1 };
    }
    default:
      return next;
  }
}

/** What keeps the first node of the wave from passing with the old leaf expected; null when all pass. */
async function notPassed(input: Input, plan: RollbackPlan, registration: Registration, record: DeploymentRecord): Promise<string | null> {
  const of = { cluster: input.cluster, deployment: input.deployment, epoch: input.epoch };
  const look = { ...of, purpose: 'old' as const, window: input.window, occasion: input.occasion };
  const [seen, backups, announced] = await Promise.all([loadLook(look, registration), loadBackups(of), announcedNodes(record.detail)]);
  const nodes = registration.nodes.map(({ node }) => node);
  const among = provenWith(plan, input.wave ?? -1, nodes);
  const wave = plan.waves[input.wave ?? -1]?.nodes ?? [];
  const back = [...alreadyBack(plan), ...plan.waves.slice(0, (input.wave ?? -1) + 1).flatMap((one) => one.nodes)];
  const verifications = verifyAfter({
    // What waits still shows and trusts what is rolled back.
    registration: { ...registration, nodes: registration.nodes.filter(({ node }) => among.includes(node)) },
    backups,
    announced,
    ...seen,
    back,
    completedAt: record.completedAt ?? 0,
    now: Date.now(),
  });
  const open = verifications.find(({ node, outcome }) => wave.includes(node) && outcome !== 'passed');
  return open ? `${open.node}: ${openCheck(open) ?? open.outcome}` : null;
}
