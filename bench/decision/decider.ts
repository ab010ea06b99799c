/** What the bench measures: a decider that reads a recorded deployment, and one that asks for its probes as it goes. */
import type { ProbeRow } from '../../core/decide/measured/probe-row.ts';

/** What is declared of a deployment before it is judged. */
export interface Declared {
  /** Seconds after t = 0 in which nothing is held against it. */
  readonly graceS: number;
}

export interface Decision {
  readonly verdict: 'keep' | 'roll-back' | 'hold';
  /** Nodes at fault; empty for the whole cluster or none. */
  readonly scope: readonly string[];
}

export interface ReplayedDecision extends Decision {
  /** Seconds from the deployment; null when the trace ended first. */
  readonly decisionS: number | null;
}

/** Probes per second of each kind, over all nodes together. */
export interface ProbeRate {
  readonly tls: number;
  readonly cql: number;
}

export interface LiveDecider {
  /** A probe's result; in the order of the times of asking. */
  offer(row: ProbeRow): void;
  /** All results of probes asked before this time (ms from the deployment) have been offered: is it decided? */
  advance(tMs: number): Decision | null;
  /** How many probes it wants in the next second. */
  rate(): ProbeRate;
  /** All that must be kept between two windows, as it would be stored (JSON). */
  state(): unknown;
}

export interface Decider {
  readonly name: string;
  replayTrace(rows: Iterable<ProbeRow>, declared: Declared): ReplayedDecision;
  decideLive(declared: Declared, nodes: readonly string[]): LiveDecider;
}
