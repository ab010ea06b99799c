/** What one closed block does to the accounts of its stream. */
import { capitalUntil, grow, type Wealth } from './account.ts';
import { harmOfCommon, harmOfScore, harmOfShare, harmOfShift, type Spread, safetyOfShare, safetyOfShift } from './bets.ts';
import type { Block, BlockOfKind } from './block.ts';
import { FACTORS, type MeasuredPolicy, shareOf } from './policy.ts';
import type { ProbeKind } from './probe-row.ts';
import type { Stream, Tide } from './state.ts';

/** By what a stream's block is judged. */
export interface Measure {
  readonly stream: 'cluster' | 'node';
  readonly spread: Readonly<Record<ProbeKind, Spread>>;
  /** The spread's unit. */
  readonly scatter: Readonly<Record<ProbeKind, number>>;
  readonly cqlErrorShare: number;
  /** ln, taken off a shift: what happened to nodes that were not deployed to. */
  readonly control: Readonly<Record<ProbeKind, number>>;
  /** ln, the level of an old baseline under that of the run: "keep" is judged by the stricter one. Infinite: it cannot be judged. */
  readonly excess: Readonly<Record<ProbeKind, number>>;
}

/** What a block says about one factor. */
interface Said {
  /** ln e of each bet, and the most that each may earn. */
  readonly harm: readonly number[];
  readonly caps: readonly number[];
  /** ln e of the bets on safety; null: nothing is said. */
  readonly safety: readonly number[] | null;
  /** Share, or ln of times the level; null: nothing was seen. */
  readonly value: number | null;
  /** Probes that it was seen in. */
  readonly probes: number;
  readonly above: boolean;
  /** The way from usual (0) to the threshold (1). */
  readonly way: number;
  /** The bet of the tide and of the expert with a memory. */
  readonly steady: number;
}

/** ln that an account may earn in a second: blocks are no independent witnesses of each other. */
export const EARN = 0.65;
const EARN_CLUSTER_SHARE = 0.9;
/** For the experts of shifts: the sharper a bet, the less chance earns by it. */
export const SHIFT_CAPS = [0.8, 0.4, 0.3, 0.15] as const;
/** Only the sharp ones, and what several nodes share, earn more where probing is dense: load sways no less for being looked at more often. */
const SHARP = 2;
const MOST_EARNED = 2;
const MOST_DENSE = 3;
/** Probes a second of the cluster at which nothing is dense yet. */
const USUAL_RATE = 10;
const STEADY_SHARE = 2;
const STEADY_SHIFT = 1;
const MOST_AFTER_ABOVE = 0.5;
/** A tide that had come this high (ln) and went by itself: the next one is trusted less. */
const CALMED = 2;
const MOST_CALMED = 9;
const SAFE_CEILING = Math.log(1e4);
const KEPT_BLOCKS = 40;
const NOTHING_SAID = { safety: null, value: null, probes: 0, above: false, way: 0, steady: 0 };

export function judgeBlock(stream: Stream, block: Block, measure: Measure, policy: MeasuredPolicy): Stream {
  const startS = policy.warmUpS + policy.graceS;
  const watchS = policy.horizonS - startS;
  const capital = capitalUntil(block.toS - startS, watchS) - capitalUntil(stream.judgedS - startS, watchS);
  const earned = EARN * block.seconds;
  let score = 0;
  const next = FACTORS.map((factor, i) => {
    const kind: ProbeKind = factor === 'tlsFailures' || factor === 'tlsTime' ? 'tls' : 'cql';
    const seen = block[kind];
    const calmed = stream.calmed?.[i] ?? 0;
    const dense = Math.max(1, Math.min(MOST_DENSE, Math.sqrt(seen.n / block.seconds / USUAL_RATE)) / (1 + calmed));
    const density = measure.stream === 'cluster' ? dense : 1;
    const said =
      factor === 'tlsFailures' || factor === 'cqlErrors'
        ? ofShare(
            seen,
            block.seconds,
            density,
            measure,
            factor === 'tlsFailures' ? 0 : measure.cqlErrorShare,
            thresholdOf(factor, measure, policy),
          )
        : ofShift(seen, kind, block.seconds, density, measure, Math.log(policy.thresholds.responseTimeRatio));
    // No factor alone may fill the score: for that it has its own threshold.
    score += Math.min(policy.thresholds.score, shareOf(policy, factor) * Math.min(1, Math.max(0, said.way)));
    const remembering = (stream.up & (1 << i)) !== 0 ? Math.min(said.steady, MOST_AFTER_ABOVE * block.seconds) : 0;
    const before = stream.tides[i] ?? null;
    const tide = rise(before, said, earned, block.fromS);
    return {
      wealth: grow(stream.wealth[i] as Wealth, [...said.harm, remembering], [...said.caps, earned], capital),
      safe: said.safety === null ? (stream.safe[i] as Wealth) : safer(stream.safe[i] as Wealth, said.safety, earned),
      up: said.value === null ? stream.up & (1 << i) : said.above ? 1 << i : 0,
      tide,
      calmed: tide === null && before !== null && before.height >= CALMED ? Math.min(MOST_CALMED, calmed + 1) : calmed,
    };
  });
  return {
    open: null,
    judgedS: block.toS,
    wealth: next.map(({ wealth }) => wealth),
    score: grow(stream.score, harmOfScore(Math.min(1, score), policy.thresholds.score), [earned, earned], capital),
    safe: next.map(({ safe }) => safe),
    up: next.reduce((bits, { up }) => bits | up, 0),
    tides: Object.fromEntries(next.flatMap(({ tide }, i) => (tide === null ? [] : [[i, tide]]))),
    calmed: measure.stream === 'cluster' ? next.map(({ calmed }) => calmed) : undefined,
  };
}

