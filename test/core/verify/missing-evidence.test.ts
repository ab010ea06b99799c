import { describe, expect, test } from 'vitest';
import type { NodeObservation } from '../../../core/node/facts.ts';
import type { SnapshotParts, VerificationSnapshot } from '../../../core/verify/snapshot.ts';
import { CHECKS, verifyNode } from '../../../core/verify/verify-node.ts';
import { policy, ringOf, run, snapshot } from '../../fixtures/node-snapshot.ts';
import { NOW } from '../../fixtures/pki.ts';
import { NODES, snapshotOf } from '../../fixtures/ring.ts';

describe('missing evidence is unknown, never passed, and never a TLS failure (I8)', () => {
  test.each(Object.keys(CHECKS))('%s without any observation', (name) => {
    const ring = ringOf();
    const nothing = snapshotOf({ ...ring, observations: new Map() }, 0, { client: null });
    const result = run(name, nothing);
    expect(result.outcome).toBe('unknown');
    expect(result.findings.filter(({ severity }) => severity === 'proof')).toEqual([]);
    expect(result.summary.length).toBeGreaterThan(5);
  });

  test('an unreachable node proves nothing against itself', () => {
    const unreachable = verifyNode(snapshotOf({ ...ringOf(), observations: new Map() }, 0), policy, NOW);
    expect(unreachable.outcome).toBe('unknown');
  });

  const part = (edit: (o: NodeObservation) => Partial<NodeObservation>, bent: Partial<SnapshotParts> & { alone?: true } = {}) =>
    snapshot((o) => ({ ...o, ...edit(o) }), bent);
  test.each<[string, () => VerificationSnapshot]>([
    ['file-integrity', () => part(() => ({ files: [] }))],
    ['certificate-parsing', () => part(() => ({ stores: [] }))],
    ['certificate-parsing', () => part(() => ({ certificates: {} }), { alone: true })],
    ['chain-validation', () => part((o) => ({ stores: o.stores.filter(({ kind }) => kind === 'keystore') }))],
    ['jvm-trial-load', () => part((o) => ({ stores: o.stores.map(({ loads: _, ...store }) => store) }))],
    ['key-match', () => part((o) => ({ stores: o.stores.map((store) => ({ ...store, keyMatchesLeaf: null })) }))],
    ['served-leaf', () => part(() => ({ listeners: [] }))],
    ['handshake-and-read', () => part((o) => ({ listeners: o.listeners.slice(0, 1) }))],
    ['handshake-and-read', () => part((o) => ({ listeners: o.listeners.map((fact) => ({ ...fact, read: 'timed-out' as const })) }))],
    [
      'handshake-and-read',
      () =>
        part((o) => ({ listeners: o.listeners.map((fact) => ({ ...fact, handshake: 'unreachable' as const, read: 'none' as const })) })),
    ],
    ['peer-handshakes', () => part((o) => ({ peers: o.peers.slice(0, 1) }))],
    ['ring-view', () => part(() => ({ ring: null }))],
    ['client-canary', () => part(() => ({}), { client: { ...ringOf().client, canary: [] } })],
    ['client-canary', () => part(() => ({}), { client: { ...ringOf().client, canary: [{ node: NODES[0], connected: true }] } })],
    [
      'client-canary',
      () => part(() => ({}), { client: { ...ringOf().client, canary: [{ node: NODES[0], connected: false, error: 'ECONNREFUSED' }] } }),
    ],
    ['wire-from-client', () => part(() => ({}), { client: { ...ringOf().client, wire: [] } })],
    ['file-permissions', () => part((o) => ({ files: o.files.map(({ mode: _, ...file }) => file) }))],
  ])('%s with a part of it missing', (name, from) => {
    expect(run(name, from()).outcome).toBe('unknown');
  });

  test('both roles are needed: a peer that did not report leaves the peer check open', () => {
    const ring = ringOf();
    ring.observations.delete(NODES[2]);
    expect(run('peer-handshakes', snapshotOf(ring, 0))).toMatchObject({ outcome: 'unknown', summary: expect.stringContaining(NODES[2]) });
  });
});
