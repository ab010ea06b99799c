/** What is remembered between windows: JSON, bounded, and nothing in it grows with the length of the watch. */
import { emptyWealth, type Wealth } from './account.ts';
import type { Baseline, NodeBaseline } from './baseline.ts';
import type { Spread } from './bets.ts';
import type { OpenBlock } from './block.ts';
import { FACTORS, type MeasuredPolicy } from './policy.ts';
import type { ProbeKind } from './probe-row.ts';
import type { Sketch } from './sketch.ts';

/** Probes of each kind that bursts may take at once. */
export const FULL_BURST = 6000;

/** One stream of probes: a node, or the cluster. Lists are by factor, in the order of FACTORS. */
export interface Stream {
  readonly open: OpenBlock | null;
  /** Until when fresh capital has come in, seconds since the deployment. */
  readonly judgedS: number;
  readonly wealth: readonly Wealth[];
  readonly score: Wealth;
  /** The mirror accounts: that the factor is below its threshold. */
  readonly safe: readonly Wealth[];
  /** Was the factor above its threshold in the block before? */
  readonly up: readonly boolean[];
  /** What one bet would have earned since it was last worth nothing: it says when something began. */
  readonly tide: readonly number[];
  /** How often a tide came and went by itself. */
  readonly calmed: readonly number[];
  /** When the tide of each factor began to rise, seconds since the deployment. */
  readonly sinceS: readonly number[];
  /** What the blocks of the tide showed, in thousandths; the newest ones. */
  readonly history: readonly (readonly number[])[];
}

export interface NodeState extends Stream {
  readonly node: string;
  readonly deployed: boolean;
  /** Bin of the usual response time; null while it is not known. */
  readonly level: Readonly<Record<ProbeKind, number | null>>;
  /** Is the level that of a recent baseline? One learnt within the run accuses, but it clears nobody. */
  readonly recent: Readonly<Record<ProbeKind, boolean>>;
  /** Of a baseline too old to accuse anybody; "keep" wants the node to be good by it all the same. */
  readonly staleLevel: Readonly<Record<ProbeKind, number | null>>;
  readonly scatter: Readonly<Record<ProbeKind, number>>;
  readonly cqlErrorShare: number;
  /** Probes seen while the level is being learnt within the run. */
  readonly learning: { readonly fromS: number; readonly tls: Sketch; readonly cql: Sketch } | null;
  /** When each kind was last seen, seconds since the deployment; null for never. */
  readonly seenS: Readonly<Record<ProbeKind, number | null>>;
  readonly pauseLeftS: number;
  /** Of the last seconds: probes and failures of both kinds, and the shift of both. */
  readonly lately: readonly [number, number, number, number, number, number];
}

/** `fresh`: by the baseline · `stale`: by the first minute of the run, the baseline being too old · `none`: the same, without any. */
export type Reference = 'fresh' | 'stale' | 'none';

export interface MeasuredState {
  readonly version: 1;
  readonly policy: MeasuredPolicy;
  readonly reference: Reference;
  /** Until when windows have been folded, seconds since the deployment. */
  readonly untilS: number;
  readonly cluster: Stream;
  readonly nodes: readonly NodeState[];
  /** Nodes that were not deployed to: what happens to them as well is no effect of the deployment. */
  readonly control: { readonly open: OpenBlock | null; readonly shift: Readonly<Record<ProbeKind, number | null>> };
  readonly spread: { readonly cluster: Readonly<Record<ProbeKind, Spread>>; readonly ofNodes: Readonly<Record<ProbeKind, Spread>> };
  readonly clusterCqlErrorShare: number;
  /** Times at which something looked wrong for a while, and when that last was, seconds since the deployment. */
  readonly episodes: number;
  readonly episodeS: number | null;
  /** Probes of each kind left for bursts now, and spent on them in all. */
  readonly burst: { readonly left: number; readonly spent: number };
  /** ln of the weighted wealth. */
  readonly lnScore: number;
  readonly decided: { readonly verdict: 'roll-back' | 'keep'; readonly atS: number } | null;
}

const isShare = (index: number): boolean => index < 2;

