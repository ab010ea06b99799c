/** The votes of one look: counted, and what of them a person is told. */
import { voiceOf } from '../quorum/agreement.ts';
import { kindsExpected, kindsMissing, type Tally, tally } from '../quorum/tally.ts';
import type { Vote } from '../quorum/vote.ts';
import { FINDING_CODES } from '../verify/codes.ts';
import type { Finding, NodeVerification, VantagePoint } from '../verify/findings.ts';

/** What was seen in one look, and who voted on it. */
export interface VotedLook {
  readonly verifications: readonly NodeVerification[];
  /** Votes of this look that were taken in this epoch; absent where evidence is judged that nobody voted on. */
  readonly votes?: readonly Vote[];
  /** Sources of evidence that are not asked, as they are known to be broken, in words. */
  readonly notAsked?: readonly string[];
}

/** The votes of this look, counted over what its evidence says now. */
export function tallyOfLook({ verifications, votes }: VotedLook): Tally {
  const known = verifications.map(({ node, checks }) => ({
    node,
    checks: checks.map((check) => ({ ...check, findings: check.findings.filter(({ code }) => code in FINDING_CODES) })),
  }));
  return tally(known, votes ?? null, kindsExpected(verifications.length));
}

/** Kinds of vantage point of which nobody voted in this look. */
export const missingFrom = ({ verifications, votes }: VotedLook): VantagePoint[] =>
  kindsMissing(votes ?? null, kindsExpected(verifications.length));

/** Why proofs are no proof enough: one kind of vantage point, or one host that speaks as two. */
export function onlyOne(proofs: readonly Finding[]): string {
  const kinds = [...new Set(proofs.map(({ seenBy }) => seenBy))];
  const hosts = [...new Set(proofs.map(voiceOf))];
  return kinds.length > 1 && hosts.length === 1
    ? `Only ${hosts[0]} says so, and two hosts must agree before a rollback.`
    : `Only the vantage point "${kinds.join('", "')}" shows it, and two kinds must agree before a rollback.`;
}

/** Who said nothing, and what was not asked; empty when nobody is missing. Begins with a space. */
export function missingSentence(evidence: VotedLook): string {
  const missing = missingFrom(evidence);
  const silent = missing.length > 0 ? ` Nobody voted from: ${missing.join(', ')}.` : '';
  const broken = (evidence.notAsked ?? []).map((source) => ` Not asked: ${source}.`);
  return `${silent}${broken.join('')}`;
}
