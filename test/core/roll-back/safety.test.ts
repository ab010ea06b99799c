/** Each rule of the safety verdict: what it refuses, and the nearest thing that it does not. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CataloguedBackup } from '../../../core/backup/catalogue.ts';
import { Registration } from '../../../core/cluster/registration.ts';
import type { NodeObservation } from '../../../core/node/facts.ts';
import { planRollBack } from '../../../core/roll-back/plan-roll-back.ts';
import type { RollbackRequest } from '../../../core/roll-back/request.ts';
import { RULE_NAMES, type RuleName } from '../../../core/roll-back/rules/names.ts';
import { judgeInterruption, judgeTargets } from '../../../core/roll-back/safety.ts';
import { policyOf } from '../../../core/verify/policy.ts';
import { byHash, DAY, type Made, makeAuthority, makeCertificate, NOW, pemOf } from '../../fixtures/pki.ts';
import {
  address,
  backupOf,
  COMPLETED,
  evil,
  good,
  hash,
  healthyState,
  KEYSTORE,
  makeRing,
  NODES,
  type NodeState,
  oldLeaves,
  registration,
  TRUSTSTORE,
} from '../../fixtures/ring.ts';

const NODE = NODES[1];
const later = makeAuthority('Later');
const SOON = NOW + 60_000;

interface Bent {
  readonly request?: Partial<RollbackRequest>;
  readonly backup?: Partial<CataloguedBackup>;
  readonly states?: readonly Partial<NodeState>[];
  readonly seen?: (observation: NodeObservation, node: string) => NodeObservation;
}

function request({ request: bent = {}, backup = {}, states = [], seen = (one) => one }: Bent = {}): RollbackRequest {
  const ring = makeRing(NODES.map((_, i) => ({ ...healthyState(i), ...(i === 1 && { keystoreHash: hash('d') }), ...states[i] })));
  return {
    registration,
    deployment: 'd-1',
    completedAt: COMPLETED,
    observations: new Map([...ring.observations].map(([node, observation]) => [node, seen(observation, node)])),
    backups: NODES.map((_, i) => (i === 1 ? backupOf(i, backup) : backupOf(i))),
    scope: 'node',
    nodes: [NODE],
    epoch: 2,
    now: NOW,
    ...bent,
  };
}
const registered = registration.nodes[1] as Registration['nodes'][number];
const judged = (bent: Bent = {}, wanted: readonly string[] = [NODE]) => judgeTargets(request(bent), new Set(wanted))(registered);
const rulesOf = (bent: Bent, wanted?: readonly string[]): RuleName[] => judged(bent, wanted).unsafe.map(({ rule }) => rule);

/** A backup whose leaf is this one, under these authorities. */
const backupWith = (leaf: Made, ...authorities: readonly Made[]): Partial<CataloguedBackup> => ({
  servedLeaves: { client: leaf.sha256, internode: leaf.sha256 },
  certificates: byHash(leaf, ...authorities),
});
const fromAuthority = (made: ReturnType<typeof makeAuthority>, wish: Parameters<typeof good.leaf>[1] = {}) =>
  backupWith(made.leaf(address(1), wish), made.intermediate, made.root);

test('a node with a verified backup of a good leaf may go back', () => {
  expect(judged()).toMatchObject({ unsafe: [], backup: { backupId: 'b-1' }, told: [] });
});

