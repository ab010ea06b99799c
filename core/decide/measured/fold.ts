/** One more window of probes: the same state and window give the same state, live and in a replay. */

import { capitalUntil, evidenceOf } from './account.ts';
import { levelOf, MANY_OF_CLUSTER, MANY_OF_NODE, NO_SPREAD, spreadOf } from './baseline.ts';
import type { Spread } from './bets.ts';
import { type Block, closeBlock, extend, isFull, type LevelledCell, NOTHING_SEEN, ofAll, relativeTo } from './block.ts';
import { judgeBlock, type Measure } from './judge-block.ts';
import { partOf } from './parts.ts';
import { answersNothing, passPause } from './pause.ts';
import { FACTORS } from './policy.ts';
import { PROBE_KINDS, type ProbeKind } from './probe-row.ts';
import { spend } from './rate.ts';
import { BINS, merge, sizeOf } from './sketch.ts';
import {
  AT,
  deployedOf,
  type MeasuredState,
  type NodeState,
  newNode,
  OF_CLUSTER,
  SCORE_SHARES,
  type Stream,
  type Tide,
  worthOf,
} from './state.ts';
import { type NodeCells, type ProbeWindow, probesIn } from './window.ts';

/** How long the level is learnt within the run where no fresh baseline is, seconds. */
const LEARN_S = 60;
/** ln: a tide as high as this is an episode. */
const EPISODE = 3.5;
/** Weight of a new block in the control's shift, for each second. */
const CONTROL_MEMORY_S = 6;
const LATELY_S = 20;
const LATELY_SHIFT_S = 6;

export function fold(state: MeasuredState, window: ProbeWindow): MeasuredState {
  const { policy } = state;
  if (window.fromS < state.untilS || window.toS <= window.fromS) return state;
  if (window.fromS < policy.warmUpS + policy.graceS) return { ...state, untilS: window.toS };
  const joined = join(state, window);
  const byName = new Map(window.nodes.map((one) => [one.node, one.cells]));
  const ofDeployed: Record<ProbeKind, LevelledCell[]> = { tls: [], cql: [] };
  const ofControl: Record<ProbeKind, LevelledCell[]> = { tls: [], cql: [] };
  const nodeBlocks: Block[] = [];
  const nodes: NodeState[] = joined.nodes.map((node) => {
    const cells = byName.get(node.node);
    if (!cells || probesIn(cells) === 0) return node;
    const seconds = window.toS - window.fromS;
    const silent = answersNothing(cells, { tls: node.level[AT.tls], cql: node.level[AT.cql] });
    const pause = passPause(node.pauseLeftS ?? policy.pauseS, silent, seconds, policy.pauseS);
    const seen = { ...node, pauseLeftS: pause.left >= policy.pauseS ? undefined : pause.left, seenS: seenAt(node, cells, window.toS) };
    if (pause.leaveOut) return seen;
    const known = learn(seen, cells, window.toS);
    const own = { tls: relativeTo(known.level[AT.tls], cells.tls), cql: relativeTo(known.level[AT.cql], cells.cql) };
    const into = node.control ? ofControl : ofDeployed;
    for (const kind of PROBE_KINDS) into[kind].push(own[kind]);
    const open = extend(node.open, window.fromS, seconds, own.tls, own.cql);
    if (!isFull(open, MANY_OF_NODE)) return { ...known, open };
    const block = closeBlock(open, window.toS);
    if (!node.control) nodeBlocks.push(block);
    return { ...known, ...judgeBlock(known, block, measureOfNode(joined, known), policy), lately: latelyOf(known, block) };
  });
  const control = foldControl(joined, window, { tls: ofAll(ofControl.tls), cql: ofAll(ofControl.cql) });
  const remembered = rememberFew(nodes);
  const { cluster, block } = foldCluster({ ...joined, control, nodes: remembered }, window, {
    tls: ofAll(ofDeployed.tls),
    cql: ofAll(ofDeployed.cql),
  });
  return settle(
    {
      ...joined,
      untilS: window.toS,
      nodes: remembered,
      control,
      cluster,
      burst: spend(joined, densest(window), window.toS - window.fromS),
      spread: collect(joined, nodeBlocks, block),
    },
    state,
  );
}

/** Probes of the kind of which there were more. */
function densest({ nodes }: ProbeWindow): number {
  const of = (kind: ProbeKind): number => nodes.reduce((sum, { cells }) => sum + cells[kind].failed + sizeOf(cells[kind].ms), 0);
  return Math.max(of('tls'), of('cql'));
}

