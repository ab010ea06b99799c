/**
 * Seeded traces of a small world, for tests: slowly correlated load, heavy tails, garbage collections, batch jobs, drift; and the faults put into it.
 * Its styles differ in how load is correlated, so that nothing can be right for one of them alone.
 */
import type { ProbeKind, ProbeRow } from '../../../../core/decide/measured/probe-row.ts';
import { seededRandom } from '../../../../stand/random.ts';

export interface Style {
  /** Standard deviation (ln) and correlation time (s) of what all nodes share, and of each node's own. */
  readonly shared: readonly [number, number];
  readonly own: readonly [number, number];
  /** Standard deviation (ln) of single probes; chance and power of the tail. */
  readonly probe: number;
  readonly tail: readonly [number, number];
  /** Mean pause between collections of a node (s), their longest length (s), and times slower. */
  readonly collections: readonly [number, number, number];
  /** Mean pause between batch jobs (s), length (s), times slower. */
  readonly batch: readonly [number, number, number];
  /** ln per 1000 s. */
  readonly drift: number;
  readonly tlsFailing: number;
}

const NONE = [Number.POSITIVE_INFINITY, 0, 1] as const;
export const STYLES: Readonly<Record<string, Style>> = {
  calm: { shared: [0.05, 10], own: [0.04, 10], probe: 0.3, tail: [0.01, 2], collections: NONE, batch: NONE, drift: 0, tlsFailing: 0.001 },
  swaying: {
    shared: [0.1, 20],
    own: [0.07, 15],
    probe: 0.4,
    tail: [0.03, 1.3],
    collections: [60, 1, 6],
    batch: NONE,
    drift: 0,
    tlsFailing: 0.003,
  },
  slow: {
    shared: [0.085, 60],
    own: [0.06, 30],
    probe: 0.35,
    tail: [0.02, 1.5],
    collections: [90, 1.5, 8],
    batch: NONE,
    drift: 0.03,
    tlsFailing: 0.002,
  },
  collecting: {
    shared: [0.07, 5],
    own: [0.08, 5],
    probe: 0.45,
    tail: [0.04, 1.2],
    collections: [20, 2, 12],
    batch: NONE,
    drift: 0,
    tlsFailing: 0.004,
  },
  batch: {
    shared: [0.08, 15],
    own: [0.06, 15],
    probe: 0.4,
    tail: [0.03, 1.4],
    collections: [60, 1, 6],
    batch: [150, 90, 1.15],
    drift: 0,
    tlsFailing: 0.003,
  },
  drifting: {
    shared: [0.09, 30],
    own: [0.06, 10],
    probe: 0.35,
    tail: [0.02, 1.5],
    collections: [80, 1, 6],
    batch: NONE,
    drift: 0.05,
    tlsFailing: 0.002,
  },
};

/** What is put into the world; times in seconds since the deployment. */
export interface Planted {
  /** ln of how many times slower, for a node at a time. */
  readonly slower?: (t: number, node: number) => number;
  /** Share of handshakes (of requests) that fail besides. */
  readonly tlsFails?: (t: number, node: number) => number;
  readonly cqlFails?: (t: number, node: number) => number;
  /** A stopped process: until when (s), for a probe at a time. */
  readonly stopped?: (t: number, node: number) => number | null;
  /** Failures come in bursts with this mean length (s), or each by itself. */
  readonly bursts?: number;
  /** The baseline's first and last second. */
  readonly baseline?: readonly [number, number];
  readonly lengthS?: number;
  readonly nodes?: number;
}

const BURST_SHARE = 0.35;

export class World {
  readonly names: readonly string[];
  private readonly random: () => number;
  private readonly style: Style;
  private readonly planted: Planted;
  private readonly level: Readonly<Record<ProbeKind, readonly number[]>>;
  private shared = 0;
  private readonly own: number[];
  private readonly collecting: { until: number; next: number }[];
  private batch = { until: Number.NEGATIVE_INFINITY, next: 0 };
  private readonly bursting: boolean[];

