import fc from 'fast-check';
import { expect, test } from 'vitest';
import { availabilityOf } from '../../../core/availability/proof.ts';
import { placeInDatacenter, placeSimply } from '../../../core/availability/replicas.ts';
import { ringOf } from '../../../core/availability/ring.ts';
import type { RingTopology } from '../../../core/availability/topology.ts';
import { naiveBroken, naiveLive, naiveRanges, naiveWaves } from './naive.ts';
import { randomRing, ringAndNodes } from './random-rings.ts';

const RUNS = { numRuns: 400 };

/** Replicas of each whole-ring range, as `placeSimply` or `placeInDatacenter` say. */
function placed(topology: RingTopology, factor: number, datacenter: string | null): string[][] {
  const ring = ringOf(topology);
  const cut = datacenter === null ? ring.whole : ring.cuts.get(datacenter);
  if (!cut) return ring.tokens.map(() => []);
  const wanted = { all: factor, transient: 0 };
  const placement = datacenter === null ? placeSimply(ring, wanted) : placeInDatacenter(ring, cut, wanted);
  return [...placement.cut.rangeAt].map((range) =>
    [...placement.replicas.subarray(range * placement.width, (range + 1) * placement.width)]
      .map((node) => ring.addresses[node] as string)
      .sort(),
  );
}

/** The same by the conditions of the slow reference: at ALL the replicas of a range are all listed. */
function listed(topology: RingTopology, replication: Record<string, string>): string[][] {
  const conditions = naiveLive({ ...topology, keyspaces: [{ name: 'k', replication, levels: ['ALL'] }] }, new Set());
  return naiveRanges(topology).map(({ text }) =>
    (conditions.find(({ range }) => range === text)?.replicas ?? []).map(({ address }) => address).sort(),
  );
}

test('each range has the replicas that a plain walk of the ring finds', () => {
  fc.assert(
    fc.property(randomRing, fc.integer({ min: 0, max: 7 }), fc.constantFrom('x', 'y', 'z'), (topology, factor, datacenter) => {
      expect(placed(topology, factor, null)).toEqual(listed(topology, { class: 'SimpleStrategy', replication_factor: String(factor) }));
      expect(placed(topology, factor, datacenter)).toEqual(
        listed(topology, { class: 'NetworkTopologyStrategy', [datacenter]: String(factor) }),
      );
    }),
    RUNS,
  );
});

test('what is broken already equals the slow count', () => {
  fc.assert(
    fc.property(randomRing, (topology) => {
      expect(availabilityOf(topology).alreadyBroken()).toEqual(naiveBroken(topology));
    }),
    RUNS,
  );
});

test('what an interruption breaks equals the slow count: levels, ranges, those broken before, the worst range', () => {
  fc.assert(
    fc.property(ringAndNodes, fc.integer({ min: 1, max: 4 }), ({ topology, addresses }, most) => {
      const down = new Set(addresses.slice(0, most));
      const broken = naiveBroken(topology, down);
      expect(availabilityOf(topology).without(down)).toEqual(broken.length === 0 ? { holds: true } : { holds: false, broken });
    }),
    RUNS,
  );
});

test('waves are those of a first fit that proves each step anew, and each wave holds', () => {
  const options = fc.record({ most: fc.integer({ min: 1, max: 5 }), oneRack: fc.boolean(), seeds: fc.integer({ min: 0, max: 2 }) });
  fc.assert(
    fc.property(ringAndNodes, options, ({ topology, addresses }, { most, oneRack, seeds }) => {
      const availability = availabilityOf(topology);
      const wanted = { most, oneRack, seeds: new Set(addresses.slice(0, seeds)) };
      const { waves, never } = availability.waves(addresses, wanted);
      expect({ waves, never: never.map(({ address }) => address) }).toEqual(naiveWaves(topology, addresses, wanted));
      for (const wave of waves) expect(availability.without(new Set(wave))).toEqual({ holds: true });
    }),
    RUNS,
  );
});

test('impact equals the slow count: ranges touched, the least slack of each level, a range where it is so', () => {
  fc.assert(
    fc.property(ringAndNodes, fc.integer({ min: 1, max: 3 }), ({ topology, addresses }, size) => {
      const waves = Array.from({ length: Math.ceil(addresses.length / size) }, (_, wave) =>
        addresses.slice(wave * size, (wave + 1) * size),
      );
      const slow = waves.flatMap((wave) => naiveLive(topology, new Set(wave), new Set(wave)));
      const { ranges, levels } = availabilityOf(topology).impact(waves);
      expect(ranges).toBe(new Set(slow.map(({ range }) => range)).size);
      const kinds = Map.groupBy(slow, ({ keyspace, level }) => JSON.stringify([keyspace, level]));
      const least = [...kinds].map(([kind, found]) => [kind, Math.min(...found.map(({ live, needed }) => live - needed))] as const);
      expect(new Map(levels.map(({ keyspace, level, slack }) => [JSON.stringify([keyspace, level]), slack]))).toEqual(new Map(least));
      for (const { keyspace, level, datacenter, live, needed, slack, example } of levels) {
        expect(slack).toBe(live - needed);
        expect(slow).toContainEqual(
          expect.objectContaining({ keyspace, level, ...(datacenter !== undefined && { datacenter }), live, needed, range: example }),
        );
      }
      expect(levels.map(({ slack }) => slack)).toEqual(levels.map(({ slack }) => slack).toSorted((a, b) => a - b));
    }),
    RUNS,
  );
});
