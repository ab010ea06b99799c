/** Makes the rollback plan from the freshest evidence. With `dryRun` it changes nothing and gives the plan to read. */
import { loadBackups } from '../../adapters/dynamodb/backups.ts';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { loadRecord, loadRecords } from '../../adapters/dynamodb/deployments.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { readEvidence, writeEvidence } from '../../adapters/s3/evidence.ts';
import { loadLook } from '../../adapters/s3/looks.ts';
import { fence } from '../../adapters/ssm/fence.ts';
import { nodeStep } from '../../adapters/ssm/node-step.ts';
import { RingTopology } from '../../core/availability/topology.ts';
import type { Registration } from '../../core/cluster/registration.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import type { NodeObservation } from '../../core/node/facts.ts';
import { type Look, planKey, topologyKey } from '../../core/observe/evidence-keys.ts';
import { surveyOf } from '../../core/roll-back/course/survey.ts';
import type { RollbackMode } from '../../core/roll-back/course/wave.ts';
import type { RollbackPlan } from '../../core/roll-back/plan.ts';
import { planRollBack } from '../../core/roll-back/plan-roll-back.ts';

interface Input extends Partial<Look> {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch?: number;
  readonly scope?: 'cluster' | 'node';
  readonly nodes?: readonly string[];
  readonly way?: 'hot' | 'restart';
  /** The nodes that were asked for at first: `nodes` is a move's own meanwhile. */
  readonly asked?: readonly string[];
  /** Nodes whose hot way failed; everybody else is planned again with them, so that nobody's way back is forgotten. */
  readonly notReloading?: readonly string[];
  readonly mode?: RollbackMode;
  readonly planned?: number;
  /** Another rollback of this cluster may still be under way: what is planned must not change beneath the plan. */
  readonly fenceFirst?: boolean;
  /** When the rollback was first planned, ms. */
  readonly startedAt?: number;
  readonly dryRun?: boolean;
}

export async function handler(input: Input): Promise<Record<string, unknown>> {
  const registration = await loadRegistration(input.cluster);
  const deployment = input.deployment === 'latest' ? (await loadRecords(input.cluster))[0]?.deployment : input.deployment;
  const record = deployment ? await loadRecord({ cluster: input.cluster, deployment }) : null;
  if (!record) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: input.deployment });
  const of = { cluster: input.cluster, deployment: record.deployment, epoch: input.epoch ?? record.epoch };
  if (input.fenceFirst && !input.planned && !input.dryRun) await fence(of, registration);
  const now = Date.now();
  const asked = input.planned ? input.asked : input.nodes;
  const [observations, known] = await Promise.all([
    observationsFor({ ...input, ...of }, registration),
    readEvidence(topologyKey(of.cluster)),
  ]);
  const topology = RingTopology.safeParse(known).data ?? null;
  const plan = planRollBack({
    registration,
    deployment: record.deployment,
    completedAt: record.completedAt ?? null,
    observations,
    backups: await loadBackups(of),
    scope: input.scope ?? 'cluster',
    ...(asked ? { nodes: asked } : {}),
    ...(input.way ? { way: input.way } : {}),
    ...(input.notReloading ? { notReloading: input.notReloading } : {}),
    ...(input.mode ? { mode: input.mode } : {}),
    survey: surveyOf(observations, { at: now, topology, unfenced: [] }),
    epoch: of.epoch,
    now,
  });
  if (input.dryRun) return { ...plan };
  await recordTimeline(of, { area: 'roll-back', what: sentence(plan), epoch: of.epoch });
  return {
    plan: await writeEvidence(planKey(of), plan),
    planHash: plan.hash,
    safety: plan.safety,
    planned: (input.planned ?? 0) + 1,
    startedAt: input.startedAt ?? now,
    ...(asked ? { asked } : {}),
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

function sentence(plan: RollbackPlan): string {
  const ways = [...plan.hot, ...plan.restart].map(({ node, way, why }) => `${node} ${way} (${why})`);
  const refused = plan.refused.map(({ node, why }) => `${node} refused (${why})`);
  return `plan ${plan.hash.slice(0, 12)}, ${plan.safety}: ${[...ways, ...refused].join('; ') || 'nothing to do'}`;
}
