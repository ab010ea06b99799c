/** Client port and port between nodes are two things: other keys, other truststores, other people who dial them. */
import { describe, expect, test } from 'vitest';
import { decideDeployment } from '../../../core/decide/decide-deployment.ts';
import type { NodeObservation, PeerHandshakeFact } from '../../../core/node/facts.ts';
import type { NodeVerification } from '../../../core/verify/findings.ts';
import { policyOf } from '../../../core/verify/policy.ts';
import { gatherSnapshot, type SnapshotParts } from '../../../core/verify/snapshot.ts';
import { verifyNode } from '../../../core/verify/verify-node.ts';
import { byHash, makeAuthority, NOW } from '../../fixtures/pki.ts';
import {
  address,
  backupOf,
  COMPLETED,
  good,
  hash,
  healthyState,
  KEYSTORE,
  makeRing,
  NODES,
  type Ring,
  registration,
} from '../../fixtures/ring.ts';

const CLIENTS = '/etc/cassandra/tls/clients.pem';
const CLIENT_TRUST = '/etc/cassandra/tls/clients-ca.pem';
const healthy = (): Ring => makeRing(NODES.map((_, i) => healthyState(i)));
const edit = (ring: Ring, change: (observation: NodeObservation, i: number) => NodeObservation): Ring => ({
  ...ring,
  observations: new Map(NODES.map((node, i) => [node, change(ring.observations.get(node) as NodeObservation, i)])),
});
const peers = (o: NodeObservation, listener: string, bent: Partial<PeerHandshakeFact>): NodeObservation => ({
  ...o,
  peers: o.peers.map((fact) => (fact.listener === listener ? { ...fact, ...bent } : fact)),
});

function judge(ring: Ring, bent: Partial<SnapshotParts> = {}, now = NOW): NodeVerification[] {
  return NODES.map((nodeId, i) =>
    verifyNode(
      gatherSnapshot({
        purpose: 'deployed',
        nodeId,
        registration,
        observations: ring.observations,
        client: ring.client,
        deployed: null,
        before: ring.backups[i] ?? null,
        activation: 'reload',
        completedAt: COMPLETED,
        ...bent,
      }),
      policyOf(registration.limits),
      now,
    ),
  );
}
const openOf = (verifications: readonly NodeVerification[]) =>
  verifications.flatMap(({ node, checks }) =>
    checks
      .filter(({ outcome }) => outcome !== 'passed')
      .map(({ check, findings }) => `${node} ${check} ${findings.map(({ code }) => code)}`),
  );
const codes = (verifications: readonly NodeVerification[]) => [
  ...new Set(verifications.flatMap(({ checks }) => checks.flatMap(({ findings }) => findings.map(({ code }) => code)))),
];
const decide = (verifications: readonly NodeVerification[], now = NOW) =>
  decideDeployment({
    deployedNodes: NODES,
    change: 'leaf-renewal',
    activation: 'reload',
    completedAt: COMPLETED,
    window: 0,
    depth: 'full',
    observedAt: now,
    verifications,
    earlier: [],
    backups: NODES.map((node) => ({ node, standing: 'verified' as const })),
    limits: registration.limits,
    epoch: 1,
    now,
  });

test('links between nodes that are refused are found, though every client port is well', () => {
  const ring = edit(healthy(), (o) => peers(o, 'internode', { read: 'refused', error: 'alert: bad certificate' }));
  const found = judge(ring);
  expect(openOf(found).filter((one) => one.includes('peer-handshakes'))).toHaveLength(3);
  expect(codes(found)).toContain('PEER_REFUSES_NODE');
});

