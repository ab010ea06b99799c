/** What a watch tells the operators by an event: whatever it found, and what it could not see. */
import type { HealthResult } from '../health/judge-health.ts';
import type { Cause } from '../verify/causes.ts';
import type { Drift } from './drift.ts';
import type { Expiring } from './expiry.ts';

export interface WatchAnswer {
  readonly cluster: string;
  readonly outcome: 'passed' | 'failed' | 'unknown';
  readonly causes: readonly Cause[];
  readonly health: readonly HealthResult[];
  /** Are the health checks together as good as they must be? */
  readonly healthIsWell: boolean;
  readonly drift: readonly Drift[];
  readonly expiring: readonly Expiring[];
  /** `node check: summary` of what nobody could judge. */
  readonly open: readonly string[];
  readonly evidence: string;
}

/** Entries of a list that one event carries. */
const MOST = 20;

/** The event's detail; null when all is well. A watch that sees nothing is no good news: what is unknown is told too. */
export function toTell({ cluster, outcome, causes, health, healthIsWell, drift, expiring, open, evidence }: WatchAnswer): object | null {
  const found = causes.length + drift.length + expiring.length + open.length;
  if (found === 0 && healthIsWell && outcome === 'passed') return null;
  return {
    cluster,
    outcome,
    causes: causes.map(({ code, nodes, sentence, action }) => ({ code, nodes, sentence, action })),
    health: health.filter((one) => one.outcome !== 'passed').map(({ check, observed }) => ({ check, observed })),
    drift: drift.slice(0, MOST),
    expiring: expiring.slice(0, MOST),
    open: open.slice(0, MOST),
    evidence,
  };
}
