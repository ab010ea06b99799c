/** Every row of the table of failure modes, made of generated certificates: named, on the right node, and nothing else beside it. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Registration } from '../../../core/cluster/registration.ts';
import type { NodeObservation } from '../../../core/node/protocol.ts';
import { causesOf, noticesOf } from '../../../core/verify/causes.ts';
import { FINDING_CODES } from '../../../core/verify/codes.ts';
import { FAILURE_MODES, failureModeOf } from '../../../core/verify/failure-modes.ts';
import { policyOf } from '../../../core/verify/policy.ts';
import { gatherSnapshot } from '../../../core/verify/snapshot.ts';
import { verifyNode } from '../../../core/verify/verify-node.ts';
import { byHash, DAY, type Made, makeAuthority, makeCertificate, NOW } from '../../fixtures/pki.ts';
import {
  address,
  evil,
  good,
  healthyState,
  KEYSTORE,
  makeRing,
  NODES,
  type NodeState,
  type Ring,
  registration,
} from '../../fixtures/ring.ts';

const LAST = 2;
const target = NODES[LAST];

/** A ring whose last node is in another state; nobody announced anything, and no backup is known. */
function ring(bent: Partial<NodeState> = {}, others: Partial<NodeState> = {}): Ring {
  return makeRing(NODES.map((_, i) => ({ ...healthyState(i), ...(i === LAST ? bent : others) })));
}

/** The same leaf on disk and on both ports. */
const shows = (leaf: Made, ...chain: readonly Made[]): Partial<NodeState> => ({ disk: [leaf, ...chain], served: [leaf, ...chain] });

function edited(from: Ring, edit: (observation: NodeObservation) => Partial<NodeObservation>, node: string = target): Ring {
  const seen = from.observations.get(node);
  if (!seen) throw new Error('fixture');
  return { ...from, observations: new Map([...from.observations, [node, { ...seen, ...edit(seen) }]]) };
}

/** One field of the target's keystore differs. */
const store = (from: Ring, bent: Partial<NodeObservation['stores'][number]>): Ring =>
  edited(from, ({ stores }) => ({ stores: stores.map((one) => (one.kind === 'keystore' ? { ...one, ...bent } : one)) }));

function look({ observations, client }: Ring, bent: Partial<Registration> = {}) {
  const registered = { ...registration, ...bent };
  return NODES.map((nodeId) => {
    const parts = { purpose: 'deployed', nodeId, registration: registered, observations, client, deployed: null, before: null } as const;
    return verifyNode(gatherSnapshot({ ...parts, activation: 'poll', completedAt: NOW - 2_000_000 }), policyOf(registered.limits), NOW);
  });
}

const leaf = (wish: Parameters<typeof good.leaf>[1] = {}): Made => good.leaf(address(LAST), wish);
const elder = makeAuthority('Elder', { intermediate: { notAfter: NOW - DAY } });
const ancient = makeAuthority('Ancient', { root: { notAfter: NOW - DAY } });
const ledger = makeAuthority('Ledger');
const namesake = makeAuthority('Payments');
const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 });
const clientsTrust = (from: Ring, ...roots: readonly Made[]): Ring => ({
  ...from,
  client: {
    ...from.client,
    authorities: roots.map(({ sha256 }) => sha256),
    certificates: { ...from.client.certificates, ...byHash(...roots) },
  },
});
const setting = (from: Ring, name: string, value: string, node: string = target): Ring =>
  edited(from, ({ configuration }) => ({ configuration: [...configuration, { setting: name, value }] }), node);
const jmxPort = (served: Made) => ({
  listener: 'jmx' as const,
  address: address(LAST),
  port: 7199,
  handshake: 'complete' as const,
  read: 'none' as const,
  chain: [served.sha256],
});
const fresh = leaf();
const spiffe = (name: string, i: number): Made => good.leaf(address(i), { uris: [`spiffe://ring/${name}`] });
const mutual = (from: Ring): Ring =>
  NODES.reduce((all, node) => setting(all, 'internode_authenticator', 'MutualTlsInternodeAuthenticator', node), from);
const list = (certificate: Made) => [
  { path: '/crl.pem', revoked: [{ certificate: certificate.sha256, at: NOW - DAY, reason: 'KEY_COMPROMISE' }] },
];

