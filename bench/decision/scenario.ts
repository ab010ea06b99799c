/** What may happen in a simulated cluster: plain data, drawn from a seed, from which the world is built. All times in ms from the deployment. */

export type ProbeKind = 'tls' | 'cql';

/** Numbers of the kinds in the columns of a trace. */
export const KINDS: readonly ProbeKind[] = ['tls', 'cql'];

/** A probe that has no answer by then has failed. */
export const TIME_OUT_MS = 2000;

/** Every node. */
export const ALL = -1;

/** When something is on: from, to (exclusive), and while so perhaps only `on` ms of each `on + off`. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly flap?: { readonly onMs: number; readonly offMs: number };
  /** `ALL`, or one node's number. */
  readonly node: number;
}

/** A change of the level of response time. */
export interface Elevation extends Span {
  /** Factor on the median response time of each kind. */
  readonly tls: number;
  readonly cql: number;
  /** Grows to the whole over this time, and shrinks over it before `toMs`. */
  readonly rampMs: number;
  /** Decays from the whole with this time constant: caches that warm up. */
  readonly decayMs?: number;
  /** Innocent load shares one ceiling, however much of it falls together; a fault does not. */
  readonly innocent: boolean;
}

/** Probes that fail. */
export interface Failing extends Span {
  readonly kind: ProbeKind;
  /** In the long run, while on. */
  readonly share: number;
  /** Comes in bursts of seconds with so many times the share, and as much less of it between them; 1: each probe for itself. */
  readonly burst: number;
}

/** A process that stands still, as by SIGSTOP or a long garbage collection: what is asked meanwhile waits for its end. */
export interface Stop {
  readonly node: number;
  readonly fromMs: number;
  readonly lengthMs: number;
}

/** The everyday noise beneath. Shares are per probe; sigmas are of the logarithm. */
export interface Noise {
  readonly medianMs: { readonly tls: number; readonly cql: number };
  /** Spread of the nodes' own levels. */
  readonly nodeSigma: number;
  /** From one probe to the next. */
  readonly probeSigma: { readonly tls: number; readonly cql: number };
  /** First-order autoregressive, per node and over all nodes together: sigma at rest, time constant. */
  readonly own: { readonly sigma: number; readonly tauS: number };
  readonly shared: { readonly sigma: number; readonly tauS: number };
  /** Pareto: share of probes, exponent. */
  readonly tail: { readonly share: number; readonly exponent: number };
  /** Short pauses of the collector, per node: mean distance and length. */
  readonly pauses: { readonly everyS: number; readonly ms: number };
  /** Times in which a node collects often and long: mean distance of such times, their length, distance and length of pauses then. */
  readonly bursts: { readonly everyS: number; readonly lengthS: number; readonly pauseEveryS: number; readonly pauseMs: number } | null;
  /** Jobs that load the cluster or a node: mean distance, length, largest factor. */
  readonly jobs: { readonly everyS: number; readonly lengthS: number; readonly factor: number } | null;
  /** Compactions, per node. */
  readonly compactions: { readonly everyS: number; readonly lengthS: number; readonly factor: number } | null;
  /** Steps of the clients' load, of all nodes. */
  readonly shifts: { readonly everyS: number; readonly factor: number } | null;
  /** The day's course: factor between its least and its most, where in the day the deployment falls (0 … 1). */
  readonly day: { readonly factor: number; readonly phase: number };
  /** The probing client itself stands still, for all nodes at once: mean distance and length. */
  readonly hiccups: { readonly everyS: number; readonly ms: number };
  /** Isolated failures. */
  readonly errors: { readonly tls: number; readonly cql: number };
}

/** One cluster and one deployment. */
export interface Scenario {
  readonly noise: Noise;
  readonly elevations: readonly Elevation[];
  readonly failing: readonly Failing[];
  readonly stops: readonly Stop[];
  readonly baseline: 'fresh' | 'stale' | 'absent';
  /** Level in a stale baseline as a factor of today's, before any fault. */
  readonly staleFactor: number;
  /** Seconds after t = 0 in which nothing is held against the deployment. */
  readonly graceS: number;
  /** When the fault begins; null where nothing is wrong. */
  readonly onsetS: number | null;
  /** Nodes that are at fault; empty for the whole cluster or none. */
  readonly faulty: readonly number[];
}
