/** Makes the rollback plan from the freshest evidence. With `dryRun` it changes nothing and gives the plan to read. */
import { loadBackups } from '../../adapters/dynamodb/backups.ts';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { loadRecord, loadRecords } from '../../adapters/dynamodb/deployments.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { environment } from '../../adapters/environment/environment.ts';
import { writeEvidence } from '../../adapters/s3/evidence.ts';
import { loadLook } from '../../adapters/s3/looks.ts';
import { nodeStep } from '../../adapters/ssm/node-step.ts';
import type { Registration } from '../../core/cluster/registration.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import type { NodeObservation } from '../../core/node/facts.ts';
import { type Look, nodesKey, planKey } from '../../core/observe/evidence-keys.ts';
import type { NodePlan, RollbackPlan } from '../../core/roll-back/plan.ts';
import { planRollBack } from '../../core/roll-back/plan-roll-back.ts';

interface Input extends Partial<Look> {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch?: number;
  readonly scope?: 'cluster' | 'node';
  readonly nodes?: readonly string[];
  readonly way?: 'hot' | 'restart';
  /** Nodes whose hot way failed; everybody else is planned again with them, so that nobody's way back is forgotten. */
  readonly notReloading?: readonly string[];
  readonly planned?: number;
  readonly dryRun?: boolean;
}

export async function handler(input: Input): Promise<Record<string, unknown>> {
  const registration = await loadRegistration(input.cluster);
  const deployment = input.deployment === 'latest' ? (await loadRecords(input.cluster))[0]?.deployment : input.deployment;
  const record = deployment ? await loadRecord({ cluster: input.cluster, deployment }) : null;
  if (!record) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: input.deployment });
  const of = { cluster: input.cluster, deployment: record.deployment, epoch: input.epoch ?? record.epoch };
  const plan = planRollBack({
    registration,
    deployment: record.deployment,
    completedAt: record.completedAt ?? null,
    observations: await observationsFor({ ...input, ...of }, registration),
    backups: await loadBackups(of),
    scope: input.scope ?? 'cluster',
    ...(input.nodes ? { nodes: input.nodes } : {}),
    ...(input.way ? { way: input.way } : {}),
    ...(input.notReloading ? { notReloading: input.notReloading } : {}),
    epoch: of.epoch,
    now: Date.now(),
  });
  if (input.dryRun) return { ...plan };
  await recordTimeline(of, { area: 'roll-back', what: sentence(plan), epoch: of.epoch });
  const bucket = environment('EVIDENCE_BUCKET');
  const attempt = `${of.epoch}.${input.planned ?? 0}`;
  const [planned, hot, restart, again] = await Promise.all([
    writeEvidence(planKey(of), plan),
    writeEvidence(nodesKey(of, `hot-${attempt}`), itemsOf(plan.hot, of)),
    writeEvidence(nodesKey(of, `restart-${attempt}`), itemsOf(plan.restart, of)),
    writeEvidence(
      nodesKey(of, 'verify-again'),
      registration.nodes.map(({ node }) => ({ ...of, node })),
    ),
  ]);
  return {
    plan: planned,
    planHash: plan.hash,
    safety: plan.safety,
    planned: (input.planned ?? 0) + 1,
    hot: { bucket, key: hot, count: plan.hot.length },
    restart: { bucket, key: restart, count: plan.restart.length },
    again: { bucket, key: again },
    refused: plan.refused,
  };
}

/** The evidence of the look that led here; without one (a person's start, a dry run), every node is looked at now. */
async function observationsFor(
  input: Input & { readonly deployment: string; readonly epoch: number },
  registration: Registration,
): Promise<Map<string, NodeObservation>> {
  const { purpose, window, occasion } = input;
  if (purpose !== undefined && window !== undefined && occasion !== undefined && !input.planned) {
    const { observations } = await loadLook({ ...input, purpose, window, occasion }, registration);
    if (observations.size > 0) return observations;
  }
  const seen = await Promise.allSettled(
    registration.nodes.map(async ({ node }) => {
      const of = { cluster: input.cluster, deployment: input.deployment, epoch: input.epoch, node };
      return [
        node,
        await nodeStep(of, 'observe', { depth: 'state', peers: [] }, { timeoutSeconds: 30, occasion: `plan ${Date.now()}` }),
      ] as const;
    }),
  );
  return new Map(seen.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : [])));
}

const itemsOf = (plans: readonly NodePlan[], of: { readonly cluster: string; readonly deployment: string; readonly epoch: number }) =>
  plans.map(({ node, way }) => ({ ...of, node, way }));

function sentence(plan: RollbackPlan): string {
  const ways = [...plan.hot, ...plan.restart].map(({ node, way, why }) => `${node} ${way} (${why})`);
  const refused = plan.refused.map(({ node, why }) => `${node} refused (${why})`);
  return `plan ${plan.hash.slice(0, 12)}, ${plan.safety}: ${[...ways, ...refused].join('; ') || 'nothing to do'}`;
}
