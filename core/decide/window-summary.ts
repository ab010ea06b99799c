import type { VantagePoint } from '../verify/findings.ts';

/** What one window showed; kept for the windows after it. Small, so that a state can carry all of a soak. */
export interface WindowSummary {
  readonly window: number;
  readonly at: number;
  /** `good`: every check of every node passed · `bad`: proof against a node · `unclear`: anything else. */
  readonly outcome: 'good' | 'bad' | 'unclear';
  /** `node check` of what did not pass; empty when good. */
  readonly open: readonly string[];
  /** Ports of a node that runs could not be reached, or did not answer in time. */
  readonly unreachable?: boolean;
  /** Kinds of vantage point of which nobody voted. */
  readonly missing?: readonly VantagePoint[];
}
