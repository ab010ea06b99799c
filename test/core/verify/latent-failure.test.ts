import { describe, expect, test } from 'vitest';
import type { LoadSample } from '../../../core/load/load-sample.ts';
import { causesOf } from '../../../core/verify/causes.ts';
import type { CheckResult } from '../../../core/verify/findings.ts';
import { policyOf } from '../../../core/verify/policy.ts';
import { verifyNode } from '../../../core/verify/verify-node.ts';
import { NOW } from '../../fixtures/pki.ts';
import { address, evil, healthyState, makeRing, NODES, type Ring, registration, snapshotOf } from '../../fixtures/ring.ts';

const HOUR = 3_600_000;
const UPTIME = 5 * HOUR;
type Links = NonNullable<LoadSample['links']>;
const links = (ids: readonly number[], clients: readonly number[] = []): Links => ({
  internode: [
    { peer: address(1), open: ids.length, ids: [...ids] },
    { peer: address(2), open: 1, ids: [99] },
  ],
  client: { open: clients.length, ids: [...clients] },
});
const sample = (at: number, of?: Links, uptimeMs = UPTIME - (NOW - at)): LoadSample => ({
  at,
  uptimeMs,
  requests: 0,
  errors: 0,
  dropped: 0,
  ...(of && { links: of }),
});

const bad = { ...healthyState(0, evil.leaf(address(0))), accepted: false };

/** Node 0, with the sockets that it reports now. */
function latent(ring: Ring, now: Links | undefined, earlier: readonly LoadSample[] = []): CheckResult {
  const own = ring.observations.get(NODES[0]);
  if (!own) throw new Error('fixture');
  const observations = new Map([...ring.observations, [NODES[0], { ...own, load: sample(NOW, now) }]]);
  const verification = verifyNode(snapshotOf({ ...ring, observations }, 0, { earlierLoads: earlier }), policyOf(registration.limits), NOW, [
    'latent-failure',
  ]);
  return verification.checks[0] as CheckResult;
}
const badRing = makeRing([bad, healthyState(1), healthyState(2)]);

describe('new connections are refused while old ones work', () => {
  test('links to peers: how many, to whom, and how long they have been open at least and at most', () => {
    const found = latent(badRing, links([5, 6]), [sample(NOW - 2 * HOUR, links([7])), sample(NOW - HOUR, links([6]))]);
    expect(found.outcome).toBe('failed');
    expect(found.findings).toMatchObject([{ code: 'FAILURE_IS_LATENT', severity: 'warning', where: 'internode:7000' }]);
    // Socket 99 of the second peer was there two hours ago.
    expect(found.findings[0]?.observed).toBe(
      `links still open to ${NODES[1]}, ${NODES[2]}: 3, the oldest for at least 7200 s, at most 18000 s; new ones are refused`,
    );
  });

  test('without an earlier look the age is said to be unknown, and is not made up', () => {
    expect(latent(badRing, links([5])).findings[0]?.observed).toMatch(/^links still open to .*: 2, how long is not known, at most 18000 s/);
  });

  test('sockets of an earlier process, or a later look, say nothing of an age', () => {
    const otherProcess = sample(NOW - HOUR, links([5]), 60_000);
    const later = sample(NOW + 1, links([5]), UPTIME + 1);
    expect(latent(badRing, links([5]), [otherProcess, later]).findings[0]?.observed).toContain('how long is not known');
  });

  test('connections of clients count only where an earlier look saw them: a probe of this moment has a socket too', () => {
    const where = (found: CheckResult) => found.findings.map((one) => one.where);
    expect(where(latent(badRing, links([], [40, 41])))).toEqual(['internode:7000']);
    const seen = latent(badRing, links([], [40, 41]), [sample(NOW - HOUR, links([], [40]))]);
    expect(where(seen)).toEqual(['internode:7000', 'client:9042']);
    expect(seen.findings[1]?.observed).toBe(
      'connections of clients still open: 1, the oldest for at least 3600 s, at most 18000 s; new ones are refused',
    );
  });
});

test('no open link: nothing hides the failure', () => {
  expect(latent(badRing, { internode: [], client: { open: 0, ids: [] } })).toMatchObject({ outcome: 'passed', findings: [] });
});

test('a link to a peer that accepts the node hides nothing', () => {
  const ring = makeRing([healthyState(0), healthyState(1), healthyState(2)]);
  expect(latent(ring, links([5]), [sample(NOW - HOUR, links([5]))])).toMatchObject({ outcome: 'passed', findings: [] });
});

test('where sockets are not shown, what hides the failure is unknown', () => {
  expect(latent(badRing, undefined)).toMatchObject({ outcome: 'unknown', findings: [] });
});

test('the cause stays the cause, and its sentence says that it is latent', () => {
  const observations = new Map([...badRing.observations].map(([node, one]) => [node, { ...one, load: sample(NOW, links([5])) }]));
  const verifications = NODES.map((_, i) =>
    verifyNode(
      snapshotOf({ ...badRing, observations }, i, { earlierLoads: [sample(NOW - HOUR, links([5]))] }),
      policyOf(registration.limits),
      NOW,
    ),
  );
  const causes = causesOf(verifications);
  expect(causes.map(({ code, nodes }) => [code, nodes])).toEqual([[causes[0]?.code, [NODES[0]]]]);
  expect(causes[0]?.code).not.toBe('FAILURE_IS_LATENT');
  expect(causes[0]?.sentence).toContain('The failure is latent: links still open to');
});
