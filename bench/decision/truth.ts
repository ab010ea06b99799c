/** What is true of a world, measured on the world itself: no probe, no chance of probes. */
import { type Axis, TICK_MS, timeOf } from './levels.ts';
import { KINDS } from './scenario.ts';
import type { World } from './world.ts';

/** What the thresholds of a rollback are held against in truth. */
const WINDOW_MS = 60_000;
const FACTOR = 1.5;
const TLS_SHARE = 0.1;
const CQL_SHARE_ABOVE = 0.2;

/** Largest and least over all 60 s windows and all nodes, within a time. */
export interface Extremes {
  readonly most: number;
  readonly least: number;
}

/** Median response time of 60 s as a factor of the baseline's median, per kind of probe. `nodes`: only these, or all and the cluster. */
export function factorsOf(world: World, kind: number, fromMs: number, toMs: number, nodes?: readonly number[]): Extremes {
  const { axis, grid, scenario } = world;
  const width = WINDOW_MS / TICK_MS;
  const cluster = new Float64Array(axis.ticks);
  let extremes: Extremes = { most: Number.NEGATIVE_INFINITY, least: Number.POSITIVE_INFINITY };
  for (let node = 0; node < world.nodes; node += 1) {
    const row = grid.level.subarray((kind * world.nodes + node) * axis.ticks, (kind * world.nodes + node + 1) * axis.ticks);
    const normal = normalOf(row, axis, scenario.baseline, scenario.staleFactor);
    for (let tick = 0; tick < axis.ticks; tick += 1)
      cluster[tick] = (cluster[tick] as number) + ((row[tick] as number) - normal) / world.nodes;
    if (!nodes || nodes.includes(node)) extremes = widest(extremes, windows(row, axis, width, fromMs, toMs, normal));
  }
  if (!nodes) extremes = widest(extremes, windows(cluster, axis, width, fromMs, toMs, 0));
  return { most: Math.exp(extremes.most), least: Math.exp(extremes.least) };
}

/** Level that counts as normal: the baseline's; of a stale one, what it would be now; without any, that of the whole trace. */
function normalOf(row: Float64Array, axis: Axis, baseline: 'fresh' | 'stale' | 'absent', staleFactor: number): number {
  const to = baseline === 'absent' ? row.length : axis.baselineTicks;
  let sum = 0;
  for (let tick = 0; tick < to; tick += 1) sum += row[tick] as number;
  return sum / to - (baseline === 'stale' ? Math.log(staleFactor) : 0);
}

/** Extremes of the mean of windows that begin at or after `fromMs` and end before `toMs`. */
function windows(row: Float64Array, axis: Axis, width: number, fromMs: number, toMs: number, normal: number): Extremes {
  let most = Number.NEGATIVE_INFINITY;
  let least = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let tick = axis.baselineTicks; tick < axis.ticks; tick += 1) {
    const tMs = timeOf(axis, tick);
    if (tMs < fromMs) continue;
    if (tMs >= toMs) break;
    sum += row[tick] as number;
    const entered = tMs - fromMs >= WINDOW_MS;
    if (entered) sum -= row[tick - width] as number;
    if (tMs - fromMs < WINDOW_MS - TICK_MS) continue;
    const value = sum / width - normal;
    if (value > most) most = value;
    if (value < least) least = value;
  }
  return { most, least };
}

const widest = (one: Extremes, other: Extremes): Extremes => ({
  most: Math.max(one.most, other.most),
  least: Math.min(one.least, other.least),
});

/** Share of probes that fail in the worst 60 s of the worst node, stops aside. */
export function worstShare(world: World, kind: number, fromMs: number, toMs: number): number {
  const { axis, grid, scenario } = world;
  if (!grid.failing) return kind === 0 ? scenario.noise.errors.tls : scenario.noise.errors.cql;
  let most = 0;
  for (let node = 0; node < world.nodes; node += 1) {
    const row = grid.failing.subarray((kind * world.nodes + node) * axis.ticks, (kind * world.nodes + node + 1) * axis.ticks);
    most = Math.max(most, windows(row, axis, WINDOW_MS / TICK_MS, fromMs, toMs, 0).most);
  }
  return most;
}

/** Why a world does not keep what is true of its group, or null. */
export function brokenTruth(world: World, group: 'kept' | 'found' | 'apart'): string | null {
  const { scenario, axis } = world;
  const endMs = (axis.ticks - axis.baselineTicks) * TICK_MS;
  const graceMs = Math.ceil((scenario.graceS * 1000) / TICK_MS) * TICK_MS;
  if (group === 'found') return brokenFault(world, endMs);
  for (let kind = 0; kind < KINDS.length; kind += 1) {
    const { most } = factorsOf(world, kind, graceMs, endMs);
    if (most > FACTOR) return `${KINDS[kind]} is ${most.toFixed(2)} × the baseline`;
  }
  if (group === 'apart') return null;
  const tls = worstShare(world, 0, graceMs, endMs);
  if (tls > TLS_SHARE) return `${(tls * 100).toFixed(1)} % of the handshakes fail`;
  const cql = worstShare(world, 1, graceMs, endMs);
  return cql > scenario.noise.errors.cql + CQL_SHARE_ABOVE ? `${(cql * 100).toFixed(1)} % of the reads fail` : null;
}

/** A fault of response time must stand above the noise, and before it all must be well. */
function brokenFault(world: World, endMs: number): string | null {
  const { scenario } = world;
  const onsetMs = (scenario.onsetS ?? 0) * 1000;
  for (let kind = 0; kind < KINDS.length; kind += 1) {
    const graceMs = scenario.graceS * 1000;
    if (onsetMs - graceMs >= WINDOW_MS) {
      const { most } = factorsOf(world, kind, graceMs, onsetMs);
      if (most > FACTOR) return `${KINDS[kind]} is ${most.toFixed(2)} × the baseline before the fault`;
    }
    for (const fault of scenario.elevations) {
      const factor = kind === 0 ? fault.tls : fault.cql;
      // Flapping has no whole minute of its fault; its factor is larger instead. What decays is a restart's warm-up.
      if (fault.innocent || fault.flap || fault.decayMs !== undefined || factor <= FACTOR) continue;
      const nodes = fault.node < 0 ? undefined : [fault.node];
      const { least } = factorsOf(world, kind, fault.fromMs + fault.rampMs, endMs, nodes);
      if (least <= FACTOR) return `${KINDS[kind]} is only ${least.toFixed(2)} × the baseline under the fault`;
    }
  }
  return null;
}