/** A node that nobody named takes part from when it is first seen. */
function join(state: MeasuredState, window: ProbeWindow): MeasuredState {
  const known = new Set(state.nodes.map(({ node }) => node));
  const fresh = window.nodes.filter(({ node }) => !known.has(node));
  if (fresh.length === 0) return state;
  const joined = fresh.map(({ node }) => {
    return newNode(node, !state.listed, state.policy, state.reference, undefined, window.fromS);
  });
  return { ...state, nodes: [...state.nodes, ...joined].sort((a, b) => (a.node < b.node ? -1 : 1)) };
}

/** Only the highest tides keep what their blocks showed: it is told, never judged, and a state stays small. */
const REMEMBERED = 24;
function rememberFew(nodes: readonly NodeState[]): readonly NodeState[] {
  const highest = ({ tides }: NodeState): number =>
    Math.max(0, ...Object.values(tides).map((tide) => (tide && tide.values.length > 0 ? tide.height : 0)));
  const heights = nodes.map(highest);
  const least = heights.filter((height) => height > 0).sort((a, b) => b - a)[REMEMBERED];
  if (least === undefined) return nodes;
  return nodes.map((node, i) => {
    if (heights[i] === 0 || (heights[i] as number) > least) return node;
    const tides = Object.fromEntries(Object.entries(node.tides).map(([factor, tide]) => [factor, { ...(tide as Tide), values: [] }]));
    return { ...node, tides };
  });
}

function seenAt(node: NodeState, cells: NodeCells['cells'], atS: number): NodeState['seenS'] {
  const at = (kind: ProbeKind): number | null => (cells[kind].failed + cells[kind].ms.length > 0 ? atS : node.seenS[AT[kind]]);
  return [at('tls'), at('cql')];
}

function learn(node: NodeState, cells: NodeCells['cells'], toS: number): NodeState {
  if (node.learning === undefined) return node;
  const { fromS } = node.learning;
  const learning = { fromS, tls: merge(node.learning.tls, cells.tls.ms), cql: merge(node.learning.cql, cells.cql.ms) };
  if (toS - fromS < LEARN_S) return { ...node, learning };
  const level = [node.level[AT.tls] ?? levelOf(learning.tls), node.level[AT.cql] ?? levelOf(learning.cql)] as const;
  return { ...node, learning: undefined, level };
}

function measureOfNode(state: MeasuredState, node: NodeState): Measure {
  const shifted = (kind: ProbeKind): number => {
    const [now, old] = [node.level[AT[kind]], node.staleLevel?.[AT[kind]] ?? null];
    if (node.recent) return 0;
    return now === null || old === null ? Number.POSITIVE_INFINITY : (now - old) / BINS;
  };
  return {
    stream: 'node',
    spread: usable(state.spread.ofNodes),
    scatter: { tls: node.scatter[AT.tls], cql: node.scatter[AT.cql] },
    cqlErrorShare: node.cqlErrorShare,
    control: controlOf(state),
    excess: { tls: shifted('tls'), cql: shifted('cql') },
  };
}

/** A load that slows the control down as well is not the deployment's doing; one that speeds it up hides nothing. */
function controlOf(state: MeasuredState): Readonly<Record<ProbeKind, number>> {
  const off = (kind: ProbeKind): number => Math.max(0, state.control.shift[kind] ?? 0);
  return { tls: off('tls'), cql: off('cql') };
}

function foldControl(
  state: MeasuredState,
  window: ProbeWindow,
  cells: Readonly<Record<ProbeKind, LevelledCell>>,
): MeasuredState['control'] {
  if (cells.tls === NOTHING_SEEN && cells.cql === NOTHING_SEEN) return state.control;
  const open = extend(state.control.open, window.fromS, window.toS - window.fromS, cells.tls, cells.cql);
  if (!isFull(open, MANY_OF_CLUSTER)) return { ...state.control, open };
  const block = closeBlock(open, window.toS);
  const smooth = (kind: ProbeKind): number | null => {
    const [before, now] = [state.control.shift[kind], block[kind].shift];
    if (now === null || before === null) return now ?? before;
    return Math.round((before + (now - before) * (1 - Math.exp(-block.seconds / CONTROL_MEMORY_S))) * 1000) / 1000;
  };
  return { open: null, shift: { tls: smooth('tls'), cql: smooth('cql') } };
}

function foldCluster(
  state: MeasuredState,
  window: ProbeWindow,
  cells: Readonly<Record<ProbeKind, LevelledCell>>,
): { readonly cluster: Stream; readonly block: Block | null } {
  const { cluster, policy } = state;
  if (cells.tls === NOTHING_SEEN && cells.cql === NOTHING_SEEN) return { cluster, block: null };
  const open = extend(cluster.open, window.fromS, window.toS - window.fromS, cells.tls, cells.cql);
  if (!isFull(open, MANY_OF_CLUSTER)) return { cluster: { ...cluster, open }, block: null };
  const excess = (kind: ProbeKind): number => Math.max(0, ...deployedOf(state).map((node) => measureOfNode(state, node).excess[kind]));
  const block = closeBlock(open, window.toS);
  const judged = judgeBlock(
    cluster,
    block,
    {
      stream: 'cluster',
      spread: usable(state.spread.cluster),
      scatter: { tls: 1, cql: 1 },
      cqlErrorShare: state.clusterCqlErrorShare,
      control: controlOf(state),
      excess: { tls: excess('tls'), cql: excess('cql') },
    },
    policy,
  );
  return { cluster: judged, block };
}

