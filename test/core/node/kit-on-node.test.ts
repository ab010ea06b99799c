import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Registration } from '../../../core/cluster/registration.ts';
import { kitOnNode } from '../../../core/node/kit-on-node.ts';
import { NODES, registration } from '../../fixtures/ring.ts';

/** A ring of so many nodes over two data centres of three racks; every 20th is a seed. */
const ringOf = (count: number): Registration =>
  Registration.parse({
    ...registration,
    nodes: Array.from({ length: count }, (_, i) => ({
      node: `i-${(i + 1).toString(16).padStart(17, '0')}`,
      address: `10.0.${i >> 8}.${i & 255}`,
      datacenter: `dc${i % 2}`,
      rack: `rack${i % 3}`,
      seed: i % 20 === 0,
    })),
  });

describe('what a backup leaves for a person', () => {
  test('the deadlines of the cluster, every other node, and what is about to be deployed', () => {
    const artifacts = [{ path: '/etc/cassandra/tls/node.pem', sha256: 'a'.repeat(64), kind: 'keystore' as const }];
    const kit = kitOnNode(registration, NODES[1], { artifacts });
    expect(kit).toMatchObject({
      drainTimeoutMs: registration.limits.drainSeconds * 1000,
      stopTimeoutMs: registration.limits.stopSeconds * 1000,
      startTimeoutMs: registration.limits.nodeStartSeconds * 1000,
      peersLeftOut: 0,
      announced: [{ path: '/etc/cassandra/tls/node.pem', sha256: 'a'.repeat(64) }],
    });
    expect(kit.peers.map(({ node }) => node).toSorted()).toEqual([NODES[0], NODES[2]]);
    expect(kitOnNode(registration, NODES[0], null).announced).toEqual([]);
    expect(() => kitOnNode(registration, 'i-0badbadbad', null)).toThrow(/NODE_UNKNOWN|i-0badbadbad/);
  });

  test('a ring of any size fits into an SSM parameter; seeds and the own rack are never left out for others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(), (count, which) => {
        const ring = ringOf(count);
        const own = ring.nodes[which % count]!;
        const kit = kitOnNode(ring, own.node, null);
        expect(kit.peers.length + kit.peersLeftOut).toBe(count - 1);
        expect(kit.peers.some(({ node }) => node === own.node)).toBe(false);
        expect(kit.seed).toBe(own.seed);
        // Base64 of the kit, well within the 48,000 characters of a request.
        expect((JSON.stringify(kit).length * 4) / 3).toBeLessThan(12_000);
        const rankOf = (node: string): number => {
          const one = ring.nodes.find((candidate) => candidate.node === node)!;
          return one.seed ? 0 : one.datacenter !== own.datacenter ? 3 : one.rack !== own.rack ? 2 : 1;
        };
        const named = new Set(kit.peers.map(({ node }) => node));
        const worst = Math.max(0, ...kit.peers.map(({ node }) => rankOf(node)));
        for (const { node } of ring.nodes) if (node !== own.node && !named.has(node)) expect(rankOf(node)).toBeGreaterThanOrEqual(worst);
      }),
      { numRuns: 60 },
    );
  });
});
