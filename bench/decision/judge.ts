/** One world through all methods: the same trace for each, and live once more for the decider that asks for its probes. */
import type { Decider } from './decider.ts';
import type { Kind } from './kind.ts';
import { watch } from './live.ts';
import { makeWorld } from './make-world.ts';
import { argoRollouts } from './methods/argo-rollouts.ts';
import { BlockBetting } from './methods/block-betting.ts';
import { cloudWatch } from './methods/cloudwatch.ts';
import { flagger } from './methods/flagger.ts';
import { kayenta } from './methods/kayenta.ts';
import type { MinuteMethod } from './methods/method.ts';
import { naive } from './methods/naive.ts';
import { minutesOf } from './minutes.ts';
import { decider } from './ringward-decider.ts';
import { nodeNames, record, rowsOf, Trace } from './trace.ts';

/** Rules of others that see minutes. */
export const MINUTE_METHODS: readonly MinuteMethod[] = [
  naive,
  argoRollouts('Argo, limit 0', 1, 0),
  argoRollouts('Argo, limit 3', 1, 3),
  argoRollouts('Argo, 5 min × 3', 5, 3),
  flagger,
  kayenta,
  cloudWatch,
];

export const BLOCK_BETTING = 'block betting';
export const FIXED = `${decider.name}, fixed rate`;
export const ADAPTIVE = `${decider.name}, own rate`;
/** All columns of the result, in order. */
export const METHODS: readonly string[] = [...MINUTE_METHODS.map(({ name }) => name), BLOCK_BETTING, FIXED, ADAPTIVE];

/** What came of one world. */
export interface Judged {
  readonly redrawn: number;
  /** Seconds from the deployment to the fault; null where nothing is wrong. */
  readonly onsetS: number | null;
  /** Of each method, seconds from the deployment to its rollback; null for none, undefined where the method was not run. */
  readonly rollsBackAtS: readonly (number | null | undefined)[];
  readonly verdict: 'keep' | 'roll-back' | 'hold';
  /** Judged good before the fault began: whoever looks away cannot see it. */
  readonly keptBefore: boolean;
  /** Whether exactly the nodes at fault are named, where some nodes are. */
  readonly scopeRight: boolean | null;
  /** Milliseconds of the decider for the recorded trace. */
  readonly replayMs: number;
  readonly rate: { readonly before: number; readonly after: number; readonly most: number } | null;
}

/** Length of the watch: what must be kept for the 15 min that a verification may take, what must be found for as long as Argo's rule wants. */
export const horizonMsOf = (kind: Kind): number => (kind.group === 'found' ? 1_500_000 : 900_000);

/** Judges worlds one after the other, in the same columns. */
export class Judge {
  readonly #trace = new Trace(rowsOf(1_500_000));
  readonly #decider: Decider;

  constructor(of: Decider = decider) {
    this.#decider = of;
  }

  judge(kind: Kind, index: number, run: number, live: boolean): Judged {
    const nodes = 3;
    const horizonMs = horizonMsOf(kind);
    const { world, redrawn } = makeWorld({ kind, index, run, nodes, horizonMs });
    const { onsetS, graceS, faulty } = world.scenario;
    const trace = record(world, horizonMs, this.#trace);
    const minutes = minutesOf(trace, horizonMs);
    const others = MINUTE_METHODS.map((method) => method.rollsBackAtS(minutes));
    const began = performance.now();
    const decision = this.#decider.replayTrace(trace.rows(), { graceS });
    const replayMs = performance.now() - began;
    const names = nodeNames(nodes);
    const watched = live ? watch(world, horizonMs, this.#decider.decideLive({ graceS }, names)) : null;
    const wanted = faulty.map((node) => names[node]).join();
    return {
      redrawn,
      onsetS,
      rollsBackAtS: [
        ...others,
        blockBetting(trace),
        decision.verdict === 'roll-back' ? decision.decisionS : null,
        watched ? (watched.decision?.verdict === 'roll-back' ? watched.decisionS : null) : undefined,
      ],
      verdict: decision.verdict,
      keptBefore: decision.verdict === 'keep' && onsetS !== null && (decision.decisionS ?? 0) <= onsetS,
      scopeRight: faulty.length > 0 ? decision.verdict === 'roll-back' && decision.scope.toSorted().join() === wanted : null,
      replayMs,
      rate: watched && { before: watched.perSecondBefore, after: watched.perSecondAfter, most: watched.mostPerSecond },
    };
  }
}

function blockBetting(trace: Trace): number | null {
  const betting = new BlockBetting(trace.nodes, trace.graceS);
  for (let at = 0; at < trace.count; at += 1) {
    betting.offer(trace.tMs[at] as number, trace.node[at] as number, trace.kind[at] as number, trace.answer[at] as number);
    if (betting.found) return betting.found.decisionS;
  }
  return null;
}
