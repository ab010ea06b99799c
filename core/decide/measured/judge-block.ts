/** What one closed block does to the accounts of its stream. */
import { capitalUntil, grow, type Wealth } from './account.ts';
import { harmOfCommon, harmOfScore, harmOfShare, harmOfShift, safetyOfShare, safetyOfShift, type Spread } from './bets.ts';
import type { Block } from './block.ts';
import { FACTORS, type MeasuredPolicy, shareOf } from './policy.ts';
import type { ProbeKind } from './probe-row.ts';
import type { Stream } from './state.ts';

/** By what a stream's block is judged. */
export interface Measure {
  readonly spread: Readonly<Record<ProbeKind, Spread>>;
  /** The spread's unit. */
  readonly scatter: Readonly<Record<ProbeKind, number>>;
  readonly cqlErrorShare: number;
  /** ln, taken off a shift: what happened to nodes that were not deployed to. */
  readonly control: Readonly<Record<ProbeKind, number>>;
  /** ln, the level of an old baseline under that of the run: "keep" is judged by the stricter one. Infinite: it cannot be judged. */
  readonly excess: Readonly<Record<ProbeKind, number>>;
  /** Probes a second at which the caps are as they stand. */
  readonly usualRate: number;
}

/** What an account may earn in a second, ln; more where probing is so dense that a second says more. */
const EARN = 0.65;
const EARN_CLUSTER_SHARE = 0.9;
const MOST_DENSE = 2.7;
/** For the experts of shifts: the sharper a bet, the less chance earns by it. */
const SHIFT_CAPS = [1, 0.5, 0.35, 0.2] as const;
/** Only so many of them earn more where probing is dense: load sways no less for being looked at more often. */
const SHARP = 2;
const MOST_EARNED = 2;
const SAFE_CEILING = Math.log(1e4);
/** The bet of the tide and of the expert with a memory. */
const TIDE_SHARE = 2;
const TIDE_SHIFT = 1;
const MOST_AFTER_ABOVE = 0.5;
/** A tide that had come this high (ln) and went by itself: the next one is trusted less. */
const CALMED = 2;
const KEPT_BLOCKS = 40;

export function judgeBlock(stream: Stream, block: Block, measure: Measure, policy: MeasuredPolicy): Stream {
  const startS = policy.warmUpS + policy.graceS;
  const watchS = policy.horizonS - startS;
  const capital = capitalUntil(block.toS - startS, watchS) - capitalUntil(stream.judgedS - startS, watchS);
  const next = FACTORS.map((factor, i) => {
    const kind: ProbeKind = factor === 'tlsFailures' || factor === 'tlsTime' ? 'tls' : 'cql';
    const isShare = factor === 'tlsFailures' || factor === 'cqlErrors';
    const { n, failed, shift } = block[kind];
    const calmed = stream.calmed[i] as number;
    const density = Math.max(1, Math.min(MOST_DENSE, Math.sqrt(n / block.seconds / measure.usualRate)) / (1 + calmed));
    const cap = EARN * block.seconds;
    const p0 = factor === 'tlsFailures' ? policy.thresholds.tlsFailures : Math.min(0.95, measure.cqlErrorShare + policy.thresholds.cqlErrorsAboveBaseline);
    const limit = Math.log(policy.thresholds.responseTimeRatio);
    let harm: number[];
    let caps: number[];
    let safety: number[] | null;
    let value: number | null;
    let above: boolean;
    let ratio: number;
    if (isShare) {
      harm = [...harmOfShare(failed, n, block.seconds, p0), ...harmOfCommon(block[kind].common[1], block[kind].common[0], block.seconds, p0)];
      const own = (measure.usualRate === Number.POSITIVE_INFINITY ? EARN : EARN_CLUSTER_SHARE) * block.seconds;
      const common = EARN_CLUSTER_SHARE * density * block.seconds;
      caps = [own, own, own, own, own, own, common, common, common];
      safety = n === 0 ? null : safetyOfShare(failed, n, block.seconds, p0);
      value = n === 0 ? null : failed / n;
      above = value !== null && value > p0;
      const usual = factor === 'tlsFailures' ? 0 : measure.cqlErrorShare;
      ratio = value === null ? 0 : (value - usual) / (p0 - usual);
    } else if (shift === null) {
      harm = [0, 0, 0, 0];
      caps = harm;
      safety = null;
      value = null;
      above = false;
      ratio = 0;
    } else {
      const own = shift - measure.control[kind];
      const x = (own - limit) / measure.scatter[kind];
      harm = harmOfShift(x, measure.spread[kind]);
      caps = SHIFT_CAPS.map((each, sharpness) => (sharpness < SHARP ? Math.min(MOST_EARNED, each * density) : each) * block.seconds);
      const strict = own + Math.max(0, measure.excess[kind]);
      safety = Number.isFinite(strict) ? safetyOfShift((strict - limit) / measure.scatter[kind], measure.spread[kind]) : null;
      value = own;
      above = own > limit;
      ratio = own / limit;
    }
    const tideBet = harm[isShare ? TIDE_SHARE : TIDE_SHIFT] as number;
    const remembering = stream.up[i] === true ? Math.min(tideBet, MOST_AFTER_ABOVE * block.seconds) : 0;
    const tide = Math.max(0, (stream.tide[i] as number) + Math.min(tideBet, cap));
    return {
      wealth: grow(stream.wealth[i] as Wealth, [...harm, remembering], [...caps, cap], capital),
      safe: safety === null ? (stream.safe[i] as Wealth) : safer(stream.safe[i] as Wealth, safety, cap),
      calmed: tide === 0 && (stream.tide[i] as number) >= CALMED ? Math.min(9, calmed + 1) : calmed,
      up: value === null ? (stream.up[i] as boolean) : above,
      tide: Math.round(tide * 100) / 100,
      sinceS: tide > 0 && (stream.tide[i] as number) > 0 ? (stream.sinceS[i] as number) : tide > 0 ? block.fromS : block.toS,
      history: tide > 0 && value !== null ? [...((stream.tide[i] as number) > 0 ? (stream.history[i] as number[]) : []), Math.round(value * 1000)].slice(-KEPT_BLOCKS) : tide > 0 ? (stream.history[i] as number[]) : [],
      part: shareOf(policy, factor) * Math.min(1, Math.max(0, ratio)),
    };
  });
  const score = next.reduce((sum, { part }) => sum + part, 0);
  return {
    open: null,
    judgedS: block.toS,
    wealth: next.map(({ wealth }) => wealth),
    score: grow(stream.score, harmOfScore(score, policy.thresholds.score), [EARN * block.seconds, EARN * block.seconds], capital),
    safe: next.map(({ safe }) => safe),
    up: next.map(({ up }) => up),
    tide: next.map(({ tide }) => tide),
    calmed: next.map(({ calmed }) => calmed),
    sinceS: next.map(({ sinceS }) => sinceS),
    history: next.map(({ history }) => history),
  };
}

/** Never below even odds: after an episode the mirror begins anew, and the soak with it. */
function safer(safe: Wealth, lnE: readonly number[], cap: number): Wealth {
  return safe.map((ln, i) => Math.floor(Math.min(SAFE_CEILING, Math.max(0, ln + Math.min(lnE[i] as number, cap))) * 1000) / 1000);
}