const CASES: Record<number, () => { readonly ring: Ring; readonly bent?: Partial<Registration> }> = {
  1: () => ({ ring: ring({ ...shows(fresh), accepted: false }) }),
  2: () => ({
    ring: ring({ ...shows(ledger.leaf(address(LAST)), ledger.intermediate), trust: [good.root, ledger.root], accepted: false }),
  }),
  3: () => ({ ring: ring({ ...shows(leaf({ notAfter: NOW - DAY }), good.intermediate), accepted: false }) }),
  4: () => {
    const bent = { ...shows(elder.leaf(address(LAST)), elder.intermediate), trust: [good.root, elder.root], accepted: false };
    return { ring: clientsTrust(ring(bent, { trust: [good.root, elder.root] }), good.root, elder.root) };
  },
  5: () => {
    const trust = [good.root, ancient.root];
    const seen = clientsTrust(ring({ ...shows(ancient.leaf(address(LAST)), ancient.intermediate), trust }, { trust }), ...trust);
    const canary = seen.client.canary.map((one) =>
      one.node === target ? { node: target, connected: false, error: 'CERT_HAS_EXPIRED' } : one,
    );
    return { ring: { ...seen, client: { ...seen.client, canary } } };
  },
  6: () => ({ ring: ring({ ...shows(namesake.leaf(address(LAST)), namesake.intermediate), accepted: false }) }),
  7: () => ({ ring: ring(shows(leaf({ addresses: ['192.0.2.9', 'elsewhere.example'] }), good.intermediate)) }),
  8: () => ({ ring: ring(shows(leaf({ addresses: [] }), good.intermediate)) }),
  9: () => ({ ring: ring(shows(leaf({ purposes: ['server'] }), good.intermediate)) }),
  10: () => ({ ring: ring({ ...shows(leaf({ purposes: ['client'] }), good.intermediate), accepted: false }) }),
  11: () => ({ ring: ring({ ...shows(fresh, good.intermediate), keyMatches: false, accepted: false }) }),
  12: () => ({
    ring: store(ring({ disk: [fresh, good.intermediate] }), {
      loads: false,
      loadError: 'BadPaddingException: Given final block not properly padded',
      keyMatchesLeaf: null,
    }),
  }),
  13: () => ({ ring: store(ring(shows(fresh, good.intermediate)), { keys: 2 }) }),
  14: () => ({ ring: ring({ ...shows(good.intermediate, fresh), accepted: false }) }),
  15: () => ({
    ring: edited(ring(), ({ files }) => ({ files: files.map((file) => ({ ...file, readableByService: file.path !== KEYSTORE })) })),
  }),
  16: () => ({ ring: edited(ring(), ({ files }) => ({ files: files.map((file) => ({ ...file, mode: '0644' })) })) }),
  17: () => ({
    ring: store(ring(), { torn: true, loads: false, chain: [], keyMatchesLeaf: null, keyError: 'the block CERTIFICATE has no end' }),
  }),
  18: () => ({ ring: ring({ disk: [fresh, good.intermediate] }) }),
  19: () => {
    const both = ring({ disk: [fresh, good.intermediate] });
    const half = ({ listeners }: NodeObservation) => ({
      listeners: listeners.map((fact) =>
        fact.listener === 'client' ? { ...fact, chain: [fresh.sha256, good.intermediate.sha256] } : fact,
      ),
    });
    const wire = both.client.wire.map((fact) =>
      fact.node === target ? { ...fact, chain: [fresh.sha256, good.intermediate.sha256] } : fact,
    );
    return { ring: { ...edited(both, half), client: { ...both.client, wire } } };
  },
  20: () => {
    const now = ring(shows(fresh, good.intermediate));
    const legacy = { ...jmxPort(leaf()), listener: 'legacy-internode' as const, port: 7001 };
    return { ring: edited(now, ({ listeners }) => ({ listeners: [...listeners, legacy] })) };
  },
  21: () => {
    const older = leaf({ notBefore: NOW - 100 * DAY, notAfter: NOW + 30 * DAY });
    const now = ring(shows(fresh, good.intermediate));
    const outbound = {
      path: '/out.pem',
      kind: 'keystore' as const,
      listeners: ['internode' as const],
      factory: 'F',
      loads: true,
      outbound: true,
    };
    const facts = {
      ...outbound,
      chain: [older.sha256, good.intermediate.sha256],
      keyMatchesLeaf: true,
      jvm: { asServer: null, asClient: null, handshake: null },
    };
    return {
      ring: edited(now, ({ stores, certificates }) => ({
        stores: [...stores, facts],
        certificates: { ...certificates, ...byHash(older) },
      })),
    };
  },
  22: () => {
    const served = leaf();
    const jmx = {
      path: '/jmx.p12',
      kind: 'keystore' as const,
      listeners: ['jmx' as const],
      factory: 'JDK',
      chain: [fresh.sha256],
      keyMatchesLeaf: true,
    };
    const add = ({ listeners, stores, certificates }: NodeObservation) => ({
      listeners: [...listeners, jmxPort(served)],
      stores: [...stores, jmx],
      certificates: { ...certificates, ...byHash(served, fresh) },
    });
    return { ring: edited(ring(), add) };
  },
  23: () => {
    const leaves = NODES.map((_, i) => spiffe(i === LAST ? 'renamed' : 'payments', i));
    return { ring: mutual(makeRing(NODES.map((_, i) => ({ ...healthyState(i), ...shows(leaves[i] as Made, good.intermediate) })))) };
  },
  24: () => ({
    ring: ring(shows(leaf({ notAfter: NOW + 3000 * DAY }), good.intermediate)),
    bent: { limits: { ...registration.limits, longestValiditySeconds: 800 * 86_400 } },
  }),
  25: () => ({ ring: ring({ ...shows(leaf({ notBefore: NOW + DAY }), good.intermediate), accepted: false }) }),
  26: () => ({ ring: ring(shows(leaf({ keys: rsa1024 }), good.intermediate)) }),
  27: () => ({
    ring: store(ring({ accepted: false }), {
      jvm: { asServer: null, asClient: null, handshake: 'SSLHandshakeException: no cipher suites in common' },
    }),
  }),
  28: () => ({ ring: ring({ jvm: 'CertPathValidatorException: Algorithm constraints check failed on keysize limits: EC 256 bits' }) }),
  29: () => {
    const trust = [good.root, ledger.root];
    const seen = ring({ ...shows(ledger.leaf(address(LAST)), ledger.intermediate), trust }, { trust });
    const canary = seen.client.canary.map((one) =>
      one.node === target ? { node: target, connected: false, error: 'UNABLE_TO_VERIFY' } : one,
    );
    return { ring: { ...seen, client: { ...seen.client, canary } } };
  },
  30: () => {
    const seen = ring(
      { ...shows(ledger.leaf(address(LAST)), ledger.intermediate), trust: [ledger.root] },
      { trust: [good.root, ledger.root] },
    );
    return { ring: clientsTrust(seen, good.root, ledger.root) };
  },
  31: () => ({
    ring: edited(ring(shows(fresh, good.intermediate)), () => ({ revocations: list(fresh) })),
    bent: { revocation: { lists: ['/crl.pem'] } },
  }),
  32: () => ({
    ring: edited(ring({ service: 'failed' }), () => ({
      log: [{ at: NOW - 5000, text: 'ERROR [main] Exception: Unable to gossip with any peers' }],
    })),
  }),
  33: () => {
    const blind = (node: string, from: Ring) =>
      edited(
        from,
        ({ ring: view }) => ({ ring: view && { ...view, live: view.live.filter((one) => !one.includes(address(LAST))) } }),
        node,
      );
    return { ring: blind(NODES[0], blind(NODES[1], ring())) };
  },
  34: () => ({ ring: setting(ring(), 'server_encryption_options.require_endpoint_verification', 'true') }),
};

