/** From what each vantage point saw alone to its votes, and from the votes to the verdict: honest, cut off, lying, by a wrong clock. */
import { describe, expect, test } from 'vitest';
import { decideDeployment } from '../../../core/decide/decide-deployment.ts';
import { attestationBy } from '../../../core/quorum/attested.ts';
import { checkVoter, evidenceHash, type Vote, voterOf } from '../../../core/quorum/vote.ts';
import { voteOfClient, votesOfNode } from '../../../core/quorum/votes-of-view.ts';
import type { VantagePoint } from '../../../core/verify/findings.ts';
import { evidenceOf, FAILURES, node, renewed } from '../../fixtures/deployment-failures.ts';
import { DAY, NOW } from '../../fixtures/pki.ts';
import { COMPLETED, NODES, type Ring, registration, verifyRing } from '../../fixtures/ring.ts';

const LOOK = { cluster: 'payments', deployment: 'd-1', epoch: 1, purpose: 'deployed' as const, window: 1, occasion: 'abc' };

function votesOf({ observations, client, deployed }: Ring, now = NOW): Vote[] {
  const known = { registration, nodes: deployed, activation: 'reload' as const, completedAt: COMPLETED };
  return [
    ...[...observations].flatMap(([id, observation]) => votesOfNode(LOOK, id, observation, evidenceHash(observation), known, now)),
    voteOfClient(LOOK, client, evidenceHash(client), known, now),
  ];
}

/** Judged once: what differs below are the votes. */
const judged = new Map<Ring, ReturnType<typeof evidenceOf>>();
function decide(ring: Ring, votes: readonly Vote[]) {
  const evidence = judged.get(ring) ?? evidenceOf(ring);
  judged.set(ring, evidence);
  return decideDeployment({ ...evidence, votes });
}
const without = (votes: readonly Vote[], ...kinds: VantagePoint[]) => votes.filter(({ kind }) => !kinds.includes(kind));
const healthy = renewed;

describe.each(Object.entries(FAILURES))('%s', (_, { ring }) => {
  test('by the votes the verdict is what it is by the evidence', () => {
    const votes = votesOf(ring);
    expect(votes.map(voterOf)).toEqual([...NODES.flatMap((id) => [`node/${id}`, `peer/${id}`]), 'client/client']);
    for (const vote of votes) checkVoter(vote, registration);
    const decision = decide(ring, votes);
    expect(decision).toEqual(decideDeployment(evidenceOf(ring)));
    expect(decision).toMatchObject({ verdict: { verdict: 'roll-back', nodes: [node] } });
  });

  test('one kind cut off: nobody else goes back, and the kind is named; two kinds cut off: nothing goes back', () => {
    const votes = votesOf(ring);
    for (const kind of ['node', 'peer', 'client'] as const) {
      const decision = decide(ring, without(votes, kind));
      if (decision.decision === 'decided') expect(decision.verdict).toMatchObject({ verdict: 'roll-back', nodes: [node] });
      expect(decision.decision === 'decided' ? decision.verdict.reason : decision.why).toContain(`Nobody voted from: ${kind}.`);
    }
    for (const kind of ['node', 'peer', 'client'] as const)
      expect(
        decide(
          ring,
          votes.filter((vote) => vote.kind === kind),
        ),
      ).toMatchObject({ decision: 'watch' });
  });

  test('a host that lies about itself, as itself and as a peer, is not rolled back on its word', () => {
    const lying = { ...healthy, observations: new Map(healthy.observations).set(node, ring.observations.get(node) as never) };
    const decision = decideDeployment(evidenceOf(lying, { votes: votesOf(lying), now: COMPLETED + 900_000 }));
    expect(decision).toMatchObject({ verdict: { verdict: 'hold' } });
  });

  test('a client that lies about every node rolls none back, and one that says all is well saves none', () => {
    const wire = healthy.client.wire.map((fact, i) => ({ ...(ring.client.wire[1] as typeof fact), node: NODES[i] as string }));
    const canary = healthy.client.canary.map(({ node: id }, i) => ({ ...ring.client.canary[1], connected: false, node: NODES[i] ?? id }));
    const lying = { ...healthy, client: { ...ring.client, wire, canary } };
    expect(decide(lying, votesOf(lying))).toMatchObject({ decision: 'watch' });
    const saving = { ...ring, client: healthy.client };
    const others = without(votesOf(ring), 'client');
    const alone = decide(ring, others);
    expect(decide(saving, votesOf(saving)).decision).toBe(alone.decision);
  });
});

test('all kinds still decide when the client is cut off: node and peer are enough', () => {
  const { ring } = FAILURES['other-ca'] as (typeof FAILURES)[string];
  expect(decide(ring, without(votesOf(ring), 'client'))).toMatchObject({ verdict: { verdict: 'roll-back', nodes: [node] } });
});

test('a clock that is a year ahead where it is decided rolls nothing back, as no voter said the same', () => {
  const ahead = NOW + 400 * DAY;
  const verifications = verifyRing(healthy, {}, ahead).map((one) => ({ ...one, lookedAt: ahead }));
  const renewed = { ...evidenceOf(healthy), verifications, now: ahead, completedAt: ahead - 30_000 };
  const codes = renewed.verifications.flatMap(({ checks }) => checks.flatMap(({ findings }) => findings.map(({ code }) => code)));
  expect(codes).toContain('LEAF_EXPIRED');
  expect(decideDeployment({ ...renewed, deployedNodes: NODES, votes: votesOf(healthy) })).toMatchObject({ decision: 'watch' });
  expect(decideDeployment({ ...renewed, deployedNodes: NODES, votes: votesOf(healthy, ahead) })).toMatchObject({ decision: 'decided' });
});

test('evidence counts where a vote names it as it lies there, and a vote where its evidence does', () => {
  const votes = votesOf(healthy);
  const { accept, attested } = attestationBy(votes);
  const key = (voter: string) => votes.find((vote) => vote.voter === voter)?.evidence.key ?? '';
  const seen = healthy.observations.get(NODES[0]);
  expect(accept(key(NODES[0]), JSON.parse(JSON.stringify(seen)))).toBe(true);
  expect(accept(key(NODES[1]), { ...healthy.observations.get(NODES[1]), at: NOW + 1 })).toBe(false);
  expect(accept('evidence/of/nobody.json', seen)).toBe(false);
  expect(attested().map(voterOf)).toEqual([`node/${NODES[0]}`, `peer/${NODES[0]}`]);
});
