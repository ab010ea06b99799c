/** What happens on its own in a healthy cluster, drawn for the whole time of a trace: load that comes and goes, and moments of standstill. */
import { type Axis, TICK_MS, timeOf } from './levels.ts';
import type { Draws } from './random.ts';
import { ALL, type Elevation, type Scenario } from './scenario.ts';

/** Times at which something stands still, in order and not overlapping; whoever asks meanwhile waits for the end. */
export interface Standstills {
  readonly fromMs: Float64Array;
  readonly toMs: Float64Array;
}

/** Calls `each` at random times (ms as on the axis) with the given mean distance; the next is counted from the end that `each` returns. */
function throughout(axis: Axis, everyS: number, draws: Draws, each: (tMs: number) => number): void {
  const end = axis.ticks * TICK_MS;
  for (let at = draws.exponential(everyS * 1000); at < end; at += draws.exponential(everyS * 1000)) {
    const tick = Math.floor(at / TICK_MS);
    at += each(timeOf(axis, tick) + (at - tick * TICK_MS));
  }
}

/** Jobs, compactions and steps of load. Handshakes feel CPU, reads feel the disk too. */
export function innocentLoad({ noise }: Scenario, axis: Axis, nodes: number, draws: Draws): Elevation[] {
  const load: Elevation[] = [];
  const spell = (fromMs: number, lengthMs: number, node: number, cql: number, tls: number) => {
    load.push({ fromMs, toMs: fromMs + lengthMs, node, cql, tls, rampMs: draws.between(1000, 15_000), innocent: true });
    return lengthMs;
  };
  const { jobs, compactions, shifts } = noise;
  if (jobs) {
    throughout(axis, jobs.everyS, draws, (tMs) => {
      const factor = draws.between(1.1, jobs.factor);
      const node = draws.chance(0.7) ? ALL : draws.below(nodes);
      return spell(tMs, jobs.lengthS * draws.between(500, 1500), node, factor, factor ** draws.between(0.3, 1));
    });
  }
  if (compactions) {
    for (let node = 0; node < nodes; node += 1) {
      throughout(axis, compactions.everyS, draws, (tMs) =>
        spell(tMs, compactions.lengthS * draws.between(500, 1500), node, compactions.factor, compactions.factor ** 0.4),
      );
    }
  }
  if (shifts) {
    throughout(axis, shifts.everyS, draws, (tMs) => {
      const factor = draws.chance(0.5) ? shifts.factor : 1 / shifts.factor;
      spell(tMs, draws.between(60_000, 600_000), ALL, factor, factor ** 0.7);
      return 0;
    });
  }
  return load;
}

/** Pauses of one node's process: short ones always, denser ones in bursts, and the scenario's own stops. */
export function pausesOf({ noise, stops }: Scenario, node: number, axis: Axis, draws: Draws): Standstills {
  const spans: [from: number, to: number][] = [];
  const pause = (tMs: number, ms: number) => {
    const length = Math.min(1800, ms * draws.scale(0.4, 2.5));
    spans.push([tMs, tMs + length]);
    return length;
  };
  throughout(axis, noise.pauses.everyS, draws, (tMs) => pause(tMs, noise.pauses.ms));
  const { bursts } = noise;
  if (bursts) {
    throughout(axis, bursts.everyS, draws, (tMs) => {
      const length = bursts.lengthS * draws.between(500, 1500);
      let at = tMs;
      while (at < tMs + length) at += pause(at, bursts.pauseMs) + bursts.pauseEveryS * draws.between(500, 1500);
      return length;
    });
  }
  for (const stop of stops) if (stop.node === ALL || stop.node === node) spans.push([stop.fromMs, stop.fromMs + stop.lengthMs]);
  return merged(spans);
}

/** Stalls of the probing client, felt at every node. */
export function stallsOf({ noise }: Scenario, axis: Axis, draws: Draws): Standstills {
  const spans: [from: number, to: number][] = [];
  throughout(axis, noise.hiccups.everyS, draws, (tMs) => {
    const length = Math.min(1500, noise.hiccups.ms * draws.scale(0.4, 2));
    spans.push([tMs, tMs + length]);
    return length;
  });
  return merged(spans);
}

function merged(spans: [from: number, to: number][]): Standstills {
  spans.sort(([one], [other]) => one - other);
  const kept: [from: number, to: number][] = [];
  for (const [from, to] of spans) {
    const last = kept.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else kept.push([from, to]);
  }
  return { fromMs: Float64Array.from(kept, ([from]) => from), toMs: Float64Array.from(kept, ([, to]) => to) };
}
