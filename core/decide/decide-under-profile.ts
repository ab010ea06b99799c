/**
 * A decision by the rules of a profile: only what the profile requires counts, what staging never kept is watched for longer, and
 * where the profile says so Ringward holds and asks instead of going back, or keeping, by itself.
 */

import { withoutAdvice } from '../profile/binding-checks.ts';
import type { StagingStanding } from '../profile/consistency.ts';
import type { Profile } from '../profile/profile.ts';
import { type DeploymentEvidence, decideDeployment } from './decide-deployment.ts';
import type { HealthTimer } from './triggers/health-failing.ts';
import type { Decision, Verdict } from './verdict.ts';

export interface DecisionRules {
  readonly cluster: string;
  /** Name of the profile, for a person. */
  readonly name: string;
  readonly profile: Profile;
  /** How the artifact stands to staging; null where the profile does not ask. */
  readonly staging: StagingStanding | null;
}

/** Share of the shortest deadline that a lengthened soak may take, so that it can still end. */
const MOST_OF_DEADLINE = 0.9;

/** The evidence as the profile has it judged. Doing it twice changes nothing. */
export function underProfile(evidence: DeploymentEvidence, rules: DecisionRules): DeploymentEvidence {
  return {
    ...evidence,
    limits: { ...rules.profile.limits, soakSeconds: soakOf(rules) },
    verifications: evidence.verifications.map(withoutAdvice),
    healthTimer: healthTimerOf(rules),
  };
}

function healthTimerOf({ profile: { measured } }: DecisionRules): HealthTimer {
  return { failingSeconds: measured.healthFailingSeconds, graceSeconds: measured.warmUpS + measured.graceS };
}

/** Seconds of soak; longer for what staging never kept, and never so long that it could not end before its deadlines. */
export function soakOf({ profile, staging }: Pick<DecisionRules, 'profile' | 'staging'>): number {
  const { soakSeconds, performanceSeconds, verificationSeconds } = profile.limits;
  if (staging === null || staging.kept) return soakSeconds;
  const longer = soakSeconds * profile.consistency.unseenSoakFactor;
  return Math.max(soakSeconds, Math.min(longer, MOST_OF_DEADLINE * Math.min(performanceSeconds, verificationSeconds)));
}

/** Pure, as {@link decideDeployment}. */
export function decideUnderProfile(evidence: DeploymentEvidence, rules: DecisionRules): Decision {
  const decision = decideDeployment(underProfile(evidence, rules));
  const unseen = rules.staging !== null && !rules.staging.kept;
  if (decision.decision === 'watch')
    return unseen ? { ...decision, why: `${decision.why} ${saidShort(rules)}, so the soak is of ${soakOf(rules)} s.` } : decision;
  const notices = [...(decision.verdict.notices ?? []), ...noticesOf(rules)];
  const verdict = { ...decision.verdict, ...(notices.length > 0 ? { notices } : {}) };
  if (verdict.verdict === 'roll-back') return { decision: 'decided', verdict: asked(verdict, evidence, rules) };
  if (verdict.verdict === 'keep') return { decision: 'decided', verdict: stagingFirst(verdict, rules) };
  return { decision: 'decided', verdict };
}

const saidShort = ({ staging }: DecisionRules): string =>
  staging?.how === 'unknown' ? 'Whether staging kept the artifact is not known' : 'Staging never kept the artifact';

function noticesOf({ staging, profile }: DecisionRules): readonly string[] {
  if (staging === null || staging.kept) return [];
  const longer = soakOf({ staging, profile });
  return [`${staging.sentence} The soak lasts ${longer} s instead of ${profile.limits.soakSeconds} s.`];
}

/** Every node of a deployment of more than one is the cluster's scope; anything less is a node's. */
export function scopeOf(nodes: readonly string[], deployedNodes: readonly string[]): 'node' | 'cluster' {
  return deployedNodes.length > 1 && deployedNodes.every((node) => nodes.includes(node)) ? 'cluster' : 'node';
}

/** Where the profile has a person asked, the plan is the next step of a hold. */
function asked(verdict: Verdict, { deployedNodes }: DeploymentEvidence, { cluster, name, profile }: DecisionRules): Verdict {
  const scope = scopeOf(verdict.nodes, deployedNodes);
  if (profile.rollBack[scope] === 'automatic') return verdict;
  const people = profile.approvals[scope];
  const approval = people === 0 ? '' : ` It takes the approval of ${people === 1 ? 'one person' : `${people} people`}.`;
  const what = scope === 'cluster' ? 'whole deployments' : 'single nodes';
  return {
    ...verdict,
    verdict: 'hold',
    nodes: [],
    reason: `${verdict.reason} No rollback by itself: the profile ${name} has a person asked before ${what} go back.`,
    nextStep: `The plan: ${verdict.nodes.join(', ')} back to the certificate of before. ringward rollback --cluster ${cluster}${verdict.nodes.map((node) => ` --node ${node}`).join('')} (--dry-run shows each step).${approval}`,
  };
}

function stagingFirst(verdict: Verdict, { name, profile, staging }: DecisionRules): Verdict {
  if (!profile.consistency.requireStaging || staging?.kept === true) return verdict;
  return {
    ...verdict,
    verdict: 'hold',
    reason:
      `${verdict.reason} It is not kept: the profile ${name} requires that staging keeps the artifact first. ${staging?.sentence ?? ''}`.trim(),
    nextStep:
      'Deploy the same artifact to staging and let it be kept; then start verify-deployment again. Or roll back by hand: ringward rollback.',
  };
}
