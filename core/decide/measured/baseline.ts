/** What was usual before the deployment: each node's own level, how much blocks scatter around it, and the share of failed requests. */
import { SLOPES, type Spread } from './bets.ts';
import { type Block, closeBlock, extend, isFull, type LevelledCell, type OpenBlock, relativeTo, together } from './block.ts';
import { answersNothing } from './pause.ts';
import { PROBE_KINDS, type ProbeKind } from './probe-row.ts';
import { lowerMedian, type Sketch, sizeOf } from './sketch.ts';
import type { ProbeWindow } from './window.ts';

export interface NodeBaseline {
  readonly node: string;
  /** Bin of the lower median; null where too few probes succeeded. */
  readonly level: Readonly<Record<ProbeKind, number | null>>;
  /** How much this node's blocks scatter, against the spread of all (1 = alike). */
  readonly scatter: Readonly<Record<ProbeKind, number>>;
  readonly cqlErrorShare: number;
}

export interface Baseline {
  /** Age of the newest probe at the deployment, seconds; null when there was none. */
  readonly ageS: number | null;
  readonly nodes: readonly NodeBaseline[];
  /** Shifts of the cluster's blocks, and of the nodes' blocks divided by their scatter. */
  readonly cluster: Readonly<Record<ProbeKind, Spread>>;
  readonly ofNodes: Readonly<Record<ProbeKind, Spread>>;
  readonly cqlErrorShare: number | null;
}

/** Only the last quarter of an hour before the newest probe: older load is another load. */
const WINDOW_S = 900;
const LEAST_FOR_LEVEL = 10;
const KEPT_VALUES = 160;
/** Blocks that each node borrows from all, and the scatter below which nothing is believed (2 %). */
const BORROWED = 8;
const BORROWED_PROBES = 20;
const LEAST_SCATTER = 0.02;
export const MANY_OF_NODE = 20;
export const MANY_OF_CLUSTER = 60;

export const NO_SPREAD: Spread = { values: [], of: 0, tilts: [] };

