/**
 * The true state of a simulated cluster at each half second: level of response time and share of failures, per kind and node. It is the
 * same whoever probes it and however often: more probes see it more sharply, and do not see another one.
 */
import type { Draws } from './random.ts';
import { ALL, type Elevation, type Failing, KINDS, type Scenario } from './scenario.ts';

export const TICK_MS = 500;
/** Of the baseline. */
export const BASELINE_MS = 300_000;
/** A stale baseline began this long before the deployment. */
export const STALE_FROM_MS = -3_900_000;

/** Innocent load is free up to the first, and never gets beyond the second, however much of it falls together. */
const FREE = Math.log(1.3);
const CEILING = Math.log(1.38);

/** When there is something to probe: the baseline's time, and from 0 to the horizon. */
export interface Axis {
  readonly baselineFromMs: number;
  readonly baselineTicks: number;
  readonly ticks: number;
}

export function axisOf(scenario: Scenario, horizonMs: number): Axis {
  const baselineTicks = scenario.baseline === 'absent' ? 0 : BASELINE_MS / TICK_MS;
  const baselineFromMs = scenario.baseline === 'stale' ? STALE_FROM_MS : -baselineTicks * TICK_MS;
  return { baselineFromMs, baselineTicks, ticks: baselineTicks + Math.ceil(horizonMs / TICK_MS) };
}

/** Which tick a time belongs to; times outside are those of the nearest end. */
export function tickAt(axis: Axis, tMs: number): number {
  const { baselineTicks } = axis;
  if (tMs < 0) return Math.max(0, Math.min(baselineTicks - 1, Math.floor((tMs - axis.baselineFromMs) / TICK_MS)));
  return Math.min(axis.ticks - 1, baselineTicks + Math.floor(tMs / TICK_MS));
}

export function timeOf({ baselineFromMs, baselineTicks }: Axis, tick: number): number {
  return tick < baselineTicks ? baselineFromMs + tick * TICK_MS : (tick - baselineTicks) * TICK_MS;
}

/** Rows of `ticks` values, one per kind and node: row number kind × nodes + node. */
export interface Grid {
  /** Natural logarithm of the median response time, in ms. */
  readonly level: Float64Array;
  /** Share of probes that fail; null where only isolated failures occur. */
  readonly failing: Float64Array | null;
}

export function buildGrid(scenario: Scenario, innocent: readonly Elevation[], axis: Axis, nodes: number, draws: Draws): Grid {
  const level = new Float64Array(KINDS.length * nodes * axis.ticks);
  const load = [...innocent, ...scenario.elevations.filter((one) => one.innocent)];
  addDay(level, scenario, axis, nodes);
  for (const elevation of load) addElevation(level, elevation, axis, nodes);
  for (let index = 0; index < level.length; index += 1) {
    const above = (level[index] as number) - FREE;
    if (above > 0) level[index] = FREE + (CEILING - FREE) * (1 - Math.exp(-above / (CEILING - FREE)));
  }
  addNoise(level, scenario, axis, nodes, draws);
  for (const elevation of scenario.elevations) if (!elevation.innocent) addElevation(level, elevation, axis, nodes);
  return { level, failing: failingGrid(scenario, axis, nodes, draws) };
}

/** One sinusoid a day, on the logarithm, counted from the deployment. Reads follow the load wholly, handshakes by half. */
function addDay(level: Float64Array, { noise: { day } }: Scenario, axis: Axis, nodes: number): void {
  const half = Math.log(day.factor) / 2;
  const at = (tMs: number) => half * Math.sin(2 * Math.PI * (tMs / 86_400_000 + day.phase));
  for (let tick = 0; tick < axis.ticks; tick += 1) {
    const value = at(timeOf(axis, tick)) - at(0);
    for (let node = 0; node < nodes; node += 1) {
      level[node * axis.ticks + tick] = value / 2;
      level[(nodes + node) * axis.ticks + tick] = value;
    }
  }
}

function addElevation(level: Float64Array, elevation: Elevation, axis: Axis, nodes: number): void {
  const logs = [Math.log(elevation.tls), Math.log(elevation.cql)];
  const first = elevation.node === ALL ? 0 : elevation.node;
  const last = elevation.node === ALL ? nodes - 1 : elevation.node;
  for (let tick = 0; tick < axis.ticks; tick += 1) {
    const part = partOf(elevation, timeOf(axis, tick));
    if (part === 0) continue;
    for (let kind = 0; kind < KINDS.length; kind += 1) {
      for (let node = first; node <= last; node += 1) {
        const index = (kind * nodes + node) * axis.ticks + tick;
        level[index] = (level[index] as number) + part * (logs[kind] as number);
      }
    }
  }
}

