/**
 * Counts the votes of one look: which nodes are proven bad, what one kind alone says, whose voice is missing.
 *
 * A vote is a claim, and its evidence is judged again by whoever counts, by another clock. What counts against a node is what both
 * say: the evidence as judged now, told by a voter whose vote was taken in this epoch. Where a code depends on the time of day, the voter
 * must have said the same by its own clock, so that one wrong clock proves nothing.
 */
import type { Finding, NodeVerification, VantagePoint } from '../verify/findings.ts';
import { countedWords, isProven, voiceOf, wordOf } from './agreement.ts';
import { type Vote, voterOf } from './vote.ts';

/** Codes whose truth depends on the clock of whoever judges. */
const OF_THE_CLOCK: ReadonlySet<string> = new Set([
  'LEAF_EXPIRED',
  'LEAF_NOT_YET_VALID',
  'CHAIN_INTERMEDIATE_EXPIRED',
  'CHAIN_INTERMEDIATE_NOT_YET_VALID',
  'SERVICE_NOT_RUNNING',
]);

export interface NodeTally {
  readonly node: string;
  /** What counts against it, told by voters of this epoch. */
  readonly counted: readonly Finding[];
  readonly kinds: readonly VantagePoint[];
  /** Two kinds agree, and they are two hosts. */
  readonly proven: boolean;
}

export interface Tally {
  readonly nodes: readonly NodeTally[];
  /** Kinds of vantage point of which nobody voted. */
  readonly missing: readonly VantagePoint[];
  /** Votes against a node of which their own evidence, judged again, says nothing bad: `kind/voter against node`. */
  readonly notReproduced: readonly string[];
}

/** Kinds that a ring of this many nodes has: a single node has no peer. */
export function kindsExpected(nodes: number): readonly VantagePoint[] {
  return nodes > 1 ? ['node', 'peer', 'client'] : ['node', 'client'];
}

/** Two kinds are needed for any verdict; where fewer voted, nothing is decided by the votes. */
export const isQuorate = ({ missing }: Pick<Tally, 'missing'>, expected: readonly VantagePoint[]): boolean =>
  expected.length - missing.length >= 2;

/**
 * @param verifications the evidence of this look, judged again now
 * @param votes of this look in this epoch, as they were taken; null counts every finding (a replay of evidence without votes)
 */
export function tally(
  verifications: readonly Pick<NodeVerification, 'node' | 'checks'>[],
  votes: readonly Vote[] | null,
  expected: readonly VantagePoint[],
): Tally {
  const heard = votes && new Map(votes.map((vote) => [voterOf(vote), vote]));
  const missing = kindsMissing(votes, expected);
  const nodes = verifications.map(({ node, checks }) => {
    const findings = checks.flatMap((check) => check.findings).filter((finding) => !heard || isHeard(finding, heard));
    return tallyOf(node, findings);
  });
  const quorate = isQuorate({ missing }, expected);
  return {
    nodes: quorate ? nodes : nodes.map((one) => ({ ...one, proven: false })),
    missing,
    notReproduced: (votes ?? []).flatMap((vote) => notReproduced(vote, verifications)),
  };
}

/** Kinds of vantage point of which nobody voted; none where nobody was to vote. */
export function kindsMissing(votes: readonly Vote[] | null, expected: readonly VantagePoint[]): VantagePoint[] {
  return votes ? expected.filter((kind) => !votes.some((vote) => vote.kind === kind)) : [];
}

/** What findings about one node amount to. */
export function tallyOf(node: string, findings: readonly Finding[]): NodeTally {
  const words = findings.flatMap((finding) => {
    const word = wordOf(finding);
    return word ? [{ ...word, finding }] : [];
  });
  const counted = countedWords(words);
  return {
    node,
    counted: counted.map(({ finding }) => finding),
    kinds: [...new Set(counted.map(({ kind }) => kind))],
    proven: isProven(words),
  };
}

function isHeard(finding: Finding, heard: ReadonlyMap<string, Vote>): boolean {
  // A node's own dialling is told in its own report: it has one voice, and that is the node's.
  const own = finding.seenBy === 'peer' && voiceOf(finding) === finding.node;
  const vote = heard.get(voterOf({ kind: own ? 'node' : finding.seenBy, voter: voiceOf(finding) }));
  if (!vote) return false;
  return !OF_THE_CLOCK.has(finding.code) || own || vote.accuses.some(({ node, code }) => node === finding.node && code === finding.code);
}

function notReproduced(vote: Vote, verifications: readonly Pick<NodeVerification, 'node' | 'checks'>[]): string[] {
  const said = (node: string): Finding[] =>
    verifications.filter((one) => one.node === node).flatMap(({ checks }) => checks.flatMap(({ findings }) => findings));
  const accused = [...new Set(vote.accuses.filter(({ weight }) => weight === 'proof').map(({ node }) => node))];
  return accused
    .filter((node) => !said(node).some((finding) => isProof(finding) && voiceOf(finding) === vote.voter))
    .map((node) => `${voterOf(vote)} against ${node}`);
}

const isProof = ({ severity }: Finding): boolean => severity === 'proof';