/** Shares of the capital that an account's experts begin with, in the order in which `judge-block` makes their bets. */
const OF_SHARE = [0.08, 0.2, 0.2, 0.12, 0.06, 0.04, 0.05, 0.1, 0.05, 0.1] as const;
const OF_SHIFT = [0.35, 0.25, 0.15, 0.1, 0.15] as const;
export const SCORE_SHARES = [0.5, 0.5] as const;
export const sharesOf = (factor: number): readonly number[] => (isShare(factor) ? OF_SHARE : OF_SHIFT);
export const safeSharesOf = (factor: number): readonly number[] => (isShare(factor) ? [0.5, 0.5] : [0.34, 0.33, 0.33]);

export function newStream(startS: number): Stream {
  return {
    open: null,
    judgedS: startS,
    wealth: FACTORS.map((_, i) => emptyWealth(sharesOf(i).length)),
    score: emptyWealth(SCORE_SHARES.length),
    safe: FACTORS.map((_, i) => safeSharesOf(i).map(() => 0)),
    up: FACTORS.map(() => false),
    tide: FACTORS.map(() => 0),
    calmed: FACTORS.map(() => 0),
    sinceS: FACTORS.map(() => startS),
    history: FACTORS.map(() => []),
  };
}

/** Without a baseline a request may well have failed before: that much is not held against the deployment. */
const UNKNOWN_ERROR_SHARE = 0.3;

export function newNode(node: string, deployed: boolean, policy: MeasuredPolicy, reference: Reference, before: NodeBaseline | undefined, joinedS = 0): NodeState {
  const none = { tls: null, cql: null };
  const level = before?.level ?? none;
  const known = reference === 'fresh' && level.tls !== null && level.cql !== null;
  return {
    ...newStream(Math.max(joinedS, policy.warmUpS + policy.graceS)),
    node,
    deployed,
    level: reference === 'fresh' ? level : none,
    recent: { tls: reference === 'fresh' && level.tls !== null, cql: reference === 'fresh' && level.cql !== null },
    staleLevel: reference === 'stale' ? level : none,
    scatter: before?.scatter ?? { tls: 1, cql: 1 },
    cqlErrorShare: reference === 'fresh' && before ? before.cqlErrorShare : Math.max(UNKNOWN_ERROR_SHARE, before?.cqlErrorShare ?? 0),
    learning: known ? null : { fromS: Math.max(joinedS, policy.warmUpS + policy.graceS), tls: [], cql: [] },
    seenS: none,
    pauseLeftS: policy.pauseS,
    lately: [0, 0, 0, 0, 0, 0],
  };
}

/** Who takes part: without a list of deployed nodes, every node was deployed to. */
export interface Nodes {
  readonly deployed?: readonly string[];
}

/** The state at the deployment. */
export function start(policy: MeasuredPolicy, nodes: Nodes, baseline: Baseline): MeasuredState {
  const reference: Reference = baseline.ageS === null ? 'none' : baseline.ageS > policy.staleAfterS ? 'stale' : 'fresh';
  const names = [...new Set([...(nodes.deployed ?? []), ...baseline.nodes.map(({ node }) => node)])].sort();
  const deployed = nodes.deployed && new Set(nodes.deployed);
  return {
    version: 1,
    policy,
    reference,
    untilS: 0,
    cluster: newStream(policy.warmUpS + policy.graceS),
    nodes: names.map((node) =>
      newNode(
        node,
        deployed?.has(node) ?? true,
        policy,
        reference,
        baseline.nodes.find((one) => one.node === node),
      ),
    ),
    control: { open: null, shift: { tls: null, cql: null } },
    spread: { cluster: baseline.cluster, ofNodes: baseline.ofNodes },
    clusterCqlErrorShare: reference === 'fresh' ? (baseline.cqlErrorShare ?? UNKNOWN_ERROR_SHARE) : Math.max(UNKNOWN_ERROR_SHARE, baseline.cqlErrorShare ?? 0),
    episodes: 0,
    episodeS: null,
    burst: { left: FULL_BURST, spent: 0 },
    lnScore: 0,
    decided: null,
  };
}
