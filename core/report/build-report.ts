/** Puts the report of one deployment together from what is stored; the page and the JSON file are two views of it. */
import type { CataloguedBackup } from '../backup/catalogue.ts';
import { fingerprintOf } from '../certificate/parse.ts';
import type { Registration } from '../cluster/registration.ts';
import type { Verdict } from '../decide/verdict.ts';
import type { DeploymentRecord } from '../intake/deployment-record.ts';
import { expectedBack, NOTHING_TO_DO, type RollbackPlan } from '../roll-back/plan.ts';
import type { NodeVerification } from '../verify/findings.ts';
import type { Report, ReportedNode, TimelineEntry } from './model.ts';
import { toldProfile } from './profile-told.ts';

/** How the way back of one node went; times in ms. */
export interface NodeRollback {
  readonly node: string;
  readonly ms: number;
  readonly finishedAt: number;
  readonly ok: boolean;
  /** What a person must know, when it did not go well. */
  readonly error?: string;
  /** Its code in the catalogue of errors. */
  readonly code?: string;
}

export interface ReportParts {
  readonly record: Pick<DeploymentRecord, 'cluster' | 'deployment' | 'detail' | 'epoch' | 'startingAt' | 'completedAt'> &
    Partial<Pick<DeploymentRecord, 'state'>>;
  readonly registration: Registration;
  readonly verdict: Verdict;
  readonly plan: RollbackPlan | null;
  readonly verifications: Report['verifications'];
  readonly rollbacks: readonly NodeRollback[];
  readonly backups: readonly CataloguedBackup[];
  readonly timeline: readonly TimelineEntry[];
  readonly now: number;
}

/** Pure; `completedAt` of the report falls back to the verdict's time for a deployment that never completed. */
export function buildReport(parts: ReportParts): Report {
  const { record, registration, verdict, plan, rollbacks, now } = parts;
  const nodes = registration.nodes.map(({ node, address }) => reportNode(node, address, parts));
  const outcome = outcomeOf(parts, nodes);
  const completedAt = record.completedAt ?? verdict.decidedAt;
  const rolledBackAt = whenBack(parts, outcome);
  return {
    schema: 1,
    cluster: record.cluster,
    environment: registration.environment,
    deployment: record.deployment,
    change: record.detail.change,
    activation: record.detail.activation,
    requestedBy: record.detail.requestedBy,
    epoch: record.epoch,
    outcome,
    verdict,
    profile: toldProfile(registration),
    startedAt: record.startingAt ?? null,
    completedAt,
    decidedAt: verdict.decidedAt,
    rolledBackAt,
    reportedAt: now,
    detectMs: verdict.decidedAt - completedAt,
    rollbackMs: rolledBackAt === null ? null : rolledBackAt - completedAt,
    nodes,
    plan,
    verifications: parts.verifications,
    timeline: [...parts.timeline].sort((a, b) => a.at - b.at),
    nextStep: nextStepOf(outcome, verdict, plan, nodes, rollbacks),
  };
}

/** When the last node was back; nodes that were found as before were back when that was proven, not earlier. */
function whenBack({ rollbacks, verifications }: ReportParts, outcome: Report['outcome']): number | null {
  if (rollbacks.length > 0) return Math.max(...rollbacks.map(({ finishedAt }) => finishedAt));
  const proofs = verifications.filter(({ moment }) => moment === 'after-rollback').flatMap(({ nodes }) => nodes);
  return outcome === 'rolled-back' && proofs.length > 0 ? Math.max(...proofs.map(({ at }) => at)) : null;
}

