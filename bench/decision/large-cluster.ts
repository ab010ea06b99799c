/** What a decision costs on a hundred nodes: time of a window, and the state that is kept between windows. */
import type { LiveDecider } from './decider.ts';
import { kindNamed } from './kinds.ts';
import { watch } from './live.ts';
import { makeWorld } from './make-world.ts';
import { decider } from './ringward-decider.ts';
import { nodeNames } from './trace.ts';

const NODES = 100;
/** Of a watch, from the deployment on. */
const WATCH_MS = 300_000;

export interface LargeCluster {
  /** Of a second's results taken in and judged, the 99th of a hundred. */
  readonly windowMs: number;
  /** The largest there was. */
  readonly stateKiB: number;
}

/** A healthy cluster, watched at the rate that the decider wants; once before to warm the machine's code. */
export function measureLargeCluster(run: number): LargeCluster {
  const { world } = makeWorld({ kind: kindNamed('healthy-calm'), index: 0, run, nodes: NODES, horizonMs: WATCH_MS });
  const round = (): LargeCluster => {
    const clock = new Clock(decider.decideLive({ graceS: 0 }, nodeNames(NODES)));
    watch(world, WATCH_MS, clock);
    return clock.measured();
  };
  round();
  return round();
}

/** Passes everything on and looks at its own watch. */
class Clock implements LiveDecider {
  readonly #decider: LiveDecider;
  readonly #windowsMs: number[] = [];
  #spentMs = 0;
  #stateBytes = 0;

  constructor(of: LiveDecider) {
    this.#decider = of;
  }

  offer(row: Parameters<LiveDecider['offer']>[0]): void {
    const began = performance.now();
    this.#decider.offer(row);
    this.#spentMs += performance.now() - began;
  }

  advance(tMs: number): ReturnType<LiveDecider['advance']> {
    const began = performance.now();
    const decision = this.#decider.advance(tMs);
    this.#windowsMs.push(this.#spentMs + performance.now() - began);
    this.#spentMs = 0;
    if (tMs % 10_000 === 0) this.#stateBytes = Math.max(this.#stateBytes, Buffer.byteLength(JSON.stringify(this.#decider.state()) ?? ''));
    return decision;
  }

  rate(): ReturnType<LiveDecider['rate']> {
    return this.#decider.rate();
  }

  state(): unknown {
    return this.#decider.state();
  }

  measured(): LargeCluster {
    const sorted = this.#windowsMs.toSorted((a, b) => a - b);
    return { windowMs: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.POSITIVE_INFINITY, stateKiB: this.#stateBytes / 1024 };
  }
}