test('a client port that a peer cannot reach is told, and one that was not dialled is unknown', () => {
  const unreachable = judge(edit(healthy(), (o) => peers(o, 'client', { handshake: 'unreachable', read: 'none', chain: [] })));
  expect(openOf(unreachable).every((one) => one.includes('PEER_UNREACHABLE'))).toBe(true);
  const silent = judge(edit(healthy(), (o) => ({ ...o, peers: o.peers.filter(({ listener }) => listener !== 'client') })));
  expect(openOf(silent).map((one) => one.trim())).toEqual(NODES.map((node) => `${node} peer-handshakes`));
});

/** Each node has a keystore of its own for clients, of the same authority. */
function twoKeystores(): { readonly ring: Ring; readonly clientLeaves: readonly string[] } {
  const leaves = NODES.map((_, i) => good.leaf(address(i)));
  const shows = (i: number) => [leaves[i]?.sha256 ?? '', good.intermediate.sha256];
  const ring = edit(healthy(), (o, i) => ({
    ...o,
    stores: o.stores.flatMap((store) =>
      store.kind === 'keystore'
        ? [
            { ...store, listeners: ['internode' as const] },
            { ...store, path: CLIENTS, listeners: ['client' as const], chain: shows(i) },
          ]
        : [store],
    ),
    files: [...o.files, ...o.files.filter(({ path }) => path === KEYSTORE).map((file) => ({ ...file, path: CLIENTS }))],
    listeners: o.listeners.map((fact) => (fact.listener === 'client' ? { ...fact, chain: shows(i) } : fact)),
    peers: o.peers.map((fact) =>
      fact.listener === 'client' ? { ...fact, chain: shows(NODES.indexOf(fact.to as (typeof NODES)[number])) } : fact,
    ),
    certificates: { ...o.certificates, ...byHash(...leaves) },
  }));
  const client = {
    ...ring.client,
    wire: ring.client.wire.map((fact, i) => ({ ...fact, chain: shows(i) })),
    certificates: { ...ring.client.certificates, ...byHash(...leaves) },
  };
  return { ring: { ...ring, client, backups: [] }, clientLeaves: leaves.map(({ sha256 }) => sha256) };
}

describe('a keystore for each port', () => {
  test('all is well: nothing is said against either', () => {
    expect(openOf(judge(twoKeystores().ring))).toEqual([]);
  });

  test('a leaf that was announced for one keystore is not expected of the other', () => {
    const { ring, clientLeaves } = twoKeystores();
    const announced = NODES.map((node, i) => ({
      node,
      artifacts: [{ path: CLIENTS, sha256: hash('0'), kind: 'keystore' as const }],
      leafFingerprint: `SHA256:${clientLeaves[i]}`,
    }));
    const found = NODES.flatMap((nodeId, i) => judge(ring, { nodeId, deployed: announced[i] ?? null })[i] ?? []);
    expect(codes(found)).toEqual([]);
    expect(decide(found).decision).toBe('watch');
  });

  test('the announced leaf is still expected of the port that it was announced for', () => {
    const { ring } = twoKeystores();
    const other = good.leaf(address(0)).sha256;
    const deployed = {
      node: NODES[0],
      artifacts: [{ path: CLIENTS, sha256: hash('0'), kind: 'keystore' as const }],
      leafFingerprint: `SHA256:${other}`,
    };
    const [first] = judge(ring, { deployed });
    const unexpected = first?.checks.flatMap(({ findings }) => findings).filter(({ code }) => code === 'SERVED_LEAF_UNEXPECTED') ?? [];
    expect([...new Set(unexpected.map(({ where }) => where))]).toEqual(['client:9042']);
  });
});

