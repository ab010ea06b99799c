/** `client-runtimes`: what registered clients would say of the chain that a node serves, and what comes of it. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { RegisteredClient } from '../../../core/cluster/clients.ts';
import { decideDeployment } from '../../../core/decide/decide-deployment.ts';
import { causesOf } from '../../../core/verify/causes.ts';
import type { NodeCheck } from '../../../core/verify/check-names.ts';
import type { CheckResult, NodeVerification } from '../../../core/verify/findings.ts';
import { policyOf } from '../../../core/verify/policy.ts';
import { gatherSnapshot, type SnapshotParts } from '../../../core/verify/snapshot.ts';
import { verifyNode } from '../../../core/verify/verify-node.ts';
import { byHash, type CertificateWish, type Made, makeAuthority, NOW } from '../../fixtures/pki.ts';
import { address, backupOf, COMPLETED, evil, good, healthyState, makeRing, NODES, type Ring, registration } from '../../fixtures/ring.ts';

const CLIENTS: readonly RegisteredClient[] = [
  { name: 'billing', runtime: 'java' },
  { name: 'reports', runtime: 'python', version: '3.13' },
];

/** Node 0 serves this leaf; its backup is the fixture's, or as bent. */
const served = (leaf: Made, intermediate = good.intermediate): Ring =>
  makeRing([{ ...healthyState(0, leaf), disk: [leaf, intermediate], served: [leaf, intermediate] }, healthyState(1), healthyState(2)]);

function verify(ring: Ring, bent: Partial<SnapshotParts> = {}, clients = CLIENTS, only?: readonly NodeCheck[]): NodeVerification {
  const parts = {
    purpose: 'deployed' as const,
    nodeId: NODES[0],
    registration: { ...registration, clients: [...clients] },
    observations: ring.observations,
    client: ring.client,
    deployed: null,
    before: ring.backups[0] ?? null,
    activation: 'reload' as const,
    completedAt: COMPLETED,
  };
  return verifyNode(gatherSnapshot({ ...parts, ...bent }), policyOf(registration.limits), NOW, only);
}

function run(ring: Ring, bent: Partial<SnapshotParts> = {}, clients = CLIENTS): CheckResult {
  const [result] = verify(ring, bent, clients, ['client-runtimes']).checks;
  if (!result) throw new Error('no check');
  return result;
}

const leaf = (wish: Partial<CertificateWish> = {}): Made => good.leaf(address(0), wish);
/** Good for Java; Python 3.13 asks for the key identifier. */
const strange = leaf({ identifiers: false });

