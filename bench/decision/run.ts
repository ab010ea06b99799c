/** `npm run bench -- decision`: Ringward's decider beside the rules of others, on simulated clusters from a seed. */
import type { Progress } from '../../stand/progress.ts';
import type { BenchResult } from '../rollback.ts';
import type { Kind } from './kind.ts';
import { ALL_KINDS, kindNamed } from './kinds.ts';
import { measureLargeCluster } from './large-cluster.ts';
import { judgeAll } from './pool.ts';
import { deciderTable, figuresOf, foundTable, keptTable, rowsForPrograms } from './summary.ts';
import type { Portion } from './worker.ts';

export interface DecisionBenchOptions {
  /** Worlds of each kind that must be found. */
  readonly seeds: number;
  /** Worlds of each kind that must be kept; and how many of them are also watched live. */
  readonly keptSeeds: number;
  readonly liveKeptSeeds: number;
  /** Names of kinds; none for all. */
  readonly kinds: readonly string[];
  /** Another run, other worlds. */
  readonly run: number;
}

const WORLDS_A_PORTION = 25;

export async function benchDecision(options: DecisionBenchOptions, progress: Progress): Promise<BenchResult & { kinds: object[] }> {
  const kinds = options.kinds.length === 0 ? ALL_KINDS : options.kinds.map(kindNamed);
  const portions = kinds.flatMap((kind) => portionsOf(kind, options));
  const worlds = portions.reduce((sum, { from, to }) => sum + to - from, 0);
  progress(`${worlds} worlds of ${kinds.length} kinds`);
  const left = new Map(kinds.map(({ name }) => [name, portions.filter(({ kind }) => kind === name).length]));
  let done = 0;
  const tallies = await judgeAll(portions, ({ kind, from, to }) => {
    done += to - from;
    const remaining = (left.get(kind) as number) - 1;
    left.set(kind, remaining);
    if (remaining === 0) progress(`${kind} (${Math.round((done / worlds) * 100)} % of all)`);
  });
  progress('a cluster of 100 nodes');
  const figures = figuresOf(tallies, measureLargeCluster(options.run));
  const text = [foundTable(tallies), keptTable(tallies), deciderTable(tallies)].filter(Boolean).join('\n\n');
  return { figures, text, kinds: rowsForPrograms(tallies) };
}

function portionsOf({ name, group }: Kind, { seeds, keptSeeds, liveKeptSeeds, run }: DecisionBenchOptions): Portion[] {
  const worlds = group === 'kept' ? keptSeeds : seeds;
  const liveBelow = group === 'kept' ? liveKeptSeeds : worlds;
  return Array.from({ length: Math.ceil(worlds / WORLDS_A_PORTION) }, (_, index) => {
    const from = index * WORLDS_A_PORTION;
    return { kind: name, from, to: Math.min(worlds, from + WORLDS_A_PORTION), liveBelow, run };
  });
}
