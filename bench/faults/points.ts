/** Every point of a rollback at which something can go wrong: found by running it once and writing down each call that it makes. */

import { worldFrom } from '../../stand/simulated/scenario.ts';
import type { WorldWishes } from '../../stand/simulated/world.ts';
import { Calls, type Fault, faultsOf, kindOf } from './fault.ts';
import { type FaultAt, type Ground, programPoint, tellUndisturbed } from './story.ts';

/** A fault at one call of one ground, and its name, by which it can be run again. */
export interface Point extends FaultAt {
  readonly id: string;
  readonly ground: Ground;
}

/** Runs the ground undisturbed and gives its points in the order in which they are met. */
export async function pointsOf(ground: Ground, wishes: WorldWishes): Promise<Point[]> {
  const found: FaultAt[] = [];
  const world = worldFrom(ground.state, wishes);
  const calls = new Calls();
  world.carry = (call) => {
    const [kind, ordinal] = [kindOf(call), calls.number(call)];
    for (const fault of faultsOf(call, calls.lastAnswer(call) !== undefined)) found.push({ kind, ordinal, fault });
    return calls.perform(call);
  };
  const reached = new Map<string, number>();
  world.endsProgram = (node, step, point) => {
    const kind = programPoint(node, step, point);
    const ordinal = (reached.get(kind) ?? 0) + 1;
    reached.set(kind, ordinal);
    found.push({ kind, ordinal, fault: 'program-ends' });
    return false;
  };
  await tellUndisturbed(world, ground);
  return found.map((at) => ({ ...at, ground, id: idOf(ground, at) }));
}

const idOf = ({ scenario, starter }: Ground, { kind, ordinal, fault }: FaultAt): string =>
  `${scenario}/${starter}/${kind}#${ordinal}!${fault}`;

/** How many points each fault has. */
export function countByFault(points: readonly Point[]): Readonly<Partial<Record<Fault | 'program-ends', number>>> {
  const counts: Partial<Record<Fault | 'program-ends', number>> = {};
  for (const { fault } of points) counts[fault] = (counts[fault] ?? 0) + 1;
  return counts;
}
