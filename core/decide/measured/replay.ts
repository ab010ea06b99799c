/**
 * Measured evidence, from rows to a verdict: `decideLive` while probes come in, `replayTrace` for a recorded deployment. Both only put rows into
 * windows and call `start`, `fold` and `conclude`, so a replay can never decide by anything else than the live system.
 */
import { RingwardError } from '../../errors/catalogue.ts';
import { learnBaseline } from './baseline.ts';
import { accused, conclude, type MeasuredVerdict } from './conclude.ts';
import { fold } from './fold.ts';
import { type MeasuredPolicy, PRODUCTION } from './policy.ts';
import { FAULT_WORDS, type ProbeRow, type RowFault, readProbeLine } from './probe-row.ts';
import { type ProbingRate, probingRate } from './rate.ts';
import { type MeasuredState, type Nodes, start } from './state.ts';
import { WindowBuilder } from './window-builder.ts';

export interface LiveDecider {
  /** A probe that ended; those before the deployment are the baseline. */
  offer(row: ProbeRow): void;
  /** What was decided by then, or null while it is watched. A kept deployment is watched on: until the horizon "keep" may still become "roll-back". */
  advance(tMs: number): MeasuredVerdict | null;
  /** Probes per second in all, of each kind, for the next second. */
  rate(): ProbingRate;
  /** JSON; null before the deployment. */
  state(): MeasuredState | null;
}

export interface Replay extends Omit<MeasuredVerdict, 'decisionS'> {
  /** Seconds since the deployment; null for "hold", which is no decision. */
  readonly decisionS: number | null;
}

/** Called after each window, to draw how the evidence grew. */
export type Observer = (state: MeasuredState) => void;

/** With more rows than this refused, the record says nothing reliable about anybody. */
const MOST_REFUSED = 0.1;

class Decider implements LiveDecider {
  readonly builder: WindowBuilder;
  private current: MeasuredState | null = null;
  private decided: MeasuredVerdict | null = null;
  private readonly policy: MeasuredPolicy;
  private readonly nodes: Nodes;
  private readonly observe: Observer | undefined;

  constructor(policy: MeasuredPolicy, nodes: Nodes, observe?: Observer) {
    this.policy = policy;
    this.nodes = nodes;
    this.observe = observe;
    this.builder = new WindowBuilder(policy.timeoutMs, policy.horizonS);
  }

  offer(row: ProbeRow): void {
    this.builder.add(row);
  }

  advance(tMs: number): MeasuredVerdict | null {
    const untilS = Math.min(this.policy.horizonS, Math.floor(tMs / 1000));
    if (!(untilS > 0)) return this.decided;
    this.foldUntil(untilS);
    if (this.decided === null) this.settle(untilS, false);
    return this.decided;
  }

  /** The end of a record: what is undecided now stays so. */
  end(): MeasuredVerdict {
    const endS = Math.min(this.policy.horizonS, this.builder.endS);
    this.foldUntil(endS);
    if (this.decided === null) this.settle(endS, true);
    return this.decided as MeasuredVerdict;
  }

  rate(): ProbingRate {
    return probingRate(this.begin());
  }

  state(): MeasuredState | null {
    return this.current;
  }

  private begin(): MeasuredState {
    return (
      this.current ??
      start(
        this.policy,
        this.nodes,
        learnBaseline([], () => true),
      )
    );
  }

  private foldUntil(untilS: number): void {
    if (this.current === null) {
      const deployed = this.nodes.deployed && new Set(this.nodes.deployed);
      this.current = start(
        this.policy,
        this.nodes,
        learnBaseline(this.builder.takeUntil(0), (node) => deployed?.has(node) ?? true),
      );
    }
    for (const window of this.builder.takeUntil(untilS)) {
      if (this.decided !== null && this.decided.verdict !== 'keep') return;
      // Silence passes too: what the accounts say at its end is asked before what comes after it.
      if (this.decided === null && window.fromS > this.current.untilS) this.settle(window.fromS, false);
      this.current = fold(this.current, window);
      this.observe?.(this.current);
      this.settle(window.toS, false);
    }
  }