describe('the old material', () => {
  test.each<[RuleName, string, Bent, Bent]>([
    ['backup-not-verified', 'uploaded, not verified', { backup: { status: 'uploaded' } }, {}],
    ['old-leaf-unreadable', 'cannot be read', { backup: { certificates: {} } }, {}],
    [
      'old-leaf-expired',
      'expired at',
      { backup: fromAuthority(good, { notAfter: NOW - 1 }) },
      { backup: fromAuthority(good, { notAfter: NOW + 181_000 }) },
    ],
    ['old-leaf-expired', 'within the soak', { backup: fromAuthority(good, { notAfter: SOON }) }, {}],
    [
      'old-chain-expired',
      'the authority CN=Old Intermediate of the old leaf expired at',
      {
        backup: fromAuthority(makeAuthority('Old', { intermediate: { notAfter: NOW - 1 } })),
        states: NODES.map(() => ({ trust: [] })),
      },
      // The JDK does not look at the dates of an anchor.
      { backup: fromAuthority(makeAuthority('Old', { root: { notAfter: NOW - 1 } })), states: NODES.map(() => ({ trust: [] })) },
    ],
    [
      'old-chain-expired',
      'within the soak',
      {
        backup: fromAuthority(makeAuthority('Old', { intermediate: { notAfter: SOON } })),
        states: NODES.map(() => ({ trust: [] })),
      },
      {},
    ],
    [
      'old-certificate-revoked',
      'CN=10.0.0.2',
      { request: { revoked: [oldLeaves[1]?.sha256 ?? ''] } },
      { request: { revoked: [oldLeaves[0]?.sha256 ?? ''] } },
    ],
    ['old-certificate-revoked', 'CN=Payments Intermediate', { request: { revoked: [good.intermediate.sha256] } }, {}],
    ['old-key-exposed', 'a person has said', { request: { exposed: true } }, { request: { exposed: false } }],
  ])('%s: %s', (rule, why, bad, fine) => {
    const { unsafe } = judged(bad);
    expect(unsafe).toEqual([
      { rule, safety: 'forward-only', why: expect.stringContaining(why), wayForward: expect.stringMatching(/^Repair/) },
    ]);
    expect(rulesOf(fine)).toEqual([]);
  });

  test('revoked by a list that any node read', () => {
    const revoked = [{ certificate: oldLeaves[1]?.sha256 ?? '', at: NOW - DAY, reason: 'KEY_COMPROMISE' }];
    const seen = (observation: NodeObservation, node: string) =>
      node === NODES[2] ? { ...observation, revocations: [{ path: '/crl', revoked }] } : observation;
    expect(rulesOf({ seen })).toEqual(['old-certificate-revoked']);
  });

  test('an intermediate that was signed anew is no reason, while the other one lives', () => {
    const old = makeAuthority('Old', { intermediate: { notAfter: NOW - 1 } });
    const { publicKey, privateKey } = old.intermediate;
    const renewed = makeCertificate({
      name: 'Old Intermediate',
      issuer: old.root,
      authority: true,
      keyUsage: 'certificates',
      keys: { publicKey, privateKey },
    });
    const backup = backupWith(old.leaf(address(1)), old.intermediate, renewed, old.root);
    expect(rulesOf({ backup, states: NODES.map(() => ({ trust: [] })) })).toEqual([]);
  });

  test('a weak one is refused only by a profile that would refuse it afterwards', () => {
    const weak = good.leaf(address(1), { keys: generateKeyPairSync('rsa', { modulusLength: 1024 }) });
    const backup = backupWith(weak, good.intermediate, good.root);
    const with_ = (checks: Parameters<typeof policyOf>[1]) =>
      rulesOf({ backup, request: { policy: policyOf(registration.limits, checks) } });
    expect(with_({})).toEqual(['old-leaf-weak']);
    expect(with_({ strength: 'advisory' })).toEqual([]);
    expect(rulesOf({ backup })).toEqual([]);
    const sha1 = backupWith(good.leaf(address(1), { signedWith: 'sha1' }), good.intermediate, good.root);
    expect(judged({ backup: sha1, request: { policy: policyOf(registration.limits) } }).unsafe[0]?.why).toContain('a weak signature');
  });

  test('a keystore that everybody could read is told, and no reason to stay', () => {
    const manifest = backupOf(1).manifest.map((entry) => ({ ...entry, mode: '0644' }));
    const { unsafe, told } = judged({ backup: { manifest } });
    expect([unsafe, told]).toEqual([[], [`${KEYSTORE} was readable by every user of the host (0644): have its key replaced soon`]]);
    expect(planRollBack(request({ backup: { manifest } })).safetyReason).toContain('have its key replaced soon');
  });
});

