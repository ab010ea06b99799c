/** What one vantage point votes in one round of one epoch: what its view says, by its own clock, and the evidence for it by hash. */
import { z } from 'zod';
import { canonicalHash, canonicalJson } from '../canonical.ts';
import type { Registration } from '../cluster/registration.ts';
import { RingwardError } from '../errors/catalogue.ts';
import { type Finding, VantagePoint } from '../verify/findings.ts';
import { CLIENT, wordOf } from './agreement.ts';

const name = z.string().min(1).max(200);

export const Accusation = z.object({ node: name, code: name, weight: z.enum(['proof', 'support']) });
export type Accusation = z.infer<typeof Accusation>;

export const Vote = z.object({
  cluster: name,
  deployment: name,
  epoch: z.int().min(0),
  /** The window that the vantage point looked in. */
  round: z.int().min(0),
  kind: VantagePoint,
  /** Id of the node that looked, or `client`. */
  voter: name,
  /** What it says against which node; empty when it saw nothing bad. Sorted. */
  accuses: z.array(Accusation),
  /** Where the evidence lies, and its hash: whoever counts the vote judges that very evidence again. */
  evidence: z.object({ key: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  /** By the voter's clock, ms. */
  judgedAt: z.number(),
});
export type Vote = z.infer<typeof Vote>;

/** `kind/voter`: unique in a round. */
export const voterOf = ({ kind, voter }: Pick<Vote, 'kind' | 'voter'>): string => `${kind}/${voter}`;

/** The hash that a vote names its evidence by; of the value as JSON carries it. */
export const evidenceHash = (value: unknown): string => canonicalHash(JSON.parse(JSON.stringify(value)));

/** What findings of one voice say against nodes, each once, in one order. */
export function accusationsOf(findings: readonly Finding[]): Accusation[] {
  const said = findings.flatMap((finding) => {
    const word = wordOf(finding);
    return word ? [{ node: finding.node, code: word.code, weight: word.weight }] : [];
  });
  const byText = new Map(said.map((one) => [`${one.node} ${one.code} ${one.weight}`, one]));
  return [...byText].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** Two votes that say the same; a repeated call judges at another moment, and that alone makes no other vote. */
export function isSameVote(one: Vote, other: Vote): boolean {
  if (one.evidence.sha256 !== other.evidence.sha256) return false;
  const said = ({ judgedAt: _, ...vote }: Vote): string => canonicalJson(vote);
  return said(one) === said(other);
}

/** Throws VANTAGE_POINT_UNKNOWN for a voter that is none of this cluster, or that speaks of what it cannot see. */
export function checkVoter(vote: Vote, { cluster, nodes }: Pick<Registration, 'cluster' | 'nodes'>): void {
  const refuse = (field: string, value: string, message: string): never => {
    throw new RingwardError('VANTAGE_POINT_UNKNOWN', { field, value, message });
  };
  const isNode = (id: string): boolean => nodes.some(({ node }) => node === id);
  if (vote.cluster !== cluster) refuse('cluster', vote.cluster, `the vote is for another cluster than ${cluster}`);
  if (vote.kind === 'client' ? vote.voter !== CLIENT : !isNode(vote.voter))
    refuse('voter', voterOf(vote), `${cluster} has no such vantage point`);
  for (const { node } of vote.accuses) {
    if (!isNode(node)) refuse('accuses.node', node, `${cluster} has no such node`);
    if (vote.kind === 'node' && node !== vote.voter) refuse('accuses.node', node, 'a node sees nobody but itself');
    if (vote.kind === 'peer' && node === vote.voter) refuse('accuses.node', node, 'a peer speaks of others, never of itself');
  }
}
