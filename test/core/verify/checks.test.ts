import { describe, expect, test } from 'vitest';
import type { NodeObservation } from '../../../core/node/facts.ts';
import { FINDING_CODES, type FindingCodeName, SUPPORTS } from '../../../core/verify/codes.ts';
import type { VerificationSnapshot } from '../../../core/verify/snapshot.ts';
import { verifyNode } from '../../../core/verify/verify-node.ts';
import { codesOf, fresh, policy, ringOf, run, snapshot } from '../../fixtures/node-snapshot.ts';
import { DAY, type Made, NOW } from '../../fixtures/pki.ts';
import { COMPLETED, evil, good, hash, KEYSTORE, NODES, oldLeaves, snapshotOf } from '../../fixtures/ring.ts';

test('a healthy new leaf passes every check', () => {
  expect(verifyNode(snapshot(), policy, NOW).checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
});

describe('each fault by its own check', () => {
  const cases: readonly [string, FindingCodeName, () => VerificationSnapshot][] = [
    ['file-integrity', 'FILE_HASH_DIFFERS', () => snapshot((o) => o, {}, ringOf({ keystoreHash: hash('f') }))],
    [
      'file-integrity',
      'FILE_MISSING',
      () => snapshot((o) => ({ ...o, files: o.files.map((file) => (file.path === KEYSTORE ? { ...file, present: false } : file)) })),
    ],
    ['certificate-parsing', 'STORE_HOLDS_NO_CERTIFICATE', () => snapshot((o) => o, {}, ringOf({ disk: [] }))],
    [
      'certificate-parsing',
      'CERTIFICATE_UNPARSABLE',
      () => snapshot((o) => ({ ...o, certificates: { ...o.certificates, [fresh.sha256]: 'AAAA' } }), { alone: true }),
    ],
    ['certificate-parsing', 'LEAF_NOT_ANNOUNCED', () => snapshot((o) => o, {}, ringOf({ disk: [good.leaf('x'), good.intermediate] }))],
    ['jvm-trial-load', 'STORE_UNLOADABLE', () => snapshot((o) => o, {}, ringOf({ loads: false }))],
    ['key-match', 'KEY_MISMATCH', () => snapshot((o) => o, {}, ringOf({ keyMatches: false }))],
    ['expiration', 'LEAF_EXPIRED', () => snapshot((o) => o, {}, ringOf({ disk: [good.leaf('x', { notAfter: NOW - 1000 })] }))],
    ['not-before', 'LEAF_NOT_YET_VALID', () => snapshot((o) => ({ ...o, at: NOW - 40 * DAY }))],
    ['chain-validation', 'CHAIN_INTERMEDIATE_MISSING', () => snapshot((o) => o, {}, ringOf({ disk: [fresh] }))],
    [
      'chain-validation',
      'PURPOSE_LACKS_CLIENT_AUTH',
      () => snapshot((o) => o, {}, ringOf({ disk: [good.leaf('x', { purposes: ['server'] }), good.intermediate] })),
    ],
    [
      'chain-validation',
      'CHAIN_UNTRUSTED_BY_CLIENTS',
      () => snapshot((o) => o, {}, ringOf({ disk: [evil.leaf('x'), evil.intermediate], trust: [evil.root] })),
    ],
    ['handshake-and-read', 'HANDSHAKE_FAILED', () => snapshot((o) => o, {}, ringOf({ accepted: false }))],
    [
      'handshake-and-read',
      'READ_REFUSED',
      () => snapshot((o) => ({ ...o, listeners: o.listeners.map((fact) => ({ ...fact, read: 'refused' as const })) })),
    ],
    ['peer-handshakes', 'PEER_REFUSES_NODE', () => snapshot((o) => o, {}, ringOf({ accepted: false }))],
    ['peer-handshakes', 'NODE_REFUSES_PEER', () => snapshot((o) => o, {}, ringOf({}, { accepted: false }))],
    ['ring-view', 'RING_NODE_DOWN', () => snapshot((o) => o, {}, ringOf({}, { service: 'failed' }))],
    ['ring-view', 'RING_NOT_NORMAL', () => snapshot((o) => ({ ...o, ring: o.ring && { ...o.ring, operationMode: 'JOINING' } }))],
    ['service-state', 'SERVICE_NOT_RUNNING', () => snapshot((o) => o, {}, ringOf({ service: 'failed' }))],
    ['client-canary', 'CLIENT_HANDSHAKE_FAILED', () => snapshot((o) => o, {}, ringOf({ accepted: false }))],
    [
      'client-canary',
      'CLIENT_READ_FAILED',
      () => snapshot((o) => o, { client: { ...ringOf().client, canary: [{ node: NODES[0], connected: true, error: 'Unavailable' }] } }),
    ],
    ['wire-from-client', 'SERVED_LEAF_UNEXPECTED', () => snapshot((o) => o, {}, ringOf({ served: [good.leaf('x'), good.intermediate] }))],
    ['wire-from-client', 'CLIENT_HANDSHAKE_FAILED', () => snapshot((o) => o, {}, ringOf({ accepted: false }))],
    [
      'configuration-trap',
      'ENDPOINT_VERIFICATION_TRAP',
      () =>
        snapshot((o) => ({ ...o, configuration: [{ setting: 'server_encryption_options.require_endpoint_verification', value: 'true' }] })),
    ],
  ];
  test.each(cases)('%s finds %s', (name, code, from) => {
    const result = run(name, from());
    expect(result.outcome).toBe('failed');
    expect(codesOf(result)).toContain(code);
    expect(result.summary).toMatch(/Expected .+; observed .+/);
  });

  test('a key readable by all is a warning, and fails nothing', () => {
    const result = run(
      'file-permissions',
      snapshot((o) => ({ ...o, files: o.files.map((file) => ({ ...file, mode: '0644' })) })),
    );
    expect(result).toMatchObject({ outcome: 'passed', findings: [{ code: 'KEY_READABLE_BY_ALL', severity: 'warning', where: KEYSTORE }] });
  });

  test('a service that is starting has until its deadline', () => {
    const starting = snapshot((o) => ({ ...o, service: { state: 'activating', pid: null, startedAt: null } }));
    expect(run('service-state', starting).outcome).toBe('unknown');
    expect(run('service-state', starting, COMPLETED + 300_000).outcome).toBe('unknown');
    expect(codesOf(run('service-state', starting, COMPLETED + 300_001))).toEqual(['SERVICE_NOT_RUNNING']);
  });

  test('a process that runs and serves nothing has the start’s time, if this deployment restarted it', () => {
    const silent = (activation: 'restart' | 'reload') =>
      snapshot(
        (o) => ({
          ...o,
          at: COMPLETED + 20_000,
          ring: null,
          listeners: o.listeners.map((fact) => ({ ...fact, handshake: 'unreachable' as const, chain: [] })),
          service: { state: 'active', pid: 7, startedAt: COMPLETED - 10_000 },
        }),
        { activation },
      );
    expect(run('service-state', silent('restart')).outcome).toBe('unknown');
    const short = { ...silent('restart') };
    const late = { ...short, observation: short.observation && { ...short.observation, at: COMPLETED + 291_000 } };
    expect(codesOf(run('service-state', late))).toEqual(['SERVICE_START_TIMED_OUT']);
    const notOurs = { ...silent('reload'), observation: late.observation };
    expect(run('service-state', notOurs).outcome).toBe('passed');
  });

  test('a large ring: links that are not of this look’s sample are not missing, too few of them are', () => {
    const wide = (dialled: number) => {
      const from = snapshot();
      const link = from.observation?.peers.find(({ from: dialler }) => dialler === from.node.node);
      if (!from.observation || !link) throw new Error('fixture');
      const peers = Array.from({ length: dialled }, (_, i) => ({ ...link, to: `i-${i}` }));
      const others = Array.from({ length: 59 }, (_, i) => ({
        node: `i-${i}`,
        observation: { ...from.observation, peers: [] } as NodeObservation,
      }));
      return run('peer-handshakes', { ...from, others, observation: { ...from.observation, peers } });
    };
    expect(wide(12)).toMatchObject({ outcome: 'passed', summary: expect.stringContaining('12 of 59 other nodes') });
    expect(wide(11).outcome).toBe('unknown');
  });

  test('a leaf that expires soon is a warning', () => {
    expect(
      run(
        'expiration',
        snapshot((o) => o, {}, ringOf({ disk: [good.leaf('x', { notAfter: NOW + DAY })] })),
      ),
    ).toMatchObject({ outcome: 'passed' });
  });

  test('files of before are recognised as such', () => {
    expect(
      codesOf(
        run(
          'file-integrity',
          snapshot((o) => o, {}, ringOf({ keystoreHash: hash('0') })),
        ),
      ),
    ).toContain('FILES_OF_BEFORE');
  });
});

test('a certificate filed under another hash is no evidence', () => {
  const bent = snapshot((o) => ({ ...o, certificates: { ...o.certificates, [fresh.sha256]: (oldLeaves[0] as Made).base64 } }), {
    alone: true,
  });
  expect(bent.certificates.get(fresh.sha256)).toBeNull();
});

test('the table of codes: every finding is in it, ranks are unique, supports name proofs', () => {
  const ranks = Object.values(FINDING_CODES).map(({ rank }) => rank);
  expect(new Set(ranks).size).toBe(ranks.length);
  for (const supported of Object.values(SUPPORTS).flat()) expect(FINDING_CODES[supported].severity).toBe('proof');
});

test.each([{ listeners: ['jmx' as const] }, { listeners: [] }])(
  'a store that the yaml does not name ($listeners) is no part of the trial load',
  ({ listeners }) => {
    const jmx = {
      path: '/etc/cassandra/tls/jmx.p12',
      kind: 'keystore' as const,
      listeners,
      factory: 'java.security.KeyStore',
      chain: [],
      keyMatchesLeaf: null,
    };
    const withJmx = snapshot((o) => ({ ...o, stores: [...o.stores, jmx] }));
    expect(run('jvm-trial-load', withJmx).outcome).toBe('passed');
    expect(verifyNode(withJmx, policy, NOW).outcome).toBe('passed');
  },
);

describe('a probe that records any chain and goes on', () => {
  const edited = (bent: Partial<NodeObservation['listeners'][number]>, who: 'own' | 'peers') =>
    snapshot((o) =>
      who === 'own'
        ? { ...o, listeners: o.listeners.map((fact) => ({ ...fact, ...bent })) }
        : { ...o, peers: o.peers.map((fact) => ({ ...fact, ...bent })) },
    );

  test('complete, answered and not trusted is a failure', () => {
    expect(run('handshake-and-read', edited({ trusted: false }, 'own'))).toMatchObject({
      outcome: 'failed',
      findings: [{ code: 'HANDSHAKE_FAILED' }, {}],
    });
    expect(codesOf(run('peer-handshakes', edited({ trusted: false }, 'peers')))).toEqual(new Array(4).fill('NODE_REFUSES_PEER'));
    const ring = ringOf();
    const other = ring.observations.get(NODES[1]) as NodeObservation;
    ring.observations.set(NODES[1], { ...other, peers: other.peers.map((fact) => ({ ...fact, trusted: false })) });
    expect(codesOf(run('peer-handshakes', snapshotOf(ring, 0)))).toEqual(['PEER_REFUSES_NODE', 'PEER_REFUSES_NODE']);
    const client = { ...ring.client, wire: ring.client.wire.map((fact) => ({ ...fact, trusted: false })) };
    expect(
      codesOf(
        run(
          'wire-from-client',
          snapshot((o) => o, { client }),
        ),
      ),
    ).toEqual(['CLIENT_HANDSHAKE_FAILED']);
  });

  test.each([
    'SocketException: Connection reset',
    'SSLHandshakeException: Remote host terminated the handshake',
    'SocketTimeoutException: Read timed out',
  ])('"%s" before any certificate was shown proves nothing (I8)', (error) => {
    const bent = { handshake: 'failed' as const, read: 'none' as const, chain: [], error };
    for (const [check, who] of [
      ['handshake-and-read', 'own'],
      ['peer-handshakes', 'peers'],
    ] as const) {
      const from = snapshot((o) => {
        const strip = <F extends { trusted?: boolean | undefined }>({ trusted: _t, ...fact }: F) => ({ ...fact, ...bent });
        return (who === 'own' ? { ...o, listeners: o.listeners.map(strip) } : { ...o, peers: o.peers.map(strip) }) as NodeObservation;
      });
      expect(run(check, from).outcome).toBe('unknown');
    }
  });

  test('an error of the canary that only says that the connection ended proves nothing', () => {
    for (const error of ['Client network socket disconnected before secure TLS connection was established', 'read ECONNRESET']) {
      const canary = [{ node: NODES[0], connected: false, error }];
      expect(
        run(
          'client-canary',
          snapshot((o) => o, { client: { ...ringOf().client, canary } }),
        ).outcome,
      ).toBe('unknown');
    }
  });
});