describe('who must accept it', () => {
  test('a peer that dropped the old authority: trust first', () => {
    const { unsafe } = judged({ states: [{}, {}, { trust: [evil.root] }] });
    expect(unsafe).toMatchObject([{ rule: 'peers-dropped-authority', safety: 'trust-first', why: expect.stringContaining(NODES[2]) }]);
    expect(rulesOf({ states: [{}, {}, { trust: [evil.root, good.root] }] })).toEqual([]);
  });

  test('a truststore of before that does not know what the others show: trust first', () => {
    const shown = [later.leaf(address(0)), later.intermediate];
    const others = { disk: shown, served: shown, trust: [good.root, later.root] };
    const bent: Bent = {
      states: [others, { trust: [later.root] }, others],
      backup: { storeAnchors: [{ path: TRUSTSTORE, anchors: [good.root.sha256] }] },
      seen: (observation, node) =>
        node === NODE
          ? { ...observation, files: observation.files.map((file) => (file.path === TRUSTSTORE ? { ...file, sha256: hash('9') } : file)) }
          : observation,
    };
    expect(judged(bent).unsafe).toMatchObject([{ rule: 'node-would-refuse-peers', safety: 'trust-first' }]);
    // A truststore that stays as it is refuses nobody that it does not refuse now.
    expect(rulesOf({ ...bent, seen: (one) => one })).toEqual([]);
    const both = { storeAnchors: [{ path: TRUSTSTORE, anchors: [good.root.sha256, later.root.sha256] }] };
    expect(rulesOf({ ...bent, backup: { ...both, certificates: { ...backupOf(1).certificates, ...byHash(later.root) } } })).toEqual([]);
  });

  const clients = (...authorities: readonly Made[]): Pick<RollbackRequest, 'registration'> => ({
    registration: Registration.parse({
      ...registration,
      clients: [{ name: 'billing', runtime: 'go', authorities: pemOf(...authorities) }],
    }),
  });
  const shown = [later.leaf(address(1)), later.intermediate];
  const onLater = [{}, { served: shown, disk: shown }, {}];

  test('a client that has the new authority alone: forward only', () => {
    const { unsafe } = judged({ states: onLater, request: clients(later.root) });
    expect(unsafe).toMatchObject([{ rule: 'clients-dropped-authority', safety: 'forward-only' }]);
    expect(unsafe[0]?.why).toContain('billing (go 1.26) would refuse it: no path from');
    expect(rulesOf({ states: onLater, request: clients(later.root, good.root) })).toEqual([]);
  });

  test('a client that refuses what is shown now is no reason to stay', () => {
    expect(rulesOf({ states: onLater, request: clients(evil.root) })).toEqual([]);
  });

  test('a root that expires within the soak, for a library that looks at it', () => {
    const old = makeAuthority('Old', { root: { notAfter: SOON } });
    const bent = (runtime: string): Bent => ({
      states: NODES.map((_, i) => ({ ...onLater[i], trust: [] })),
      backup: fromAuthority(old),
      request: {
        registration: Registration.parse({ ...registration, clients: [{ name: 'b', runtime, authorities: pemOf(later.root, old.root) }] }),
      },
    });
    expect(rulesOf(bent('go'))).toEqual(['clients-dropped-authority']);
    expect(rulesOf(bent('java'))).toEqual([]);
  });

  test('the canary is a client too', () => {
    const client = { at: NOW, wire: [], canary: [], authorities: [later.root.sha256], certificates: byHash(later.root) };
    expect(judged({ states: onLater, request: { client } }).unsafe[0]?.why).toContain('the canary');
  });
});

describe('what it needs around it', () => {
  test('a configuration that differs and is left', () => {
    const states = [{}, { yamlHash: hash('e') }, {}];
    expect(rulesOf({ states, request: { configuration: 'left' } })).toEqual(['configuration-differs']);
    expect(rulesOf({ states })).toEqual([]);
    expect(rulesOf({ request: { configuration: 'left' } })).toEqual([]);
  });

  test('an identity that the nodes which stay do not know', () => {
    const named = (i: number, uri: string) => good.leaf(address(i), { uris: [uri] });
    const staying = (i: number): Partial<NodeState> => {
      const chain = [named(i, 'spiffe://ring/new'), good.intermediate];
      return { disk: chain, served: chain };
    };
    const bent: Bent = {
      states: [staying(0), {}, staying(2)],
      backup: backupWith(named(1, 'spiffe://ring/old'), good.intermediate, good.root),
      seen: (one) => ({ ...one, configuration: [{ setting: 'internode_authenticator', value: 'MutualTlsInternodeAuthenticator' }] }),
    };
    expect(judged(bent).unsafe).toMatchObject([{ rule: 'identity-differs', why: expect.stringContaining('spiffe://ring/new') }]);
    expect(rulesOf(bent, NODES)).toEqual([]);
    expect(rulesOf({ ...bent, seen: (one) => one })).toEqual([]);
    expect(rulesOf({ ...bent, backup: backupWith(named(1, 'spiffe://ring/new'), good.intermediate, good.root) })).toEqual([]);
  });

  test('an identity that the node shows now too is none that the others would not know', () => {
    const named = (uri: string) => good.leaf(address(1), { uris: [uri] });
    const now = [named('spiffe://ring/n1'), good.intermediate];
    const peer = [good.leaf(address(0), { uris: ['spiffe://ring/n0'] }), good.intermediate];
    const bent: Bent = {
      states: [{ disk: peer, served: peer }, { disk: now, served: now }, {}],
      backup: backupWith(named('spiffe://ring/n1'), good.intermediate, good.root),
      seen: (one) => ({ ...one, configuration: [{ setting: 'internode_authenticator', value: 'MutualTlsInternodeAuthenticator' }] }),
    };
    expect(rulesOf(bent)).toEqual([]);
  });

  test('an identity that lost its role', () => {
    expect(rulesOf({ request: { lostIdentities: ['spiffe://ring/billing'] } })).toEqual(['role-of-identity-lost']);
    expect(rulesOf({ request: { lostIdentities: [] } })).toEqual([]);
  });

  test('a cause that no certificate has; one that may have one is left to the verdict', () => {
    expect(rulesOf({ request: { causes: ['NODE_CLOCK_SKEWED', 'SCHEMA_DISAGREES'] } })).toEqual(['cause-is-not-tls']);
    expect(rulesOf({ request: { causes: ['NODE_CLOCK_SKEWED', 'KEY_MISMATCH'] } })).toEqual([]);
    expect(rulesOf({ request: { causes: [] } })).toEqual([]);
  });

  test('an interruption that would cost a keyspace its level', () => {
    const judgedWith = (losing: RollbackRequest['losing']) =>
      judgeInterruption(registered, request({ request: losing ? { losing } : {} })).unsafe;
    expect(judgedWith((node) => [`payments (${node})`])).toMatchObject([
      { rule: 'keyspace-would-lose-its-level', why: expect.stringContaining(`payments (${NODE})`) },
    ]);
    expect(judgedWith(() => [])).toEqual([]);
    expect(judgedWith(undefined)).toEqual([]);
  });
});

