/** A simulated cluster that answers probes at any time. */
import { innocentLoad, pausesOf, type Standstills, stallsOf } from './happenings.ts';
import { type Axis, axisOf, buildGrid, type Grid, tickAt } from './levels.ts';
import { Draws, mix32, NORMAL, NORMAL_MASK } from './random.ts';
import { KINDS, type ProbeKind, type Scenario, TIME_OUT_MS } from './scenario.ts';

/** Slowest factor of a tail on its own; beyond it the time-out speaks. */
const TAIL_AT_MOST = 400;
/** Of the failures: so many run into the time-out, the others are refused at once. */
const TIMED_OUT = 0.15;
/** A refusal comes sooner than an answer. */
const REFUSED_AFTER = 0.4;
const UNIT = 1 / 4294967296;
/** Of the 19 bits that the normal number leaves. */
const TAIL_UNIT = 1 / 524288;

export class World {
  readonly scenario: Scenario;
  readonly axis: Axis;
  readonly grid: Grid;
  readonly nodes: number;
  readonly #streams: Uint32Array;
  readonly #level: Float64Array;
  readonly #failing: Float64Array | null;
  readonly #ticks: number;
  readonly #sigma: Float64Array;
  readonly #error: Float64Array;
  readonly #tailShare: number;
  readonly #tailPower: number;
  readonly #pauses: readonly Standstills[];
  readonly #stalls: Standstills;
  readonly #pauseAt: Int32Array;
  #stallAt = 0;
  readonly #lastMs: Float64Array;
  readonly #asked: Uint32Array;

  constructor(scenario: Scenario, seed: number, nodes: number, horizonMs: number) {
    const draws = new Draws(seed);
    this.scenario = scenario;
    this.nodes = nodes;
    this.axis = axisOf(scenario, horizonMs);
    this.grid = buildGrid(scenario, innocentLoad(scenario, this.axis, nodes, draws), this.axis, nodes, draws);
    this.#pauses = Array.from({ length: nodes }, (_, node) => pausesOf(scenario, node, this.axis, draws));
    this.#stalls = stallsOf(scenario, this.axis, draws);
    // Held flat and by themselves: a probe is answered some hundred million times.
    this.#level = this.grid.level;
    this.#failing = this.grid.failing;
    this.#ticks = this.axis.ticks;
    const { noise } = scenario;
    this.#sigma = Float64Array.of(noise.probeSigma.tls, noise.probeSigma.cql);
    this.#error = Float64Array.of(noise.errors.tls, noise.errors.cql);
    this.#tailShare = noise.tail.share;
    this.#tailPower = -1 / noise.tail.exponent;
    this.#streams = Uint32Array.from({ length: KINDS.length * nodes }, () => draws.bits());
    this.#pauseAt = new Int32Array(nodes);
    this.#lastMs = new Float64Array(KINDS.length * nodes).fill(Number.NEGATIVE_INFINITY);
    this.#asked = new Uint32Array(KINDS.length * nodes);
  }

  /** Lets time begin anew; the answers will be the same again. */
  rewind(): void {
    this.#pauseAt.fill(0);
    this.#stallAt = 0;
    this.#lastMs.fill(Number.NEGATIVE_INFINITY);
    this.#asked.fill(0);
  }

  /** Asks a node at a time that is not before any asked so far (ms from the deployment, whole; node from 0). */
  probe(tMs: number, node: number, kind: ProbeKind): { ok: boolean; ms: number } {
    const ms = this.answer(tMs, node, KINDS.indexOf(kind));
    return { ok: ms >= 0, ms: Math.abs(ms) };
  }

  /** The same without an object: milliseconds, negative for a failure. The kind is a number of `KINDS`. */
  answer(tMs: number, node: number, kind: number): number {
    const stream = kind * this.nodes + node;
    // What is asked twice in the same millisecond is answered by other chance.
    const again = this.#lastMs[stream] === tMs ? ((this.#asked[stream] as number) + 1) | 0 : 0;
    this.#lastMs[stream] = tMs;
    this.#asked[stream] = again;
    const cell = stream * this.#ticks + tickAt(this.axis, tMs);
    const chance = mix32((this.#streams[stream] as number) ^ Math.imul(tMs, 0x9e3779b1) ^ Math.imul(again, 0x85ebca6b));
    const second = mix32(chance ^ 0x5bd1e995);
    let ms = Math.exp((this.#level[cell] as number) + (this.#sigma[kind] as number) * (NORMAL[chance & NORMAL_MASK] as number));
    const failed = second * UNIT < (this.#failing === null ? (this.#error[kind] as number) : (this.#failing[cell] as number));
    if (failed) {
      if (mix32(second ^ 0x2545f491) * UNIT < TIMED_OUT) return -TIME_OUT_MS;
      ms *= REFUSED_AFTER;
    } else if ((chance >>> 13) * TAIL_UNIT < this.#tailShare) {
      ms *= Math.min(TAIL_AT_MOST, ((mix32(second ^ 0x1b873593) + 1) * UNIT) ** this.#tailPower);
    }
    ms += this.#wait(tMs, node);
    if (ms >= TIME_OUT_MS) return -TIME_OUT_MS;
    // Microseconds are what is recorded.
    ms = Math.round(ms * 1000) / 1000;
    return failed ? -ms : ms;
  }

  /** What a standstill of the node or of the client adds. */
  #wait(tMs: number, node: number): number {
    const pauses = this.#pauses[node] as Standstills;
    let at = this.#pauseAt[node] as number;
    while (at < pauses.toMs.length && (pauses.toMs[at] as number) <= tMs) at += 1;
    this.#pauseAt[node] = at;
    const paused = at < pauses.toMs.length && (pauses.fromMs[at] as number) <= tMs ? (pauses.toMs[at] as number) - tMs : 0;
    const stalls = this.#stalls;
    while (this.#stallAt < stalls.toMs.length && (stalls.toMs[this.#stallAt] as number) <= tMs) this.#stallAt += 1;
    const stalled =
      this.#stallAt < stalls.toMs.length && (stalls.fromMs[this.#stallAt] as number) <= tMs
        ? (stalls.toMs[this.#stallAt] as number) - tMs
        : 0;
    return Math.max(paused, stalled);
  }
}