export function learnBaseline(windows: readonly ProbeWindow[], deployed: (node: string) => boolean): Baseline {
  const newest = windows.at(-1)?.toS ?? null;
  const recent = windows.filter(({ fromS, toS }) => toS <= 0 && fromS >= (newest ?? 0) - WINDOW_S);
  const names = [...new Set(recent.flatMap(({ nodes }) => nodes.map(({ node }) => node)))].sort();
  const levels = levelsOf(recent);
  const nodeBlocks = new Map<string, Block[]>(names.map((node) => [node, []]));
  const clusterBlocks: Block[] = [];
  const open = new Map<string, OpenBlock | null>();
  const put = (stream: string, into: Block[], window: ProbeWindow, cells: readonly [LevelledCell, LevelledCell], many: number): void => {
    const block = extend(open.get(stream) ?? null, window.fromS, window.toS - window.fromS, cells[0], cells[1]);
    if (isFull(block, many)) into.push(closeBlock(block, window.toS));
    open.set(stream, isFull(block, many) ? null : block);
  };
  for (const window of recent) {
    const all: [LevelledCell[], LevelledCell[]] = [[], []];
    for (const { node, cells } of window.nodes) {
      const level = levels.get(node) as Readonly<Record<ProbeKind, number | null>>;
      if (answersNothing(cells, level)) continue;
      const tls = relativeTo(level.tls, cells.tls);
      const cql = relativeTo(level.cql, cells.cql);
      put(`node ${node}`, nodeBlocks.get(node) as Block[], window, [tls, cql], MANY_OF_NODE);
      if (deployed(node)) {
        all[0].push(tls);
        all[1].push(cql);
      }
    }
    if (all[0].length > 0) put('cluster', clusterBlocks, window, [all[0].reduce(together), all[1].reduce(together)], MANY_OF_CLUSTER);
  }
  const scatterOf = (kind: ProbeKind): Map<string, number> => scatters(names, (node) => shiftsOf(nodeBlocks.get(node) ?? [], kind));
  const scatter = { tls: scatterOf('tls'), cql: scatterOf('cql') };
  const errors = errorsOf(recent);
  const total = [...errors.values()].reduce((one, other) => ({ failed: one.failed + other.failed, n: one.n + other.n }), {
    failed: 0,
    n: 0,
  });
  const share = total.n === 0 ? null : total.failed / total.n;
  return {
    ageS: newest === null ? null : -newest,
    nodes: names.map((node) => ({
      node,
      level: levels.get(node) as Readonly<Record<ProbeKind, number | null>>,
      scatter: { tls: scatter.tls.get(node) ?? 1, cql: scatter.cql.get(node) ?? 1 },
      cqlErrorShare: round(
        ((errors.get(node)?.failed ?? 0) + BORROWED_PROBES * (share ?? 0)) / ((errors.get(node)?.n ?? 0) + BORROWED_PROBES),
      ),
    })),
    cluster: { tls: spreadOf(shiftsOf(clusterBlocks, 'tls')), cql: spreadOf(shiftsOf(clusterBlocks, 'cql')) },
    ofNodes: {
      tls: spreadOf(
        names.flatMap((node) => shiftsOf(nodeBlocks.get(node) ?? [], 'tls').map((shift) => shift / (scatter.tls.get(node) ?? 1))),
      ),
      cql: spreadOf(
        names.flatMap((node) => shiftsOf(nodeBlocks.get(node) ?? [], 'cql').map((shift) => shift / (scatter.cql.get(node) ?? 1))),
      ),
    },
    cqlErrorShare: share === null ? null : round(share),
  };
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;

function levelsOf(windows: readonly ProbeWindow[]): Map<string, Readonly<Record<ProbeKind, number | null>>> {
  const all = new Map<string, Record<ProbeKind, Map<number, number>>>();
  for (const window of windows)
    for (const { node, cells } of window.nodes) {
      const counts = all.get(node) ?? { tls: new Map(), cql: new Map() };
      all.set(node, counts);
      for (const kind of PROBE_KINDS) {
        const { ms } = cells[kind];
        for (let i = 0; i < ms.length; i += 2)
          counts[kind].set(ms[i] as number, (counts[kind].get(ms[i] as number) ?? 0) + (ms[i + 1] as number));
      }
    }
  const level = (counts: ReadonlyMap<number, number>): number | null => levelOf([...counts].sort(([a], [b]) => a - b).flat());
  return new Map([...all].map(([node, { tls, cql }]) => [node, { tls: level(tls), cql: level(cql) }]));
}

interface Errors {
  failed: number;
  n: number;
}

function errorsOf(windows: readonly ProbeWindow[]): Map<string, Errors> {
  const all = new Map<string, Errors>();
  for (const window of windows)
    for (const { node, cells } of window.nodes) {
      const errors = all.get(node) ?? { failed: 0, n: 0 };
      all.set(node, errors);
      errors.failed += cells.cql.failed;
      errors.n += cells.cql.failed + sizeOf(cells.cql.ms);
    }
  return all;
}

const shiftsOf = (blocks: readonly Block[], kind: ProbeKind): number[] => blocks.flatMap((block) => block[kind].shift ?? []);

/** Deviation of each node's blocks, drawn towards that of all nodes. */
function scatters(names: readonly string[], shifts: (node: string) => readonly number[]): Map<string, number> {
  const own = names.map((node) => ({ node, values: shifts(node) }));
  const all = Math.max(LEAST_SCATTER, middle(own.filter(({ values }) => values.length >= 4).map(({ values }) => deviationOf(values))));
  return new Map(
    own.map(({ node, values }) => {
      const drawn = (values.length * (values.length >= 4 ? deviationOf(values) : all) + BORROWED * all) / (values.length + BORROWED);
      return [node, Math.round((Math.max(LEAST_SCATTER, drawn) / all) * 1000) / 1000];
    }),
  );
}

/** Median absolute deviation, as a standard deviation. */
function deviationOf(values: readonly number[]): number {
  const centre = middle(values);
  return 1.4826 * middle(values.map((value) => Math.abs(value - centre)));
}

/** ln: what lies farther out is as far as anything. */
const FARTHEST = 300;

const middle = (values: readonly number[]): number =>
  values.length === 0 ? 0 : (values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] as number);

/** Thinned out evenly where there are many, so that a state stays small. */
export function spreadOf(shifts: readonly number[]): Spread {
  const sorted = shifts.toSorted((a, b) => a - b);
  const kept =
    sorted.length <= KEPT_VALUES
      ? sorted
      : Array.from({ length: KEPT_VALUES }, (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / KEPT_VALUES)] as number);
  const values = kept.map((value) => Math.round(value * 1000) / 1000);
  const deviation = Math.max(LEAST_SCATTER, deviationOf(values));
  const tilts = SLOPES.map((slope) => {
    const exponent = Math.round((slope / deviation) * 1000) / 1000;
    return [
      exponent,
      values.reduce((sum, value) => sum + Math.exp(Math.min(exponent * value, FARTHEST)), 0) / Math.max(1, values.length),
    ] as const;
  });
  return { values, of: sorted.length, tilts };
}

/** Bin of the level of one sketch; null where it says too little. */
export const levelOf = (sketch: Sketch): number | null => (sizeOf(sketch) >= LEAST_FOR_LEVEL ? lowerMedian(sketch) : null);
