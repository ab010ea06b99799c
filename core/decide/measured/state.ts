/** What is remembered between windows: JSON, bounded, and nothing in it grows with the length of the watch. */
import { emptyWealth, evidenceOf, type Wealth } from './account.ts';
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
  /** Bits: was the factor above its threshold in the block before? */
  readonly up: number;
  /** Of the factors that have one, by their place in FACTORS. */
  readonly tides: Readonly<Partial<Record<number, Tide>>>;
  /** How often a tide came and went by itself; of the cluster alone. */
  readonly calmed: readonly number[] | undefined;
}

/** What one bet has earned since it was last worth nothing: it says when something began. */
export interface Tide {
  /** ln. */
  readonly height: number;
  /** When it began to rise, seconds since the deployment. */
  readonly sinceS: number;
  /** How many probes, in how many blocks, it was seen in; absent in what was written before they were counted. */
  readonly probes?: number;
  readonly blocks?: number;
  /** What its blocks showed, in thousandths; the newest ones. */
  readonly values: readonly number[];
}

/** A pair, since a state has many of them: handshakes, then requests. */
export type PerKind<T> = readonly [T, T];
export const AT: Readonly<Record<ProbeKind, 0 | 1>> = { tls: 0, cql: 1 };

export interface NodeState extends Stream {
  readonly node: string;
  /** Present: a node that was not deployed to. */
  readonly control: true | undefined;
  /** Bin of the usual response time; null while it is not known. */
  readonly level: PerKind<number | null>;
  /** Is the level that of a recent baseline? One learnt within the run accuses, but it clears nobody. */
  readonly recent: boolean;
  /** Of a baseline too old to accuse anybody; "keep" wants the node to be good by it all the same. */
  readonly staleLevel: PerKind<number | null> | undefined;
  readonly scatter: PerKind<number>;
  readonly cqlErrorShare: number;
  /** Durations seen while the level is being learnt within the run. */
  readonly learning: { readonly fromS: number; readonly tls: Sketch; readonly cql: Sketch } | undefined;
  /** When each kind was last seen, seconds since the deployment; null for never. */
  readonly seenS: PerKind<number | null>;
  /** What is left of the allowance for pauses, seconds; absent: all of it. */
  readonly pauseLeftS: number | undefined;
  /** Of the last seconds: probes and failures of both kinds, and the shift of both. */
  readonly lately: readonly [number, number, number, number, number, number];
}

/** `fresh`: by the baseline · `stale`: by the first minute of the run, the baseline being too old · `none`: the same, without any. */
export type Reference = 'fresh' | 'stale' | 'none';

/** No node is called so. */
export const OF_CLUSTER = '*';

export interface MeasuredState {
  readonly version: 1;
  readonly policy: MeasuredPolicy;
  readonly reference: Reference;
  /** Was it said which nodes were deployed to? Then one that appears later was not. */
  readonly listed: boolean;
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
  /** The same by node, and of the cluster as a whole under {@link OF_CLUSTER}; those without any are left out, as in what was written before they were told apart. */
  readonly episodesOf?: Readonly<Record<string, number>>;
  readonly episodeS: number | null;
  /** Probes of each kind left for bursts now, and spent on them in all. */
  readonly burst: { readonly left: number; readonly spent: number };
  /** ln of the weighted wealth. */
  readonly lnScore: number;
}

const isShare = (index: number): boolean => index < 2;

/** Shares of the capital that an account's experts begin with, in the order in which `judge-block` makes their bets. */
const OF_CLUSTER_SHARE = [0.07, 0.17, 0.2, 0.15, 0.05, 0.2, 0.06, 0.1] as const;
const OF_NODE_SHARE = [0.1, 0.25, 0.3, 0.23, 0.12] as const;
const OF_SHIFT = [0.35, 0.25, 0.15, 0.1, 0.15] as const;
export const sharesOfNode: readonly number[] = OF_NODE_SHARE;
export const SCORE_SHARES = [0.5, 0.5] as const;
export function sharesOf(factor: number, experts: number): readonly number[] {
  if (!isShare(factor)) return OF_SHIFT;
  return experts === OF_NODE_SHARE.length ? OF_NODE_SHARE : OF_CLUSTER_SHARE;
}
export const safeSharesOf = (factor: number): readonly number[] => (isShare(factor) ? [0.5, 0.5] : [0.34, 0.33, 0.33]);

export function newStream(startS: number, of: 'cluster' | 'node'): Stream {
  const experts = of === 'cluster' ? OF_CLUSTER_SHARE.length : OF_NODE_SHARE.length;
  return {
    open: null,
    judgedS: startS,
    wealth: FACTORS.map((_, i) => emptyWealth(sharesOf(i, experts).length)),
    score: emptyWealth(SCORE_SHARES.length),
    safe: FACTORS.map((_, i) => safeSharesOf(i).map(() => 0)),
    up: 0,
    tides: {},
    calmed: of === 'cluster' ? FACTORS.map(() => 0) : undefined,
  };
}

/** Without a baseline a request may well have failed before: that much is not held against the deployment. */
const UNKNOWN_ERROR_SHARE = 0.3;

export function newNode(
  node: string,
  deployed: boolean,
  policy: MeasuredPolicy,
  reference: Reference,
  before: NodeBaseline | undefined,
  joinedS = 0,
): NodeState {
  const none: PerKind<null> = [null, null];
  const level: PerKind<number | null> = before ? [before.level.tls, before.level.cql] : none;
  const known = reference === 'fresh' && level[AT.tls] !== null && level[AT.cql] !== null;
  return {
    ...newStream(Math.max(joinedS, policy.warmUpS + policy.graceS), 'node'),
    node,
    control: deployed ? undefined : true,
    level: reference === 'fresh' ? level : none,
    recent: known,
    staleLevel: reference === 'stale' ? level : undefined,
    scatter: before ? [before.scatter.tls, before.scatter.cql] : [1, 1],
    cqlErrorShare: reference === 'fresh' && before ? before.cqlErrorShare : Math.max(UNKNOWN_ERROR_SHARE, before?.cqlErrorShare ?? 0),
    learning: known ? undefined : { fromS: Math.max(joinedS, policy.warmUpS + policy.graceS), tls: [], cql: [] },
    seenS: none,
    pauseLeftS: undefined,
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
    listed: nodes.deployed !== undefined,
    untilS: 0,
    cluster: newStream(policy.warmUpS + policy.graceS, 'cluster'),
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
    clusterCqlErrorShare:
      reference === 'fresh' ? (baseline.cqlErrorShare ?? UNKNOWN_ERROR_SHARE) : Math.max(UNKNOWN_ERROR_SHARE, baseline.cqlErrorShare ?? 0),
    episodes: 0,
    episodeS: null,
    burst: { left: FULL_BURST, spent: 0 },
    lnScore: 0,
  };
}

/** The nodes that are judged, and the only ones that are ever rolled back. */
export const deployedOf = (state: MeasuredState): NodeState[] => state.nodes.filter(({ control }) => control === undefined);

/** The e-value of one factor's account; `left`: capital that has not come in yet. */
export function worthOf(stream: Stream, factor: number, left: number): number {
  const wealth = stream.wealth[factor] as Wealth;
  return evidenceOf(wealth, left, sharesOf(factor, wealth.length));
}