describe('a client port that knows only an authority of its clients', () => {
  const clients = makeAuthority('Clients');
  const ring = edit(healthy(), (o) => ({
    ...o,
    stores: o.stores.flatMap((store) =>
      store.kind === 'truststore'
        ? [
            { ...store, listeners: ['internode' as const] },
            { ...store, path: CLIENT_TRUST, listeners: ['client' as const], chain: [clients.root.sha256] },
          ]
        : [store],
    ),
    // What the node's own trust says of a client port is that of its clients' authority.
    listeners: o.listeners.map((fact) =>
      fact.listener === 'client'
        ? { ...fact, trusted: false, read: 'refused' as const, error: 'Received fatal alert: certificate_unknown' }
        : fact,
    ),
    certificates: { ...o.certificates, ...byHash(clients.root) },
  }));
  const refused = edit(ring, (o) =>
    peers(o, 'client', { trusted: false, read: 'refused', error: 'Received fatal alert: certificate_unknown' }),
  );

  test('turns nodes away by design: no finding, and no rollback', () => {
    const found = judge(refused);
    expect(codes(found)).toEqual([]);
    expect(openOf(found)).toEqual([]);
  });

  test('a handshake that fails for the port’s own sake is still found', () => {
    const failed = edit(refused, (o) => ({
      ...o,
      listeners: o.listeners.map((fact) =>
        fact.listener === 'client'
          ? { ...fact, handshake: 'refused' as const, read: 'none' as const, chain: [], error: 'Received fatal alert: internal_error' }
          : fact,
      ),
    }));
    expect(codes(judge(failed))).toContain('HANDSHAKE_FAILED');
  });

  test('where the port takes nodes too, a refusal is a fault', () => {
    const shared = edit(healthy(), (o) => peers(o, 'client', { read: 'refused', error: 'Received fatal alert: certificate_unknown' }));
    expect(codes(judge(shared))).toContain('PEER_REFUSES_NODE');
  });
});

describe('what was so before', () => {
  const elsewhere = { addresses: ['10.9.9.9'] };

  test('a name that is missing in JMX’s leaf alone excuses no port', () => {
    const jmx = good.leaf('127.0.0.1');
    const bad = good.leaf(address(0), elsewhere);
    const ring = makeRing([healthyState(0, bad), healthyState(1), healthyState(2)], [{ node: NODES[0], leaf: bad.sha256 }]);
    const before = backupOf(0);
    const withJmx = {
      ...before,
      servedLeaves: { ...before.servedLeaves, jmx: jmx.sha256 },
      certificates: { ...before.certificates, ...byHash(jmx) },
    };
    const [first] = judge(ring, { before: withJmx, deployed: ring.deployed[0] ?? null });
    expect(first?.checks.find(({ check }) => check === 'names')).toMatchObject({ outcome: 'failed' });
  });

  test('a weak signature of an authority that issued the leaf of before too is told, and rolls nothing back', () => {
    const weak = makeAuthority('Weak', { intermediate: { signedWith: 'sha1' } });
    const [old, fresh] = [weak.leaf(address(0)), weak.leaf(address(0))];
    const ring = makeRing([
      { ...healthyState(0, fresh), disk: [fresh, weak.intermediate], served: [fresh, weak.intermediate] },
      healthyState(1),
      healthyState(2),
    ]);
    const before = {
      ...backupOf(0),
      servedLeaves: { client: old.sha256, internode: old.sha256 },
      certificates: byHash(old, weak.intermediate, weak.root),
    };
    const strength = (of: typeof before | null) => judge(ring, { before: of })[0]?.checks.find(({ check }) => check === 'strength');
    expect(strength(before)).toMatchObject({
      outcome: 'passed',
      findings: [{ code: 'WEAK_SIGNATURE', severity: 'warning' }, {}, {}, {}, {}, {}],
    });
    expect(strength(null)).toMatchObject({ outcome: 'failed' });
  });
});