  private settle(nowS: number, ended: boolean): void {
    const state = this.current as MeasuredState;
    if (this.decided?.verdict === 'keep' && !accused(state)) return;
    const concluded = conclude(state, nowS, ended);
    if (concluded.decision === 'watch') return;
    const { verdict } = concluded;
    if (this.decided === null || (this.decided.verdict === 'keep' && verdict.verdict === 'roll-back'))
      this.decided = this.unreliable() && verdict.verdict === 'keep' ? distrusted(verdict) : verdict;
  }

  private unreliable(): boolean {
    let refused = 0;
    // Beyond the watch nothing is wanted; of a record that ends before it, such times are a clock that jumped.
    const whole = this.builder.endS >= this.policy.horizonS;
    for (const [fault, count] of this.builder.faults)
      if (fault !== 'late' && fault !== 'duplicate' && !(fault === 'out-of-range' && whole)) refused += count;
    return !(refused <= MOST_REFUSED * (refused + this.builder.taken));
  }
}

const distrusted = (verdict: MeasuredVerdict): MeasuredVerdict => ({
  ...verdict,
  verdict: 'hold',
  because: 'Hold: too many rows of the record cannot be used; what is left shows no fault, but it is no proof of health.',
});

/** Decides while probes come in. */
export const decideLive = (policy: MeasuredPolicy = PRODUCTION, nodes: Nodes = {}): LiveDecider => new Decider(policy, nodes);

/** Any recorded deployment against any policy; rows in any order. Without a list, every node was deployed to. */
export function replayTrace(rows: Iterable<ProbeRow>, policy: MeasuredPolicy = PRODUCTION, nodes: Nodes = {}, observe?: Observer): Replay {
  const decider = new Decider(policy, nodes, observe);
  for (const row of rows) decider.offer(row);
  return replayed(decider);
}

function replayed(decider: Decider): Replay {
  const verdict = decider.end();
  return { ...verdict, decisionS: verdict.verdict === 'hold' ? null : verdict.decisionS };
}

/** What was wrong with lines of a trace: each kind counted, with its first few lines. */
export interface TraceNotice {
  readonly fault: RowFault;
  readonly what: string;
  readonly count: number;
  /** Numbered from 1; empty for what shows only when rows are put in order. */
  readonly lines: readonly number[];
}

const LINES_NAMED = 5;

/** Reads a trace line by line; it keeps seconds, not lines. */
export class TraceReader {
  private readonly decider: Decider;
  private readonly named = new Map<RowFault, number[]>();
  private lines = 0;

  constructor(policy: MeasuredPolicy = PRODUCTION, nodes: Nodes = {}, observe?: Observer) {
    this.decider = new Decider(policy, nodes, observe);
  }

  line(text: string): void {
    this.lines++;
    const row = readProbeLine(text);
    if (row === null) return;
    const { builder } = this.decider;
    const fault = typeof row === 'string' ? builder.refuse(row) : builder.add(row);
    if (fault === null) return;
    const named = this.named.get(fault) ?? [];
    this.named.set(fault, named);
    if (named.length < LINES_NAMED) named.push(this.lines);
  }

  /** Throws TRACE_UNUSABLE when no line holds a probe. */
  end(): Replay & { readonly notices: readonly TraceNotice[] } {
    const { builder } = this.decider;
    if (builder.taken === 0) {
      const [first] = [...builder.faults].sort(([, a], [, b]) => b - a);
      throw new RingwardError('TRACE_UNUSABLE', {
        message: `None of ${this.lines} lines holds a probe that can be used${first ? `; most often: ${FAULT_WORDS[first[0]]}` : ''}.`,
      });
    }
    const replay = replayed(this.decider);
    const notices = [...builder.faults]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([fault, count]) => ({ fault, what: FAULT_WORDS[fault], count, lines: this.named.get(fault) ?? [] }));
    return { ...replay, notices };
  }
}
