import { describe, expect, test } from 'vitest';
import { isProven, type Word } from '../../../core/quorum/agreement.ts';
import { isQuorate, kindsExpected, tally } from '../../../core/quorum/tally.ts';
import { checkVoter, isSameVote, type Vote } from '../../../core/quorum/vote.ts';
import type { Finding } from '../../../core/verify/findings.ts';
import { CLUSTER, judgedAgain, saw, voteOf } from './votes.ts';

const word = (kind: Word['kind'], by: string, code = 'LEAF_EXPIRED', weight: Word['weight'] = 'proof'): Word => ({
  kind,
  by,
  code,
  weight,
});
const KINDS = kindsExpected(3);
const silent = [voteOf('node', 'n1', []), voteOf('node', 'n2', []), voteOf('peer', 'n1', []), voteOf('client', 'client', [])];
const proven = (findings: readonly Finding[], votes: readonly Vote[]) =>
  tally(judgedAgain(findings), votes, KINDS)
    .nodes.filter((one) => one.proven)
    .map(({ node }) => node);

describe('a node is proven bad', () => {
  test('by two kinds, told by two hosts', () => {
    expect(isProven([word('node', 'n1'), word('client', 'client')])).toBe(true);
    expect(isProven([word('peer', 'n2'), word('client', 'client')])).toBe(true);
  });

  test('never by one kind, however many of it speak', () => {
    expect(isProven([word('peer', 'n2'), word('peer', 'n3'), word('peer', 'n4')])).toBe(false);
  });

  test('never by one host that speaks as two kinds', () => {
    expect(isProven([word('node', 'n1'), word('peer', 'n1')])).toBe(false);
    expect(isProven([word('node', 'n1'), word('peer', 'n1'), word('peer', 'n2')])).toBe(true);
  });

  test('by a proof and what supports that proof, never by support alone', () => {
    const down = word('node', 'n1', 'SERVICE_NOT_RUNNING');
    expect(isProven([down, word('peer', 'n2', 'NODE_SEEN_DOWN', 'support')])).toBe(true);
    expect(isProven([word('node', 'n1', 'LEAF_EXPIRED'), word('peer', 'n2', 'NODE_SEEN_DOWN', 'support')])).toBe(false);
    expect(isProven([word('client', 'client', 'CLIENT_UNREACHABLE', 'support'), word('peer', 'n2', 'NODE_SEEN_DOWN', 'support')])).toBe(
      false,
    );
  });
});

describe('the count', () => {
  const findings = [saw('node', 'n2', 'n2'), saw('peer', 'n1', 'n2'), saw('client', 'client', 'n2')];
  const votes = [voteOf('node', 'n2', findings.slice(0, 1)), voteOf('peer', 'n1', findings.slice(1, 2))];

  test('takes what the evidence says where its voter’s vote was taken', () => {
    expect(proven(findings.slice(0, 2), votes)).toEqual(['n2']);
  });

  test('leaves out evidence whose voter has no vote in this epoch: cut off, late, or fenced', () => {
    expect(proven(findings, [...votes.slice(0, 1), voteOf('peer', 'n3', [])])).toEqual([]);
  });

  test('leaves out an accusation that its own evidence does not bear, and says so', () => {
    const liar = voteOf('client', 'client', [saw('client', 'client', 'n1')]);
    const counted = tally(judgedAgain(findings.slice(0, 1)), [votes[0] as Vote, liar, voteOf('peer', 'n1', [])], KINDS);
    expect(counted.nodes.some((one) => one.proven)).toBe(false);
    expect(counted.notReproduced).toEqual(['client/client against n1']);
  });

  test('what depends on the time of day needs the voter’s clock too: one wrong clock proves nothing', () => {
    const expired = [saw('node', 'n2', 'n2', 'LEAF_EXPIRED'), saw('client', 'client', 'n2', 'LEAF_EXPIRED')];
    expect(proven(expired, silent)).toEqual([]);
    expect(proven(expired, [voteOf('node', 'n2', expired.slice(0, 1)), voteOf('client', 'client', expired.slice(1))])).toEqual(['n2']);
  });

  test('one kind dead: it still decides, and the kind is named', () => {
    const counted = tally(judgedAgain(findings.slice(0, 2)), votes, KINDS);
    expect(counted.missing).toEqual(['client']);
    expect(isQuorate(counted, KINDS)).toBe(true);
  });

  test('two kinds dead: nothing is proven', () => {
    const counted = tally(judgedAgain(findings), votes.slice(0, 1), KINDS);
    expect(counted.missing).toEqual(['peer', 'client']);
    expect(counted.nodes.some((one) => one.proven)).toBe(false);
    expect(isQuorate(counted, KINDS)).toBe(false);
  });

  test('a single node has no peer: its own word and the client’s are both needed', () => {
    expect(kindsExpected(1)).toEqual(['node', 'client']);
    expect(isQuorate({ missing: ['client'] }, kindsExpected(1))).toBe(false);
  });
});

describe('a vote', () => {
  test('is the same when only its moment differs', () => {
    const vote = voteOf('node', 'n1', []);
    expect(isSameVote(vote, { ...vote, judgedAt: 99 })).toBe(true);
    expect(isSameVote(vote, { ...vote, evidence: { ...vote.evidence, sha256: 'a'.repeat(64) } })).toBe(false);
    expect(isSameVote(vote, voteOf('node', 'n1', [saw('node', 'n1', 'n1')]))).toBe(false);
  });

  test.each([
    ['a node that is not registered', voteOf('node', 'n9', [])],
    ['a client of another name', voteOf('client', 'n1', [])],
    ['a node that speaks of another', voteOf('node', 'n1', [saw('node', 'n1', 'n2')])],
    ['a peer that speaks of itself', voteOf('peer', 'n1', [saw('peer', 'n1', 'n1')])],
    ['an accusation of nobody', voteOf('client', 'client', [saw('client', 'client', 'n9')])],
    ['another cluster', voteOf('client', 'client', [], { cluster: 'other' })],
  ])('of %s is refused with a clear error', (_, vote) => {
    expect(() => checkVoter(vote, CLUSTER as never)).toThrow(
      expect.objectContaining({ code: 'VANTAGE_POINT_UNKNOWN', class: 'permanent' }),
    );
  });
});