  constructor(seed: number, style: Style, planted: Planted = {}) {
    this.random = seededRandom(seed * 7919 + 17);
    this.style = style;
    this.planted = planted;
    const count = planted.nodes ?? 3;
    this.names = Array.from({ length: count }, (_, i) => `n${i + 1}`);
    this.level = {
      tls: this.names.map(() => Math.log(6) + 0.3 * this.normal()),
      cql: this.names.map(() => Math.log(3) + 0.3 * this.normal()),
    };
    this.own = this.names.map(() => style.own[0] * this.normal());
    this.shared = style.shared[0] * this.normal();
    const first = (planted.baseline ?? [-600, 0])[0];
    this.collecting = this.names.map(() => ({ until: Number.NEGATIVE_INFINITY, next: first + this.wait(style.collections[0]) }));
    this.batch = { until: Number.NEGATIVE_INFINITY, next: first + this.wait(style.batch[0]) };
    this.bursting = this.names.map(() => false);
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
  }

  private wait(mean: number): number {
    return mean === Number.POSITIVE_INFINITY ? mean : -mean * Math.log(1 - this.random());
  }

  /** Rows of one second, at so many probes of each kind in all. */
  second(t: number, rate: number, take: (row: ProbeRow) => void): void {
    const { style, planted } = this;
    const walk = (value: number, [deviation, time]: readonly [number, number]): number => {
      const kept = Math.exp(-1 / time);
      return kept * value + deviation * Math.sqrt(1 - kept * kept) * this.normal();
    };
    this.shared = walk(this.shared, style.shared);
    if (t >= this.batch.next) this.batch = { until: t + style.batch[1], next: t + style.batch[1] + this.wait(style.batch[0]) };
    const load = this.shared + (t < this.batch.until ? Math.log(style.batch[2]) : 0) + (style.drift * t) / 1000;
    this.names.forEach((name, node) => {
      this.own[node] = walk(this.own[node] as number, style.own);
      const collecting = this.collecting[node] as { until: number; next: number };
      if (t >= collecting.next) {
        collecting.until = t + style.collections[1] * (0.3 + 0.7 * this.random());
        collecting.next = collecting.until + this.wait(style.collections[0]);
      }
      const wanted = planted.tlsFails?.(t, node) ?? 0;
      if (planted.bursts !== undefined) {
        const share = Math.min(0.9, wanted / BURST_SHARE);
        const end = 1 / planted.bursts;
        this.bursting[node] = this.bursting[node] ? this.random() > end : this.random() < (end * share) / Math.max(0.05, 1 - share);
      }
      const tlsFails =
        style.tlsFailing + (planted.bursts === undefined ? wanted : wanted > 0 && this.bursting[node] ? Math.max(BURST_SHARE, wanted) : 0);
      for (const kind of ['tls', 'cql'] as const) {
        const exact = rate / this.names.length;
        const count = Math.floor(exact) + (this.random() < exact - Math.floor(exact) ? 1 : 0);
        for (let i = 0; i < count; i++) {
          const at = t + (i + this.random()) / count;
          const stalled = at < collecting.until ? Math.log(style.collections[2]) : 0;
          let ln = (this.level[kind][node] as number) + load + (this.own[node] as number) + stalled + style.probe * this.normal();
          if (this.random() < style.tail[0]) ln += -Math.log(1 - this.random()) / style.tail[1];
          ln += t >= 0 ? (planted.slower?.(at, node) ?? 0) : 0;
          let ms = Math.exp(ln);
          const stopped = planted.stopped?.(at, node) ?? null;
          if (stopped !== null) ms += (stopped - at) * 1000;
          const fails = kind === 'tls' ? tlsFails : (planted.cqlFails?.(t, node) ?? 0) + 0.001;
          const ok = ms < 5000 && !(this.random() < fails);
          take({ t_ms: Math.round(at * 1000), node: name, kind, ok, ms: Math.round(ms * 1000) / 1000 });
        }
      }
    });
  }
}

/** A whole trace at a fixed rate of probes of each kind. */
export function traceOf(seed: number, style: Style, planted: Planted = {}, rate = 10): ProbeRow[] {
  const world = new World(seed, style, planted);
  const rows: ProbeRow[] = [];
  const [from, to] = planted.baseline ?? [-600, 0];
  const take = (row: ProbeRow): void => void rows.push(row);
  for (let t = from; t < to; t++) world.second(t, rate, take);
  for (let t = 0; t < (planted.lengthS ?? 900); t++) world.second(t, rate, take);
  return rows;
}