test('a ring without a fault: no cause, no notice, every check passed', () => {
  const verifications = look(ring());
  expect(verifications.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed']);
  expect([causesOf(verifications), noticesOf(verifications)]).toEqual([[], []]);
});

describe.each(FAILURE_MODES)('$row $name', ({ row, codes: [code] }) => {
  test(`${row}: ${code} on that node alone, and nothing else`, () => {
    const made = CASES[row];
    if (!made) throw new Error(`row ${row} has no case`);
    const { ring: seen, bent } = made();
    const verifications = look(seen, bent);
    const causes = causesOf(verifications).map((cause) => [cause.code, cause.nodes, cause.row]);
    if (FINDING_CODES[code].severity === 'notice') {
      expect(causes).toEqual([]);
      expect(noticesOf(verifications)).toEqual([{ code, nodes: [target] }]);
    } else expect(causes).toEqual([[code, [target], row]]);
  });
});

test('a signature with SHA-1, and the second codes of a row', () => {
  const causes = causesOf(look(ring(shows(leaf({ signedWith: 'sha1' }), good.intermediate))));
  expect(causes.map(({ code, row }) => [code, row])).toEqual([['WEAK_SIGNATURE', 26]]);
  const sole = makeCertificate({ name: 'Sole', authority: true });
  expect(failureModeOf(sole.name)).toBeNull();
});

test('what was so before is told, and no reason to go back to the same', () => {
  const nameless = good.leaf(address(LAST), { addresses: [] });
  const seen = ring(shows(nameless, good.intermediate));
  const before = {
    ...(seen.backups[LAST] as Ring['backups'][number]),
    servedLeaves: { client: nameless.sha256, internode: nameless.sha256 },
    certificates: byHash(nameless),
  };
  const parts = {
    purpose: 'deployed',
    nodeId: target,
    registration,
    observations: seen.observations,
    client: seen.client,
    deployed: null,
  } as const;
  const judged = (bent: typeof before | null) =>
    verifyNode(gatherSnapshot({ ...parts, before: bent, activation: 'reload', completedAt: 0 }), policyOf(registration.limits), NOW, [
      'names',
    ]);
  expect(judged(null).checks[0]).toMatchObject({ outcome: 'failed', findings: [{ code: 'NAMES_MISSING', severity: 'proof' }, {}, {}, {}] });
  expect(judged(before).checks[0]).toMatchObject({
    outcome: 'passed',
    findings: [{ code: 'NAMES_MISSING', severity: 'warning' }, {}, {}, {}],
  });
});

test('the table: 34 rows, each finding in one row alone', () => {
  expect(FAILURE_MODES.map(({ row }) => row)).toEqual(Array.from({ length: 34 }, (_, i) => i + 1));
  const codes = FAILURE_MODES.flatMap((mode) => mode.codes);
  expect(new Set(codes).size).toBe(codes.length);
});

test('evil twins do not make a healthy ring suspicious', () => {
  const trust = [good.root, evil.root];
  expect(causesOf(look(clientsTrust(ring({ trust }, { trust }), ...trust)))).toEqual([]);
});
