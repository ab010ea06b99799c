/** A world from a seed, such that what is true of its kind is true of it. */
import type { Kind } from './kind.ts';
import { Draws, mix32, seedOf } from './random.ts';
import { brokenTruth } from './truth.ts';
import { World } from './world.ts';

/** Which world: the kind, its number, the run's own number; how many nodes, and how long after the deployment one may look. */
export interface WorldName {
  readonly kind: Kind;
  readonly index: number;
  readonly run: number;
  readonly nodes: number;
  readonly horizonMs: number;
}

export interface MadeWorld {
  readonly world: World;
  /** Worlds thrown away because they did not keep what is true of their kind. */
  readonly redrawn: number;
}

/** Throws when twenty worlds in a row break the truth of their kind: then the kind is at fault, not chance. */
export function makeWorld({ kind, index, run, nodes, horizonMs }: WorldName): MadeWorld {
  let broken = '';
  for (let redrawn = 0; redrawn < 20; redrawn += 1) {
    const seed = mix32(seedOf(kind.name, index, run) + redrawn);
    const scenario = kind.draw(new Draws(mix32(seed ^ 0x51ed270b)), nodes);
    const world = new World(scenario, seed, nodes, horizonMs);
    broken = brokenTruth(world, kind.group) ?? '';
    if (broken === '') return { world, redrawn };
  }
  throw new Error(`${kind.name} ${index}: no world keeps its truth: ${broken}`);
}