function thresholdOf(factor: 'tlsFailures' | 'cqlErrors', { cqlErrorShare }: Measure, { thresholds }: MeasuredPolicy): number {
  return factor === 'tlsFailures' ? thresholds.tlsFailures : Math.min(0.95, cqlErrorShare + thresholds.cqlErrorsAboveBaseline);
}

function ofShare(seen: BlockOfKind, seconds: number, density: number, { stream }: Measure, usual: number, p0: number): Said {
  const { n, failed, common } = seen;
  const harm = harmOfShare(failed, n, seconds, p0);
  const own = (stream === 'cluster' ? EARN_CLUSTER_SHARE : EARN) * seconds;
  const ofCommon = stream === 'cluster' ? harmOfCommon(common[1], common[0], seconds, p0) : [];
  const bets = {
    harm: [...harm, ...ofCommon],
    caps: [...harm.map(() => own), ...ofCommon.map(() => EARN_CLUSTER_SHARE * density * seconds)],
  };
  if (n === 0) return { ...NOTHING_SAID, ...bets };
  const value = failed / n;
  return {
    ...bets,
    safety: safetyOfShare(failed, n, seconds, p0),
    value,
    probes: n,
    above: value > p0,
    way: (value - usual) / (p0 - usual),
    steady: harm[STEADY_SHARE] as number,
  };
}

function ofShift(seen: BlockOfKind, kind: ProbeKind, seconds: number, density: number, measure: Measure, limit: number): Said {
  const caps = SHIFT_CAPS.map((each, sharpness) => (sharpness < SHARP ? Math.min(MOST_EARNED, each * density) : each) * seconds);
  if (seen.shift === null) return { ...NOTHING_SAID, harm: caps.map(() => 0), caps };
  const value = seen.shift - measure.control[kind];
  const spread = measure.spread[kind];
  const scatter = measure.scatter[kind];
  const harm = harmOfShift((value - limit) / scatter, spread);
  const strict = value + Math.max(0, measure.excess[kind]);
  return {
    harm,
    caps,
    safety: Number.isFinite(strict) ? safetyOfShift((strict - limit) / scatter, spread) : null,
    value,
    probes: seen.n,
    above: value > limit,
    way: value / limit,
    steady: harm[STEADY_SHIFT] as number,
  };
}

/** What the steady bet would have earned since it was last worth nothing. */
function rise(before: Tide | null, { value, probes, steady }: Said, earned: number, fromS: number): Tide | null {
  const height = Math.round(((before?.height ?? 0) + Math.min(steady, earned)) * 100) / 100;
  if (!(height > 0)) return null;
  const values = before?.values ?? [];
  return {
    height,
    sinceS: before?.sinceS ?? fromS,
    probes: (before?.probes ?? 0) + probes,
    blocks: (before?.blocks ?? 0) + (value === null ? 0 : 1),
    values: value === null ? values : [...values, Math.round(value * 1000)].slice(-KEPT_BLOCKS),
  };
}

/** Never below even odds: after an episode the mirror begins anew, and the soak with it. */
function safer(safe: Wealth, lnE: readonly number[], cap: number): Wealth {
  return safe.map((ln, i) => Math.floor(Math.min(SAFE_CEILING, Math.max(0, ln + Math.min(lnE[i] as number, cap))) * 100) / 100);
}
