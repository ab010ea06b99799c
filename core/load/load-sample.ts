/** What a Cassandra process has done since its start: counters, so that two samples of one process give rates. */
import { z } from 'zod';

export const ConnectedClient = z.object({
  /** Host without its port. */
  address: z.string(),
  driver: z.string(),
  version: z.string(),
  tls: z.boolean(),
  connections: z.number().int(),
});
export type ConnectedClient = z.infer<typeof ConnectedClient>;

/** Inodes of sockets: the kernel gives none to another while its socket lives. At most a few of the lowest are told. */
const socketIds = z.array(z.number().int());

/** TCP connections that the process has open; how old one is, the kernel does not tell. */
export const OpenLinks = z.object({
  /** Made by this node, by the address of the other one. */
  internode: z.array(z.object({ peer: z.string(), open: z.number().int(), ids: socketIds })),
  /** Of clients, and of whoever else dials their port at the moment, Ringward's own look included. */
  client: z.object({ open: z.number().int(), ids: socketIds }),
});
export type OpenLinks = z.infer<typeof OpenLinks>;

/** A field that this Cassandra or JVM does not have is absent. Times in ms, sizes in bytes. */
export const LoadSample = z.object({
  /** The node's clock. */
  at: z.number(),
  uptimeMs: z.number().optional(),
  /** CPU time of the process, all threads. */
  cpuMs: z.number().optional(),
  processors: z.number().optional(),
  heapMax: z.number().optional(),
  /** Heap in use right after the newest collection, and when that ended, since the process's start. */
  heapAfterCollection: z.number().optional(),
  collectedAtMs: z.number().optional(),
  /** Requests of clients as coordinator: reads, writes, ranges, conditional ones. */
  requests: z.number(),
  /** Of them timed out, unavailable or failed. */
  errors: z.number(),
  hints: z.number().optional(),
  dropped: z.number(),
  /** Bytes in and out since the host's start, over the interfaces that the process sees; of loopback only where the node lives on it. */
  networkBytes: z.number().optional(),
  /** Absent where they could not be read, which is not "none". */
  clients: z.array(ConnectedClient).optional(),
  /** Further ones, by host, driver and TLS, that the node does not tell; absent where it tells all. */
  clientsLeftOut: z.number().int().optional(),
  /** Absent where the host does not show them. */
  links: OpenLinks.optional(),
});
export type LoadSample = z.infer<typeof LoadSample>;

/** Rates between two samples of one process. */
export interface Load {
  readonly seconds: number;
  /** Requests a second. */
  readonly throughput: number;
  readonly errors: number;
  /** Share of all processors, 0 to 1; null where it is not known. */
  readonly cpuShare: number | null;
  readonly hints: number | null;
  readonly dropped: number;
  /** Bytes a second, in and out; null where it is not known. */
  readonly networkBytes: number | null;
}

/** Null when the samples are not of one process, or too close to say anything. */
export function loadBetween(from: LoadSample, to: LoadSample): Load | null {
  const seconds = (to.at - from.at) / 1000;
  const restarted = from.uptimeMs !== undefined && to.uptimeMs !== undefined && to.uptimeMs < from.uptimeMs;
  if (seconds < 0.5 || restarted || to.requests < from.requests) return null;
  const cpu =
    from.cpuMs !== undefined && to.cpuMs !== undefined && to.processors ? (to.cpuMs - from.cpuMs) / 1000 / seconds / to.processors : null;
  return {
    seconds,
    throughput: (to.requests - from.requests) / seconds,
    errors: to.errors - from.errors,
    cpuShare: cpu,
    hints: from.hints !== undefined && to.hints !== undefined ? to.hints - from.hints : null,
    dropped: to.dropped - from.dropped,
    networkBytes: networkBetween(from, to, seconds),
  };
}

/** Counters of interfaces start anew with the host, or with a container. */
function networkBetween(from: LoadSample, to: LoadSample, seconds: number): number | null {
  if (from.networkBytes === undefined || to.networkBytes === undefined || to.networkBytes < from.networkBytes) return null;
  return (to.networkBytes - from.networkBytes) / seconds;
}

/** The mean since the process's start; null where its age is not known. */
export function loadSinceStart(sample: LoadSample): Load | null {
  if (!sample.uptimeMs || sample.uptimeMs < 10_000) return null;
  // Interfaces count since the host's start, which is another moment.
  const { networkBytes: _, ...process } = sample;
  const nothing = { ...process, at: sample.at - sample.uptimeMs, uptimeMs: 0, cpuMs: 0, requests: 0, errors: 0, hints: 0, dropped: 0 };
  return loadBetween(nothing, process);
}
