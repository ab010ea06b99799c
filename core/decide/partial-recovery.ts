/**
 * Going back for want of stability: a node that was bad and well again so often that it is not waited for any longer goes back where two
 * kinds of vantage point proved it bad in at least one of its episodes; else a person is asked.
 */
import type { Profile } from '../profile/profile.ts';
import { measuredEpisodes } from './against-measured.ts';
import type { DeploymentEvidence } from './deployment-evidence.ts';
import { type Course, episodesSentence, type Flapping } from './episodes.ts';
import { decideAgainst } from './go-back.ts';
import type { Decision, Verdict } from './verdict.ts';

/** The decision in place of one that would watch on, or hold for want of evidence; null where it stands. */
export function afterEpisodes(decision: Decision, course: Course, evidence: DeploymentEvidence, profile: Profile): Decision | null {
  const { mostEpisodes } = profile.stability;
  // What was decided by proof, or by a whole soak, is decided.
  if (decision.decision === 'decided' && decision.question === undefined)
    return decision.verdict.verdict === 'keep' && mostEpisodes > 0 && measuredEpisodes(evidence) >= mostEpisodes
      ? askedBeforeKeeping(decision.verdict, evidence)
      : null;
  const unstable = course.flapping.filter(({ times }) => mostEpisodes > 0 && times >= mostEpisodes);
  if (unstable.length === 0) return null;
  const told = `${episodesSentence(unstable)} Never was there a stable soak, so it is not waited for any longer.`;
  const proven = unstable.filter((one) => one.proven);
  if (proven.length > 0) {
    const decided = decideAgainst(proven.map(asProvenBad), evidence);
    if (decided.decision !== 'decided') return decided;
    const { verdict } = decided;
    const back: Verdict = { ...verdict, reason: `${told} Two kinds of vantage point proved it in an episode: ${verdict.reason}` };
    return verdict.verdict === 'roll-back'
      ? { decision: 'decided', verdict: back }
      : { decision: 'decided', verdict: back, question: { about: 'partial-recovery' } };
  }
  // Where a share of all connections fails, each look is well or bad by chance: how large the share is, is tested, and the test has until the deadline.
  if (decision.decision === 'watch' && unstable.some(({ node }) => isUnsettled(node, evidence))) return null;
  const findings = unstable.flatMap((one) => one.findings);
  return {
    decision: 'decided',
    question: { about: 'partial-recovery' },
    verdict: {
      verdict: 'hold',
      nodes: [],
      reason: `${told} No episode was proven by two kinds of vantage point, so nothing goes back by itself.`,
      evidence: findings,
      vantagePoints: [...new Set(findings.map(({ seenBy }) => seenBy))],
      nextStep: 'Look at the nodes named; then start verify-deployment again, or roll back by hand: ringward rollback.',
      decidedAt: evidence.now,
      epoch: evidence.epoch,
    },
  };
}

/** Soaked in the end, after measurements that came and went: whether that is well enough, a person says. */
function askedBeforeKeeping(kept: Verdict, evidence: DeploymentEvidence): Decision {
  const times = measuredEpisodes(evidence);
  return {
    decision: 'decided',
    question: { about: 'partial-recovery' },
    verdict: {
      ...kept,
      verdict: 'hold',
      reason: `Measurements were out of the ordinary ${times} times, and well again; never enough to go back by themselves. ${kept.reason}`,
      nextStep: 'Look at the report’s measurements; then start verify-deployment again, or roll back by hand: ringward rollback.',
    },
  };
}

const isUnsettled = (node: string, { measured }: DeploymentEvidence): boolean =>
  measured?.evidence.probes === 'required' && (measured.evidence.unsettled?.includes(node) ?? false);

const asProvenBad = ({ node, findings }: Flapping) => ({
  node,
  proofs: findings,
  kinds: [...new Set(findings.map(({ seenBy }) => seenBy))],
});
