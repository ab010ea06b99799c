/**
 * A kind of deployment, and what is true of it.
 *
 * Of all kinds that must be kept holds, and is measured on the world itself (`truth.ts`), not on probes: outside the grace period no
 * node and no cluster has a true median response time above 1.5 × the baseline's in any 60 s, for either kind of probe, and none a true
 * share of failures above the threshold, but for stops. A seed whose world breaks this is drawn anew.
 */
import type { Draws } from './random.ts';
import type { Scenario } from './scenario.ts';

export interface Kind {
  readonly name: string;
  /** `apart`: exactly on a threshold, where neither answer is wrong; shown and not counted. */
  readonly group: 'kept' | 'found' | 'apart';
  /** What is true of it beyond what is true of its group. */
  readonly truth: string;
  readonly draw: (draws: Draws, nodes: number) => Scenario;
}
