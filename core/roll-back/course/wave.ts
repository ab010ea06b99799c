/** Waves: the order in which the nodes of a plan go back, and what stands between them. */
import { z } from 'zod';
import type { RegisteredNode } from '../../cluster/registration.ts';

/**
 * `automated`: without a pause · `staged`: a canary, then rack by rack, proof and soak between · `interactive`: the same, and a person approves each
 * wave · `emergency`: as parallel as availability permits, nothing between.
 */
export const RollbackMode = z.enum(['automated', 'staged', 'interactive', 'emergency']);
export type RollbackMode = z.infer<typeof RollbackMode>;

export const Wave = z.object({
  /** In words, such as `canary` or `rack1 of datacenter1`. */
  name: z.string(),
  way: z.enum(['hot', 'restart']),
  /** In the order in which they go back. */
  nodes: z.array(z.string()).min(1),
  /** So many may be at work at once; nodes that restart together must leave every range its level besides (I3). */
  together: z.int().min(1),
  /** Does a person approve it first? */
  approval: z.boolean(),
  /** Are its nodes proven, from every vantage point, before the next wave begins? */
  proof: z.boolean(),
  /** How long they must stay proven before the next wave begins. */
  soakSeconds: z.number().min(0),
});
export type Wave = z.infer<typeof Wave>;

/** A planned node with its place in the ring. */
export interface PlannedPlace extends Pick<RegisteredNode, 'node' | 'datacenter' | 'rack'> {
  readonly way: 'hot' | 'restart';
}

/**
 * @param planned in a safe order: the hot ones, then those that restart, seeds last
 * @param soakSeconds between the waves of a staged or interactive rollback
 */
export function wavesOf(planned: readonly PlannedPlace[], mode: RollbackMode, soakSeconds: number): Wave[] {
  if (mode === 'automated' || mode === 'emergency') return (['hot', 'restart'] as const).flatMap((way) => atOnce(planned, way, mode));
  const [canary, ...others] = planned;
  if (!canary) return [];
  const between = { approval: mode === 'interactive', proof: true, soakSeconds };
  const groups = Map.groupBy(others, ({ datacenter, rack, way }) => JSON.stringify([datacenter, rack, way]));
  const rest = [...groups.values()].toSorted((a, b) => far(canary, a) - far(canary, b));
  return [
    { name: `canary ${canary.node}`, way: canary.way, nodes: [canary.node], together: 1, ...between },
    ...rest.map((group) => waveOf(group, between)),
  ];
}

function atOnce(planned: readonly PlannedPlace[], way: 'hot' | 'restart', mode: RollbackMode): Wave[] {
  const nodes = planned.filter((one) => one.way === way).map(({ node }) => node);
  if (nodes.length === 0) return [];
  const together = way === 'hot' || mode === 'emergency' ? nodes.length : 1;
  const name = way === 'hot' ? 'all that reload' : together === 1 ? 'restarts, one after the other' : 'restarts';
  return [{ name, way, nodes, together, approval: false, proof: false, soakSeconds: 0 }];
}

function waveOf(group: readonly PlannedPlace[], between: Pick<Wave, 'approval' | 'proof' | 'soakSeconds'>): Wave {
  const [{ datacenter, rack, way }] = group as [PlannedPlace];
  return {
    name: `${rack} of ${datacenter}, ${way === 'hot' ? 'by reload' : 'by restart'}`,
    way,
    nodes: group.map(({ node }) => node),
    together: way === 'hot' ? group.length : 1,
    ...between,
  };
}

/** The canary's own rack first, then its data centre: what fails there has not spread yet. Restarts after reloads. */
function far(canary: PlannedPlace, [first]: readonly PlannedPlace[]): number {
  if (!first) return 0;
  const place = first.datacenter !== canary.datacenter ? 4 : first.rack !== canary.rack ? 2 : 0;
  return place + (first.way === 'restart' ? 1 : 0);
}
