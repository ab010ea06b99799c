/**
 * Our own validation beside the engines of clients. What any of them refuses is refused, since clients with it would not
 * connect; where they disagree, it is said in words who says what, and what that means.
 */
import type { ChainVerdict } from './check-chain.ts';
import { type ChainFinding, chainFinding } from './finding.ts';

/** What another engine says of the same chain. */
export interface EngineAnswer {
  /** With its version, `OpenSSL 3.0.17`. */
  readonly engine: string;
  readonly verdict: 'accept' | 'refuse' | 'not-asked';
  /** Its own words for a refusal, or why it was not asked; null when it accepts. */
  readonly reason: string | null;
}

/** The verdict of all, with a finding for each disagreement. */
export function withEngines(ours: ChainVerdict, engines: readonly EngineAnswer[]): ChainVerdict {
  const accepted = ours.verdict === 'accept';
  const refusing = accepted ? engines.filter(({ verdict }) => verdict === 'refuse') : [];
  const accepting = accepted ? [] : engines.filter(({ verdict }) => verdict === 'accept');
  const reasons = ours.findings.filter(({ severity }) => severity === 'refuse').map(({ code }) => code);
  const findings: ChainFinding[] = [
    ...refusing.map(({ engine, reason }) =>
      chainFinding(
        'ENGINE_REFUSES',
        null,
        'accepted, as by our own validation',
        `${engine} refuses it: ${reason}`,
        `${engine}’s own rules`,
      ),
    ),
    ...accepting.map(({ engine }) =>
      chainFinding(
        'ENGINE_ACCEPTS',
        null,
        `refused, as by our own validation (${reasons.join(', ')})`,
        `${engine} accepts it: clients with it would connect, and others would not`,
        `${engine} does not look at it, or allows it`,
      ),
    ),
  ];
  return {
    ...ours,
    verdict: accepted && refusing.length === 0 ? 'accept' : 'refuse',
    findings: [...ours.findings, ...findings].toSorted((a, b) => Number(a.severity === 'notice') - Number(b.severity === 'notice')),
  };
}
