/** When the next window looks, and how closely. */
import type { Limits } from '../profile/limits.ts';
import type { Depth } from './verdict.ts';

/** A first look is worth waiting for that long; where the activation is due later, what lies on the disks is looked at meanwhile. */
const WORTH_WAITING_MS = 15_000;

/** When to look first: what is seen before the activation is due does not count. */
export function firstLook(now: number, dueAt: number): number {
  return dueAt - now <= WORTH_WAITING_MS ? Math.max(now, dueAt) : now;
}

/** Not before the activation is due, and never beyond the next deadline. */
export function nextLook(now: number, dueAt: number, deadline: number, windowSeconds: number): number {
  const next = now < dueAt ? dueAt : now + windowSeconds * 1000;
  return Math.min(next, deadline);
}

/**
 * Every look at a node costs it about a second of a processor, so while the nodes are well only the client looks in between.
 * @param observedAt when the nodes were asked last @param streak since when every window is good; null while a health check is not
 */
export function depthOf(lookAgainAt: number, observedAt: number, limits: Limits, dueAt: number, streak: number | null): Depth {
  if (observedAt < dueAt) return 'full';
  const endsSoak = streak !== null && lookAgainAt >= streak + limits.soakSeconds * 1000;
  return !endsSoak && lookAgainAt < observedAt + limits.nodeLookSeconds * 1000 ? 'client' : 'soak';
}
