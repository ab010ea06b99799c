/** Mutants of the availability proof: whom a range has as replicas, how many must live, who may be interrupted together. */
import type { Mutant } from './mutant.ts';

const PROPERTIES = 'test/core/availability/proof-properties.test.ts';
const REPLICAS = { file: PROPERTIES, title: 'each range has the replicas that a plain walk of the ring finds' };
const BREAKS = {
  file: PROPERTIES,
  title: 'what an interruption breaks equals the slow count: levels, ranges, those broken before, the worst range',
};
const WAVES = { file: PROPERTIES, title: 'waves are those of a first fit that proves each step anew, and each wave holds' };

export const availabilityMutants: readonly Mutant[] = [
  {
    name: 'racks-repeat-without-end',
    breaks: 'a range is thought to have two replicas in one rack while Cassandra waits for another rack',
    file: 'core/availability/replicas.ts',
    find: 'else if (repeats > 0) repeats -= 1;',
    replace: 'else if (repeats > 0) repeats -= 0;',
    test: REPLICAS,
  },
  {
    name: 'wrapping-range-too-short',
    breaks: 'the range that wraps around the ring is not looked at in full',
    file: 'core/availability/replicas.ts',
    find: '(ends.at(-1) as number) + 1 - rangeAt.length',
    replace: '(ends.at(-1) as number) + 2 - rangeAt.length',
    test: BREAKS,
  },
  {
    name: 'half-is-a-quorum',
    breaks: 'half of the replicas pass for a quorum',
    file: 'core/availability/levels.ts',
    find: 'Math.floor(factor / 2) + 1',
    replace: 'Math.ceil(factor / 2)',
    test: BREAKS,
  },
  {
    name: 'transient-counts-as-full',
    breaks: 'a transient replica passes for one that holds everything',
    file: 'core/availability/replicas.ts',
    find: 'found - Math.max(transient - (all - found), 0)',
    replace: 'found',
    test: BREAKS,
  },
  {
    name: 'wave-forgets-its-members',
    breaks: 'a wave takes a node as if those in it were still up in the other datacentre',
    file: 'core/availability/standing.ts',
    find: 'if (keeps) for (const [placement, floor] of lowered) this.#floors.set(placement, floor);',
    replace: 'if (keeps) lowered.clear();',
    test: WAVES,
  },
  {
    name: 'last-seed-interrupted',
    breaks: 'all live seeds are interrupted together',
    file: 'core/availability/waves.ts',
    find: 'seed !== node && up[seed] === 1',
    replace: 'up[seed] === 1',
    test: WAVES,
  },
];