describe('of a plan', () => {
  test('several reasons: the one that makes it useless is told, not the one that makes it early', () => {
    const both: Bent = { request: { exposed: true }, states: [{}, {}, { trust: [evil.root] }] };
    expect(rulesOf(both)).toEqual(['old-key-exposed', 'peers-dropped-authority']);
    expect(planRollBack(request(both))).toMatchObject({
      safety: 'forward-only',
      safetyReason: `${NODE}: a person has said that the key of before is exposed`,
    });
  });

  test('a relaxed rule is told with who and until when, and holds again after that', () => {
    const relaxed = [{ rule: 'old-key-exposed' as const, by: 'ada', until: NOW + 1000 }];
    const { unsafe, told } = judged({ request: { exposed: true, relaxed } });
    expect([unsafe, told]).toEqual([[], [expect.stringMatching(/^old-key-exposed is relaxed by ada until 2026-11-24T03:00:01/)]]);
    expect(rulesOf({ request: { exposed: true, relaxed, now: NOW + 1000 } })).toEqual(['old-key-exposed']);
  });

  test('no relaxation makes a backup verified (I1)', () => {
    const relaxed = [{ rule: 'backup-not-verified' as const, by: 'ada', until: NOW + 1000 }];
    expect(rulesOf({ backup: { status: 'packed' }, request: { relaxed } })).toEqual(['backup-not-verified']);
  });

  test('a node that has nothing to do hides no refusal of another', () => {
    const nodes = [NODES[0], NODE];
    expect(planRollBack(request({ request: { nodes }, backup: { status: 'packed' } })).safety).toBe('forward-only');
  });
});

test('the guide has a row for each rule, and no other', () => {
  const guide =
    readFileSync(new URL('../../../docs/guide/authority-changes.md', import.meta.url), 'utf8').split('## When going back is refused')[1] ??
    '';
  expect([...guide.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, rule]) => rule)).toEqual([...RULE_NAMES]);
});

test('a thousand nodes are judged in a second or two, not in minutes', () => {
  const base = request();
  const nodes = Array.from({ length: 1000 }, (_, i) => ({
    ...registered,
    node: `i-${String(i).padStart(8, '0')}`,
    address: `10.1.${i >> 8}.${i & 255}`,
  }));
  const [observation] = [...base.observations.values()];
  if (!observation) throw new Error('fixture');
  const ring = {
    ...base,
    registration: { ...registration, nodes },
    observations: new Map(nodes.map(({ node }) => [node, { ...observation, certificates: { ...observation.certificates } }])),
    backups: nodes.map(({ node }) => ({ ...backupOf(1), node, certificates: { ...backupOf(1).certificates } })),
  };
  const since = performance.now();
  const judge = judgeTargets(ring, new Set(nodes.map(({ node }) => node)));
  expect(nodes.filter((node) => judge(node).unsafe.length > 0)).toEqual([]);
  expect(performance.now() - since).toBeLessThan(8000);
});