function reportNode(node: string, address: string, parts: ReportParts): ReportedNode {
  const { verdict, plan, record } = parts;
  const backup = parts.backups.filter((one) => one.node === node && one.deployment === record.deployment).sort((a, b) => b.at - a.at)[0];
  const planned = [...(plan?.hot ?? []), ...(plan?.restart ?? [])].find((one) => one.node === node);
  const refused = plan?.refused.find((one) => one.node === node);
  const rollback = parts.rollbacks.find((one) => one.node === node);
  const deployed = lastOf(parts.verifications, 'deployed', node);
  const after = lastOf(parts.verifications, 'after-rollback', node);
  const leafBefore = backup?.servedLeaves.client ?? backup?.servedLeaves.internode;
  const isDeployed = record.detail.nodes?.some((one) => one.node === node) ?? backup !== undefined;
  const latest = after ?? deployed;
  const why = rollback?.error ?? planned?.why ?? refused?.why;
  return {
    node,
    address,
    before: leafBefore === undefined ? null : fingerprintOf(leafBefore),
    deployed: deployed?.onDisk ?? null,
    after: latest?.served.client ?? latest?.served.internode ?? null,
    outcome: outcomeOfNode(verdict, {
      id: node,
      isDeployed,
      back: plan !== null && expectedBack(plan).includes(node),
      refused: refused !== undefined,
      failed: rollback?.ok === false && planned !== undefined,
      deployed,
      after,
    }),
    ...(planned && { way: planned.way }),
    ...(why !== undefined && { why }),
    ...(backup && { backupId: backup.backupId, backupStatus: backup.status }),
    ...(backup?.versionId !== undefined && { backupVersion: backup.versionId }),
    ...(rollback && { rollbackMs: rollback.ms }),
  };
}

/** I7: old verified, new verified, or handed to a person; `unknown` and `untouched` say that nothing was done there. */
function outcomeOfNode(
  verdict: Verdict,
  node: {
    id: string;
    isDeployed: boolean;
    /** Went back, or was found as before. */
    back: boolean;
    refused: boolean;
    failed: boolean;
    deployed: NodeVerification | undefined;
    after: NodeVerification | undefined;
  },
): ReportedNode['outcome'] {
  if (node.back) return node.after?.outcome === 'passed' && !node.failed ? 'old-verified' : 'handed-over';
  if (node.refused) return 'handed-over';
  if (!node.isDeployed) return 'untouched';
  const passed = (node.after ?? node.deployed)?.outcome === 'passed';
  // Nodes that were good while others went back stay on the new certificate.
  if (verdict.verdict !== 'hold' && passed) return 'new-verified';
  return verdict.nodes.includes(node.id) ? 'handed-over' : 'unknown';
}

function outcomeOf({ verdict, plan, record }: ReportParts, nodes: readonly ReportedNode[]): Report['outcome'] {
  if (verdict.verdict === 'keep') return 'kept';
  if (verdict.verdict === 'hold') return 'held';
  if (plan && expectedBack(plan).length === 0) return 'refused';
  // Every node may be back, and yet the rollback could not be concluded: the record says so, and a person was told.
  if (record.state === 'handed-over') return 'handed-over';
  return plan !== null && nodes.every(({ outcome }) => outcome !== 'handed-over') ? 'rolled-back' : 'handed-over';
}

function nextStepOf(
  outcome: Report['outcome'],
  verdict: Verdict,
  plan: RollbackPlan | null,
  nodes: readonly ReportedNode[],
  rollbacks: readonly NodeRollback[],
): string {
  if (outcome === 'kept' || outcome === 'held') return verdict.nextStep;
  if (outcome === 'rolled-back') return 'Nothing to do on the cluster. Mend the certificate, and deploy it under a new deploymentId.';
  const handed = nodes.filter((node) => node.outcome === 'handed-over').map(({ node }) => node);
  const failed = rollbacks.find(({ ok }) => !ok);
  const refused = plan?.refused.find(({ wayForward }) => wayForward !== NOTHING_TO_DO);
  const missing =
    handed.length > 0 ? 'its proof is missing' : 'the rollback could not be concluded; ringward rollback looks at every node again.';
  const because = failed?.error ?? (refused ? `${refused.why}. ${refused.wayForward}` : missing);
  return `A person is needed on ${handed.join(', ') || 'the cluster'}: ${because}`;
}

function lastOf(verifications: Report['verifications'], moment: 'deployed' | 'after-rollback', node: string): NodeVerification | undefined {
  return verifications
    .filter((one) => one.moment === moment)
    .sort((a, b) => a.window - b.window)
    .flatMap(({ nodes }) => nodes)
    .filter((one) => one.node === node)
    .at(-1);
}
