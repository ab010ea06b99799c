/**
 * Client load on a ring, for the demo and the benches: `startLoad(…)`, and `stop()` for the counts.
 *
 * Two kinds of client are told apart. Queries run on connections that were open before anything happened;
 * probes open a new connection each time. A bad certificate hurts the second kind first.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Ring } from '../ring/topology.ts';
import type { FromLoad, LoadCounts, LoadOrder, LoadResult, Probe, ToLoad } from './messages.ts';

/** A load that runs in a process of its own. */
export interface RunningLoad {
  /** The latest counts, at most half a second old. */
  counts(): LoadCounts;
  /** Ends it and returns everything that was counted. */
  stop(): Promise<LoadResult>;
}

export interface LoadOptions extends Partial<Omit<LoadOrder, 'net' | 'nodes'>> {}

/** Gentle defaults: six hundred queries in ten seconds, and two fresh connections a second to each node. More would wait for the same two processors that the ring and its looks share. */
export const LOAD_DEFAULTS = { consistency: 'LOCAL_QUORUM', rate: 60, probeEveryMs: 500 } as const;

/** Begins the load and resolves when its connections are open and queries flow. Rejects with the reason when they cannot. */
export async function startLoad(ring: Ring, options: LoadOptions = {}): Promise<RunningLoad> {
  const child = fork(join(import.meta.dirname, 'process.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const tell = (message: ToLoad) => child.send(message);
  let counts: LoadCounts = { queries: 0, errors: 0, newConnections: 0, newConnectionErrors: 0 };
  const started = Promise.withResolvers<void>();
  const result = Promise.withResolvers<LoadResult>();
  // Who waits for one of the two hears of the failure there; the other must not be reported as unhandled.
  result.promise.catch(() => undefined);
  const fail = (error: Error) => {
    started.reject(error);
    result.reject(error);
  };
  child.on('message', (message: FromLoad) => {
    if (message.kind === 'started') started.resolve();
    else if (message.kind === 'counts') counts = message;
    else if (message.kind === 'result') result.resolve(message.result);
    else fail(new Error(`the load failed: ${message.message}`));
  });
  child.once('error', fail);
  child.once('exit', (code, signal) => fail(new Error(`the load's process ended early (${signal ?? `exit code ${code}`})`)));
  tell({ kind: 'start', order: { net: ring.net, nodes: ring.nodes.length, ...LOAD_DEFAULTS, ...options } });
  await started.promise;
  return {
    counts: () => counts,
    stop: async () => {
      tell({ kind: 'stop' });
      return await result.promise;
    },
  };
}

/** Fresh connections that failed among those begun from `from` on and before `until` (ms since the epoch). */
export function newConnectionErrors(probes: readonly Probe[], from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY): number {
  return probes.filter((probe) => !probe.ok && probe.at >= from && probe.at < until).length;
}