function latelyOf({ lately }: NodeState, block: Block): NodeState['lately'] {
  const kept = Math.exp(-block.seconds / LATELY_S);
  const mixed = 1 - Math.exp(-block.seconds / LATELY_SHIFT_S);
  const count = (before: number, now: number): number => Math.round((before * kept + now) * 10) / 10;
  const shift = (before: number, now: number | null): number =>
    now === null ? before : Math.round((before + (now - before) * mixed) * 1000) / 1000;
  return [
    count(lately[0], block.tls.n),
    count(lately[1], block.tls.failed),
    count(lately[2], block.cql.n),
    count(lately[3], block.cql.failed),
    shift(lately[4], block.tls.shift),
    shift(lately[5], block.cql.shift),
  ];
}

/** Without any baseline, the first blocks after the level is known show how much blocks scatter. */
function collect(state: MeasuredState, ofNodes: readonly Block[], ofCluster: Block | null): MeasuredState['spread'] {
  if (state.reference !== 'none') return state.spread;
  const more = (kind: ProbeKind, spread: Spread, blocks: readonly Block[]): Spread => {
    const shifts = blocks.flatMap((block) => block[kind].shift ?? []);
    return state.spread.cluster[kind].of >= LEAST_VALUES || shifts.length === 0 ? spread : spreadOf([...spread.values, ...shifts]);
  };
  const both = (spreads: Readonly<Record<ProbeKind, Spread>>, blocks: readonly Block[]): Readonly<Record<ProbeKind, Spread>> => ({
    tls: more('tls', spreads.tls, blocks),
    cql: more('cql', spreads.cql, blocks),
  });
  return { cluster: both(state.spread.cluster, ofCluster ? [ofCluster] : []), ofNodes: both(state.spread.ofNodes, ofNodes) };
}

/** Among too few values of before no rank means anything. */
const LEAST_VALUES = 15;
const usable = (spread: Readonly<Record<ProbeKind, Spread>>): Readonly<Record<ProbeKind, Spread>> => ({
  tls: spread.tls.of >= LEAST_VALUES ? spread.tls : NO_SPREAD,
  cql: spread.cql.of >= LEAST_VALUES ? spread.cql : NO_SPREAD,
});

/** The weighted wealth, and the memory of episodes. */
function settle(state: MeasuredState, before: MeasuredState): MeasuredState {
  const { policy } = state;
  const startS = policy.warmUpS + policy.graceS;
  const watchS = policy.horizonS - startS;
  const left = (stream: Stream): number => 1 - capitalUntil(stream.judgedS - startS, watchS);
  const deployed = deployedOf(state);
  const worth = (stream: Stream, nodes: number | null): number =>
    FACTORS.reduce(
      (sum, factor, i) => {
        const part = partOf(policy, factor, nodes);
        return part === 0 ? sum : sum + part * worthOf(stream, i, left(stream));
      },
      partOf(policy, 'score', nodes) * evidenceOf(stream.score, left(stream), SCORE_SHARES),
    );
  const total = deployed.reduce((sum, node) => sum + worth(node, deployed.length), worth(state.cluster, null));
  const inEpisode = ({ tides }: Stream): boolean =>
    FACTORS.some((factor, i) => (tides[i]?.height ?? 0) >= EPISODE && policy.weights[factor] > 0);
  const going = (one: MeasuredState): string[] => [
    ...(inEpisode(one.cluster) ? [OF_CLUSTER] : []),
    ...deployedOf(one).flatMap((node) => (inEpisode(node) ? [node.node] : [])),
  ];
  const [goingNow, goingBefore] = [going(state), going(before)];
  const begun = goingNow.filter((one) => !goingBefore.includes(one));
  const counts = { ...state.episodesOf };
  for (const one of begun) counts[one] = (counts[one] ?? 0) + 1;
  const now = goingNow.length > 0;
  return {
    ...state,
    lnScore: Math.round(Math.log(total) * 1000) / 1000,
    episodes: state.episodes + (now && goingBefore.length === 0 ? 1 : 0),
    ...(begun.length > 0 ? { episodesOf: counts } : {}),
    episodeS: now ? state.untilS : state.episodeS,
  };
}
