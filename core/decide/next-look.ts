/** When the next window looks, and how closely. */
import type { Limits } from '../profile/limits.ts';
import type { Depth } from './verdict.ts';

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
