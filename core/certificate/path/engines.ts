/**
 * Our own validation beside the engines of clients. What any of them refuses is refused, since clients with it would not
 * connect; where they disagree, it is said in words who says what, and what that means.
 */
import type { ChainVerdict } from './check-chain.ts';
import { type ChainCode, type ChainFinding, chainFinding } from './finding.ts';

/** What another engine says of the same chain. */
export interface EngineAnswer {
  /** With its version, `OpenSSL 3.0.17`. */
  readonly engine: string;
  readonly verdict: 'accept' | 'refuse' | 'not-asked';
  /** Its own words for a refusal, or why it was not asked; null when it accepts. */
  readonly reason: string | null;
  /** Were the names put to it that are dialled? Left out: they were not. Revocation is put to none. */
  readonly askedNames?: boolean;
}

const OF_REVOCATION: ReadonlySet<ChainCode> = new Set(['LEAF_REVOKED', 'CHAIN_AUTHORITY_REVOKED', 'REVOCATION_UNKNOWN']);
const OF_NAMES: ReadonlySet<ChainCode> = new Set(['NAMES_MISSING', 'NAME_NOT_COVERED']);

/** The verdict of all, with a finding for each disagreement. */
export function withEngines(ours: ChainVerdict, engines: readonly EngineAnswer[]): ChainVerdict {
  const accepted = ours.verdict === 'accept';
  const refusing = accepted ? engines.filter(({ verdict }) => verdict === 'refuse') : [];
  const accepting = accepted ? [] : engines.filter(({ verdict }) => verdict === 'accept');
  const refusals = ours.findings.filter(({ severity }) => severity === 'refuse').map(({ code }) => code);
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
    ...accepting.flatMap((answer) => acceptance(answer, refusals)),
  ];
  return {
    ...ours,
    verdict: accepted && refusing.length === 0 ? 'accept' : 'refuse',
    findings: [...ours.findings, ...findings].toSorted((a, b) => Number(a.severity === 'notice') - Number(b.severity === 'notice')),
  };
}

/** An engine disagrees only in what was put to it; of the rest it knows nothing, and nothing of its clients is known. */
function acceptance({ engine, askedNames = false }: EngineAnswer, refusals: readonly ChainCode[]): ChainFinding[] {
  const unasked = refusals.filter((code) => OF_REVOCATION.has(code) || (!askedNames && OF_NAMES.has(code)));
  const asked = refusals.filter((code) => !unasked.includes(code));
  if (asked.length === 0) return [];
  const observed =
    unasked.length === 0
      ? `${engine} accepts it: clients with it would connect, and others would not`
      : `${engine} accepts the chain; it was not asked about ${unasked.join(', ')}`;
  const expected = `refused, as by our own validation (${asked.join(', ')})`;
  return [chainFinding('ENGINE_ACCEPTS', null, expected, observed, `${engine} does not look at it, or allows it`)];
}