/** How much of an elevation is there at a time: 0 … 1. */
function partOf(elevation: Elevation, tMs: number): number {
  if (tMs < elevation.fromMs || tMs >= elevation.toMs || isOff(elevation, tMs)) return 0;
  const since = tMs - elevation.fromMs;
  if (elevation.decayMs !== undefined) return Math.exp(-since / elevation.decayMs);
  return elevation.rampMs === 0 ? 1 : Math.min(1, since / elevation.rampMs, (elevation.toMs - tMs) / elevation.rampMs);
}

function isOff({ fromMs, flap }: Pick<Elevation, 'fromMs' | 'flap'>, tMs: number): boolean {
  return flap !== undefined && (tMs - fromMs) % (flap.onMs + flap.offMs) >= flap.onMs;
}

/** Each node's own level, and autoregressive noise: of all nodes, of the node, and of the node's kind of probe. */
function addNoise(level: Float64Array, { noise, baseline, staleFactor }: Scenario, axis: Axis, nodes: number, draws: Draws): void {
  const medians = [Math.log(noise.medianMs.tls), Math.log(noise.medianMs.cql)];
  const shared = walk(noise.shared, axis.ticks, draws);
  const stale = baseline === 'stale' ? Math.log(staleFactor) : 0;
  for (let node = 0; node < nodes; node += 1) {
    const offset = noise.nodeSigma * draws.normal();
    const own = walk({ ...noise.own, sigma: noise.own.sigma * 0.8 }, axis.ticks, draws);
    for (let kind = 0; kind < KINDS.length; kind += 1) {
      const row = (kind * nodes + node) * axis.ticks;
      const apart = walk({ ...noise.own, sigma: noise.own.sigma * 0.6 }, axis.ticks, draws);
      for (let tick = 0; tick < axis.ticks; tick += 1) {
        const noisy = (shared[tick] as number) + (own[tick] as number) + (apart[tick] as number);
        const then = tick < axis.baselineTicks ? stale : 0;
        level[row + tick] = (level[row + tick] as number) + (medians[kind] as number) + offset + noisy + then;
      }
    }
  }
}

/** First-order autoregressive noise of a given sigma at rest. */
function walk({ sigma, tauS }: { sigma: number; tauS: number }, ticks: number, draws: Draws): Float64Array {
  const kept = Math.exp(-TICK_MS / 1000 / tauS);
  const fresh = sigma * Math.sqrt(1 - kept * kept);
  const values = new Float64Array(ticks);
  let value = sigma * draws.normal();
  for (let tick = 0; tick < ticks; tick += 1) {
    value = kept * value + fresh * draws.normal();
    values[tick] = value;
  }
  return values;
}

function failingGrid({ failing, noise }: Scenario, axis: Axis, nodes: number, draws: Draws): Float64Array | null {
  if (failing.length === 0) return null;
  const shares = new Float64Array(KINDS.length * nodes * axis.ticks);
  shares.subarray(0, nodes * axis.ticks).fill(noise.errors.tls);
  shares.subarray(nodes * axis.ticks).fill(noise.errors.cql);
  for (const one of failing) addFailing(shares, one, axis, nodes, draws);
  return shares;
}

/** Bursts: mean length of a high time, and of the lower time between. */
const HIGH_S = 5;
const LOW_S = 10;

function addFailing(shares: Float64Array, failing: Failing, axis: Axis, nodes: number, draws: Draws): void {
  const first = failing.node === ALL ? 0 : failing.node;
  const last = failing.node === ALL ? nodes - 1 : failing.node;
  const kind = KINDS.indexOf(failing.kind);
  // The mean over high and low times is the share.
  const between = 1 - ((failing.burst - 1) * HIGH_S) / LOW_S;
  let high = draws.chance(HIGH_S / (HIGH_S + LOW_S));
  for (let tick = 0; tick < axis.ticks; tick += 1) {
    const tMs = timeOf(axis, tick);
    if (draws.chance(TICK_MS / 1000 / (high ? HIGH_S : LOW_S))) high = !high;
    if (tMs < failing.fromMs || tMs >= failing.toMs || isOff(failing, tMs)) continue;
    const share = failing.share * (high ? failing.burst : between);
    for (let node = first; node <= last; node += 1) {
      const index = (kind * nodes + node) * axis.ticks + tick;
      shares[index] = Math.max(shares[index] as number, share);
    }
  }
}
