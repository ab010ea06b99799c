import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codesOf, fresh, ringOf, run, snapshot } from '../../fixtures/node-snapshot.ts';
import { byHash, DAY, type Made, NOW } from '../../fixtures/pki.ts';
import { address, good, oldLeaves, snapshotOf } from '../../fixtures/ring.ts';

describe('served-leaf', () => {
  test('an old leaf before the activation is due is "not yet", afterwards proof', () => {
    const ring = ringOf({ served: [oldLeaves[0] as Made, good.intermediate] });
    const early = run('served-leaf', snapshotOf(ring, 0, { completedAt: NOW - 1000 }));
    expect([early.outcome, new Set(codesOf(early))]).toEqual(['unknown', new Set(['LEAF_NOT_YET_SERVED'])]);
    expect(run('served-leaf', snapshotOf(ring, 0, { activation: 'poll' })).outcome).toBe('unknown');
    const late = run('served-leaf', snapshotOf(ring, 0));
    expect([late.outcome, new Set(codesOf(late))]).toEqual(['failed', new Set(['SERVED_LEAF_IS_BEFORE'])]);
    expect(new Set(late.findings.map(({ seenBy }) => seenBy))).toEqual(new Set(['node', 'peer']));
  });

  test('one port stale and the other fresh fails', () => {
    const stale = snapshot((o) => ({
      ...o,
      listeners: o.listeners.map((fact) => (fact.listener === 'internode' ? { ...fact, chain: [oldLeaves[0]?.sha256 as string] } : fact)),
    }));
    expect(run('served-leaf', stale)).toMatchObject({
      outcome: 'failed',
      findings: [
        { code: 'SERVED_LEAF_IS_BEFORE', where: 'internode:7000' },
        { code: 'CONTEXTS_DIFFER', where: 'internode:7000' },
      ],
    });
  });

  test('after a rollback the new leaf is the unexpected one', () => {
    expect(
      codesOf(
        run(
          'served-leaf',
          snapshot((o) => o, { purpose: 'old' }),
        ),
      )[0],
    ).toBe('SERVED_LEAF_UNEXPECTED');
  });

  const jmx = (leaf: Made, onDisk: Made) =>
    snapshot((o) => ({
      ...o,
      certificates: { ...o.certificates, ...byHash(leaf, onDisk) },
      listeners: [
        ...o.listeners,
        { listener: 'jmx', address: address(0), port: 7199, handshake: 'complete', read: 'none', chain: [leaf.sha256] },
      ],
      stores: [
        ...o.stores,
        {
          path: '/etc/cassandra/tls/jmx.p12',
          kind: 'keystore',
          listeners: ['jmx'],
          factory: 'JDK',
          loads: true,
          chain: [onDisk.sha256],
          keyMatchesLeaf: true,
        },
      ],
    }));
  test('a stale JMX leaf is a notice; one that expires soon a warning; neither fails', () => {
    const stale = run('served-leaf', jmx(good.leaf('jmx'), good.leaf('jmx')));
    expect([stale.outcome, stale.findings.map(({ code, severity }) => [code, severity])]).toEqual([
      'passed',
      [['JMX_LEAF_STALE', 'notice']],
    ]);
    const soon = good.leaf('jmx', { notAfter: NOW + DAY });
    expect(run('served-leaf', jmx(soon, soon))).toMatchObject({
      outcome: 'passed',
      findings: [{ code: 'JMX_LEAF_EXPIRES_SOON', severity: 'warning' }],
    });
  });

  test('property: any flipped digit of an observed leaf fails the check', () => {
    const digits = '0123456789abcdef';
    fc.assert(
      fc.property(fc.nat(63), fc.integer({ min: 1, max: 15 }), fc.constantFrom('client', 'internode'), (at, shift, listener) => {
        const flipped = [...fresh.sha256].map((digit, i) => (i === at ? digits[(digits.indexOf(digit) + shift) % 16] : digit)).join('');
        const bent = snapshot((o) => ({
          ...o,
          listeners: o.listeners.map((fact) => (fact.listener === listener ? { ...fact, chain: [flipped, ...fact.chain.slice(1)] } : fact)),
        }));
        expect(run('served-leaf', bent).outcome).toBe('failed');
      }),
      { numRuns: 60 },
    );
  });
});
