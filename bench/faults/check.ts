/** Runs one point in a world of its own and holds every invariant against what it leaves. */
import { sha256Hex } from '../../core/canonical.ts';
import { worldFrom } from '../../stand/simulated/scenario.ts';
import type { SimulatedWorld, WorldWishes } from '../../stand/simulated/world.ts';
import { settledState } from './invariants/ends.ts';
import { atEveryEnd, INVARIANTS } from './invariants/invariants.ts';
import { seenOf } from './invariants/seen.ts';
import type { Point } from './points.ts';
import { type Attempt, type Ground, tell, tellUndisturbed } from './story.ts';

export interface Violation {
  readonly point: string;
  readonly invariant: string;
  readonly sentence: string;
}

export interface Checked {
  readonly violations: readonly Violation[];
  readonly attempts: readonly Attempt[];
  readonly hit: boolean;
}

/** How an undisturbed rollback leaves the ring and the record. */
export async function settledOf(ground: Ground, wishes: WorldWishes): Promise<string> {
  const world = worldFrom(ground.state, wishes);
  await tellUndisturbed(world, ground);
  return settledState(seenOf(world, ground.state, ''));
}

/** After a crash somebody is there at once, or half a minute later: by the point, so that it is the same again. */
const resumeAfterMs = (id: string): number => (Number.parseInt(sha256Hex(id).slice(0, 2), 16) % 2 === 0 ? 0 : 30_000);

export async function checkPoint(point: Point, settled: string, wishes: WorldWishes): Promise<Checked> {
  const { id, ground } = point;
  const atEnds = (world: SimulatedWorld) => atEveryEnd(seenOf(world, ground.state, settled));
  const { attempts, world, told, hit } = await tell(ground.state, ground.starter, point, wishes, {
    resumeAfterMs: resumeAfterMs(id),
    atEnds,
  });
  const atEnd = told.map((sentence) => ({ point: id, invariant: 'I7', sentence }));
  return { violations: [...atEnd, ...atRest(world, point, settled)], attempts, hit };
}

/** Every invariant, held against a world at rest. */
export function atRest(world: SimulatedWorld, { id, ground }: Pick<Point, 'id' | 'ground'>, settled: string): Violation[] {
  const seen = seenOf(world, ground.state, settled);
  return INVARIANTS.flatMap(([invariant, check]) => check(seen).map((sentence) => ({ point: id, invariant, sentence })));
}
