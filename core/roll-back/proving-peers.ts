/** Which nodes must accept one that is back, while the rollback goes on. */
import { NOTHING_TO_DO, type RollbackPlan } from './plan.ts';

/**
 * Every other node but those that still wait for their own way back, those at work together with it, and those that get none: what they show and
 * trust may be the very thing that is rolled back.
 */
export function provingPeers(plan: RollbackPlan, node: string, registered: readonly string[]): string[] {
  const own = plan.waves.find(({ nodes }) => nodes.includes(node));
  const order = plan.waves.flatMap(({ nodes }) => nodes);
  const atOnce = own !== undefined && own.together > 1 ? own.nodes : [];
  const notYet = new Set([...order.slice(order.indexOf(node) + 1), ...atOnce, ...leftAlone(plan)]);
  return registered.filter((other) => other !== node && !notYet.has(other));
}

/** Nodes that a look at a whole wave is about: the wave, those before it, and those that stay as they are. */
export function provenWith(plan: RollbackPlan, wave: number, registered: readonly string[]): string[] {
  const notYet = new Set([...plan.waves.slice(wave + 1).flatMap(({ nodes }) => nodes), ...leftAlone(plan)]);
  return registered.filter((node) => !notYet.has(node));
}

const leftAlone = ({ refused }: RollbackPlan): string[] =>
  refused.filter(({ wayForward }) => wayForward !== NOTHING_TO_DO).map(({ node }) => node);