describe('when it was seen counts, not when it is judged', () => {
  const dueAt = COMPLETED + registration.limits.activationGraceSeconds * 1000;
  const fresh = good.leaf(address(0));
  const stale = makeRing(
    [{ ...healthyState(0), disk: [fresh, good.intermediate], keystoreHash: hash('d') }, healthyState(1), healthyState(2)],
    [{ node: NODES[0], leaf: fresh.sha256 }],
  );
  const askedAt = (at: number): Ring => {
    const ring = edit(stale, (o) => ({ ...o, askedAt: at, certificates: { ...o.certificates, ...byHash(fresh) } }));
    return { ...ring, client: { ...ring.client, askedAt: at } };
  };
  const decideAsked = (at: number) => decide(judge(askedAt(at), { deployed: stale.deployed[0] ?? null }, dueAt + 1000), dueAt + 1000);

  test('an old leaf that was seen before the activation was due proves nothing, and everybody looks again at once', () => {
    expect(decideAsked(dueAt - 1)).toMatchObject({ decision: 'watch', lookAgainAt: dueAt + 1000, depth: 'full' });
    expect(codes(judge(askedAt(dueAt - 1), { deployed: stale.deployed[0] ?? null }, dueAt + 1000))).toContain('LEAF_NOT_YET_SERVED');
  });

  test('the same seen after it proves that the reload failed', () => {
    expect(decideAsked(dueAt)).toMatchObject({ decision: 'decided', verdict: { verdict: 'roll-back', nodes: [NODES[0]] } });
  });

  test('a report of a minute ago that a soak judges again is no skewed clock', () => {
    const old = edit(healthy(), (o) => ({ ...o, askedAt: o.at - 500 }));
    expect(codes(judge(old, {}, NOW + 64_000))).not.toContain('NODE_CLOCK_SKEWED');
    const skewed = edit(healthy(), (o) => ({ ...o, askedAt: o.at - 61_000 }));
    expect(codes(judge(skewed, {}, NOW))).toContain('NODE_CLOCK_SKEWED');
  });
});

describe('the JDK’s word, in the roles that a keystore has', () => {
  const refuses = 'Extended key usage does not permit use for TLS client authentication';
  const split = edit(healthy(), (o) => ({
    ...o,
    stores: o.stores.flatMap((store) =>
      store.kind === 'keystore'
        ? [
            { ...store, jvm: { asServer: null, asClient: refuses, handshake: refuses } },
            {
              ...store,
              path: '/etc/cassandra/tls/outbound.pem',
              listeners: ['internode' as const],
              outbound: true,
              jvm: {
                asServer: 'Extended key usage does not permit use for TLS server authentication',
                asClient: null,
                handshake: 'the same',
              },
            },
          ]
        : [store],
    ),
  }));
  const verdict = (ring: Ring) => judge(ring)[0]?.checks.find(({ check }) => check === 'jvm-verdict');

  test('one keystore that only answers and one that only dials are a good pair', () => {
    expect(verdict(split)).toMatchObject({ outcome: 'passed', findings: [] });
  });

  test('without an outbound keystore the same refusal counts', () => {
    const alone = edit(split, (o) => ({ ...o, stores: o.stores.filter(({ outbound }) => !outbound) }));
    expect(verdict(alone)).toMatchObject({ outcome: 'failed', findings: [{ code: 'JVM_REFUSES_CHAIN' }] });
  });

  test('a client keystore that no cipher suite fits is found, whoever the clients’ authority is', () => {
    const clients = makeAuthority('Clients');
    const ring = edit(healthy(), (o) => ({
      ...o,
      stores: o.stores.flatMap((store) =>
        store.kind === 'keystore'
          ? [
              store,
              {
                ...store,
                path: CLIENTS,
                listeners: ['client' as const],
                jvm: { asServer: null, asClient: null, handshake: 'no cipher suites in common' },
              },
            ]
          : [
              { ...store, listeners: ['internode' as const] },
              { ...store, path: CLIENT_TRUST, listeners: ['client' as const], chain: [clients.root.sha256] },
            ],
      ),
      certificates: { ...o.certificates, ...byHash(clients.root) },
    }));
    expect(verdict(ring)).toMatchObject({ outcome: 'failed', findings: [{ code: 'KEY_TYPE_NOT_IN_CIPHERS', where: CLIENTS }] });
  });
});
