/** What the load's process and the one that started it tell each other. Times are ms since the epoch. */
import type { Consistency } from './connection.ts';

/** What to do: all of it as plain data, sent to the process once. */
export interface LoadOrder {
  readonly net: number;
  readonly nodes: number;
  readonly consistency: Consistency;
  /** Queries per second, half reads and half writes. */
  readonly rate: number;
  /** Pause between two fresh connections to the same node, ms. */
  readonly probeEveryMs: number;
}

/** One fresh connection (TLS, then CQL OPTIONS) to a node. */
export interface Probe {
  /** When it was begun. */
  readonly at: number;
  readonly node: string;
  readonly address: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly error?: string;
  readonly leaf?: string;
}

/** Running counts, for people who watch. */
export interface LoadCounts {
  readonly queries: number;
  readonly errors: number;
  readonly newConnections: number;
  readonly newConnectionErrors: number;
}

/** A query that failed. */
export interface QueryError {
  readonly at: number;
  /** Name of the driver's error class and its message. */
  readonly error: string;
}

export interface LoadResult {
  readonly startedAt: number;
  readonly stoppedAt: number;
  readonly consistency: Consistency;
  /** Queries that ended, well or not, on the connections opened at the start. */
  readonly queries: number;
  readonly queryErrors: readonly QueryError[];
  /** Latency of the good ones, ms. */
  readonly latencyMs: { readonly median: number; readonly p99: number; readonly max: number };
  /** Connections of the driver's pools at the start; how often the driver saw a node go down since. */
  readonly connectionsAtStart: number;
  readonly hostsLost: number;
  readonly probes: readonly Probe[];
}

export type FromLoad =
  | { readonly kind: 'started' }
  | ({ readonly kind: 'counts' } & LoadCounts)
  | { readonly kind: 'result'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly message: string };

export type ToLoad = { readonly kind: 'start'; readonly order: LoadOrder } | { readonly kind: 'stop' };
