/** Which nodes must accept one that is back, while the rollback goes on. */
import { NOTHING_TO_DO, type RollbackPlan } from './plan.ts';

/**
 * Every other node but those that still wait for their own way back, and those that get none: what they show and trust may be
 * the very thing that is rolled back.
 */
export function provingPeers(plan: RollbackPlan, node: string, registered: readonly string[]): string[] {
  const order = plan.restart.map((one) => one.node);
  const waiting = order.slice(order.indexOf(node) + 1);
  const left = plan.refused.filter(({ wayForward }) => wayForward !== NOTHING_TO_DO).map((one) => one.node);
  return registered.filter((other) => other !== node && !waiting.includes(other) && !left.includes(other));
}
