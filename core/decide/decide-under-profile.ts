/**
 * A decision by the rules of a profile: only what the profile requires counts, what staging never kept is watched for longer, and
 * where the profile says so Ringward holds and asks instead of going back, or keeping, by itself.
 */

import { unusualSentence } from '../anomaly/unusual.ts';
import { withoutAdvice } from '../profile/binding-checks.ts';
import type { StagingStanding } from '../profile/consistency.ts';
import type { Profile } from '../profile/profile.ts';
import { courseOf } from './course.ts';
import { decideDeployment } from './decide-deployment.ts';
import type { DeploymentEvidence } from './deployment-evidence.ts';
import { type Course, episodesSentence } from './episodes.ts';
import { afterEpisodes } from './partial-recovery.ts';
import { soakAfter, soakOf, whyLonger } from './soak.ts';
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

/** The evidence as the profile has it judged. Doing it twice changes nothing. */
export function underProfile(evidence: DeploymentEvidence, rules: DecisionRules): DeploymentEvidence {
  const { limits } = rules.profile;
  const binding = { ...evidence, limits, verifications: evidence.verifications.map(withoutAdvice), healthTimer: healthTimerOf(rules) };
  return { ...binding, limits: { ...limits, soakSeconds: soakAfter(rules, courseOf(binding), binding) } };
}

function healthTimerOf({ profile: { measured } }: DecisionRules): HealthTimer {
  return { failingSeconds: measured.healthFailingSeconds, graceSeconds: measured.warmUpS + measured.graceS };
}

/** Pure, as {@link decideDeployment}. */
export function decideUnderProfile(evidence: DeploymentEvidence, rules: DecisionRules): Decision {
  const judged = underProfile(evidence, rules);
  const course = courseOf(judged);
  const looked = decideDeployment(judged);
  const decision = afterEpisodes(looked, course, judged, rules.profile) ?? looked;
  if (decision.decision === 'watch') return { ...decision, why: [decision.why, ...whyLong(rules, course, judged)].join(' ') };
  const verdict = withNotices(decision.verdict, rules, course, judged);
  if (verdict.verdict === 'roll-back') return asked(verdict, evidence, rules);
  if (verdict.verdict === 'keep') return { ...decision, verdict: stagingFirst(verdict, rules) };
  return { ...decision, verdict };
}

/** Why a watch lasts longer than the profile says, one sentence each. */
function whyLong(rules: DecisionRules, course: Course, evidence: DeploymentEvidence): string[] {
  const { staging } = rules;
  const said = staging?.how === 'unknown' ? 'Whether staging kept the artifact is not known' : 'Staging never kept the artifact';
  const unseen = staging !== null && !staging.kept ? [`${said}, so the soak is of ${soakOf(rules)} s.`] : [];
  const unusual = unusualSentence(course.unusual);
  return [...unseen, ...whyLonger(rules, course, evidence), ...(unusual === null ? [] : [unusual])];
}

/** The verdict with what a person should know besides. */
export function withNotices(verdict: Verdict, rules: DecisionRules, course: Course, evidence: DeploymentEvidence): Verdict {
  const { staging, profile } = rules;
  const [episodes, unusual] = [episodesSentence(course.flapping), unusualSentence(course.unusual)];
  const notices = [
    ...(verdict.notices ?? []),
    ...(staging !== null && !staging.kept
      ? [`${staging.sentence} The soak lasts ${soakOf(rules)} s instead of ${profile.limits.soakSeconds} s.`]
      : []),
    ...(episodes === null ? [] : [episodes]),
    ...(unusual === null ? [] : [unusual]),
    ...(verdict.verdict === 'roll-back' ? [] : whyLonger(rules, course, evidence)),
  ];
  return notices.length === 0 ? verdict : { ...verdict, notices };
}

/** Every node of a deployment of more than one is the cluster's scope; anything less is a node's. */
export function scopeOf(nodes: readonly string[], deployedNodes: readonly string[]): 'node' | 'cluster' {
  return deployedNodes.length > 1 && deployedNodes.every((node) => nodes.includes(node)) ? 'cluster' : 'node';
}

/** Where the profile has a person asked, the plan is the next step of a hold. */
function asked(verdict: Verdict, { deployedNodes }: DeploymentEvidence, { cluster, name, profile }: DecisionRules): Decision {
  const scope = scopeOf(verdict.nodes, deployedNodes);
  if (profile.rollBack[scope] === 'automatic') return { decision: 'decided', verdict };
  const people = profile.approvals[scope];
  const approval = people === 0 ? '' : ` It takes the approval of ${people === 1 ? 'one person' : `${people} people`}.`;
  const what = scope === 'cluster' ? 'whole deployments' : 'single nodes';
  const held: Verdict = {
    ...verdict,
    verdict: 'hold',
    nodes: [],
    reason: `${verdict.reason} No rollback by itself: the profile ${name} has a person asked before ${what} go back.`,
    nextStep: `The plan: ${verdict.nodes.join(', ')} back to the certificate of before. ringward rollback --cluster ${cluster}${verdict.nodes.map((node) => ` --node ${node}`).join('')} (--dry-run shows each step).${approval}`,
  };
  return { decision: 'decided', verdict: held, question: { about: 'rule', plan: verdict.nodes } };
}

/** What staging must keep first is not kept without it, whoever says so. */
export function stagingFirst(verdict: Verdict, { name, profile, staging }: DecisionRules): Verdict {
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