describe('the verdict of registered clients', () => {
  test('a chain that all accept passes, and says who was judged', () => {
    expect(run(served(leaf()))).toMatchObject({
      outcome: 'passed',
      findings: [],
      summary: 'billing (java 17), reports (python 3.13) would accept it.',
    });
  });

  test('one refuses: a warning from the client’s vantage point, in words', () => {
    expect(run(served(strange))).toMatchObject({
      outcome: 'failed',
      findings: [
        {
          code: 'CLIENT_RUNTIME_REFUSES',
          severity: 'warning',
          seenBy: 'client',
          where: 'client:9042',
          observed:
            'reports (python 3.13) would refuse it: no identifier of its authority’s key (CN=10.0.0.1); billing (java 17) would accept it',
        },
      ],
    });
  });

  test('what was so before is told, and no reason to go back to the same', () => {
    const before = backupOf(0, {
      servedLeaves: { client: strange.sha256, internode: strange.sha256 },
      certificates: byHash(strange, good.intermediate, good.root),
    });
    const renewed = run(served(leaf({ identifiers: false })), { before });
    expect(renewed).toMatchObject({ outcome: 'passed', findings: [{ code: 'CLIENT_RUNTIME_REFUSES' }] });
    expect(renewed.summary).toMatch(/^Warning, as before: reports/);
    // Another fault of the same client is new.
    const worse = leaf({ identifiers: false, keys: generateKeyPairSync('rsa', { modulusLength: 1024 }) });
    expect(run(served(worse), { before }).outcome).toBe('failed');
    // After a rollback the certificate of before is what is wanted.
    expect(run(served(strange), { purpose: 'old' }).outcome).toBe('passed');
  });

  test('a client is held to its own authorities, else to the canary’s', () => {
    const pem = `-----BEGIN CERTIFICATE-----\n${evil.root.base64}\n-----END CERTIFICATE-----\n`;
    const [billing] = CLIENTS as [RegisteredClient];
    expect(run(served(leaf()), {}, [{ ...billing, authorities: pem }]).findings[0]?.observed).toMatch(
      /billing \(java 17\) would refuse it: no path/,
    );
    const ring = served(leaf());
    const unknown = run({ ...ring, client: { ...ring.client, authorities: [] } });
    expect(unknown).toMatchObject({ outcome: 'unknown', summary: expect.stringContaining('billing, reports') });
  });

  test('names: by the drivers’ defaults, or as registered', () => {
    const elsewhere = served(good.leaf('10.9.9.9'));
    const clients: RegisteredClient[] = [
      { name: 'lax', runtime: 'java', checksNames: false },
      { name: 'native', runtime: 'openssl' },
      { name: 'edge', runtime: 'node' },
    ];
    expect(run(elsewhere, {}, clients).findings[0]?.observed).toBe(
      'edge (node 24) would refuse it: no name for 10.0.0.1; lax (java 17), native (openssl 3.0) would accept it',
    );
  });

  test('without the client’s wire the node’s own handshake is judged; without either nothing is known', () => {
    const ring = served(strange);
    const silent = { ...ring.client, wire: [] };
    expect(run({ ...ring, client: silent }).findings).toMatchObject([{ seenBy: 'node' }]);
    expect(run({ ...ring, client: silent, observations: new Map() }).outcome).toBe('unknown');
  });

  test('a certificate that cannot be read is no verdict', () => {
    const ring = served(leaf());
    const chain = ring.client.wire.map((fact) => ({ ...fact, chain: [...fact.chain, 'f'.repeat(64)] }));
    expect(run({ ...ring, client: { ...ring.client, wire: chain } }).outcome).toBe('unknown');
  });
});

test('no client registered: said, and no obstacle to keep', () => {
  expect(run(served(strange), {}, [])).toMatchObject({
    outcome: 'passed',
    findings: [],
    summary: expect.stringContaining('No client runtime'),
  });
});

describe('what comes of a predicted refusal', () => {
  const decide = (clients: readonly RegisteredClient[], now = NOW + 300_000) => {
    const verification = verify(served(strange), {}, clients);
    return {
      verification,
      decision: decideDeployment({
        deployedNodes: [NODES[0]],
        change: 'leaf-renewal',
        activation: 'reload',
        completedAt: COMPLETED,
        window: 3,
        depth: 'full',
        observedAt: now,
        verifications: [verification],
        earlier: [{ window: 2, at: NOW, outcome: 'good' }],
        backups: [{ node: NODES[0], standing: 'verified' }],
        limits: registration.limits,
        epoch: 1,
        now,
      }),
    };
  };

  test('it is no proof: nothing is rolled back, and nothing is kept while it lasts', () => {
    expect(decide(CLIENTS).decision.decision).toBe('watch');
    expect(decide(CLIENTS, NOW + 10_000_000).decision).toMatchObject({
      decision: 'decided',
      verdict: { verdict: 'hold', reason: expect.stringContaining('reports (python 3.13)') },
    });
    expect(decide([]).decision).toMatchObject({ verdict: { verdict: 'keep' } });
  });

  test('alone it is the cause that a person is told', () => {
    expect(causesOf([decide(CLIENTS).verification])).toMatchObject([
      { code: 'CLIENT_RUNTIME_REFUSES', severity: 'warning', seenBy: ['client'] },
    ]);
  });

  test('beside an expired root it is none', () => {
    const ancient = makeAuthority('Ancient', { root: { notAfter: NOW - 1000 } });
    const ring = served(ancient.leaf(address(0)), ancient.intermediate);
    const trusting = {
      ...ring,
      client: {
        ...ring.client,
        authorities: [ancient.root.sha256],
        certificates: { ...ring.client.certificates, ...byHash(ancient.root) },
      },
    };
    const codes = causesOf([verify(trusting, { before: null })]).map(({ code }) => code);
    expect(codes).not.toContain('CLIENT_RUNTIME_REFUSES');
  });
});
