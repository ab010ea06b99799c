/** A block: the windows of one stream (a node, or the cluster) that are judged together. When it ends depends on counts and time alone, never on results. */
import { BINS, lowerMedian, merge, type Sketch, sizeOf } from './sketch.ts';
import type { Cell } from './window.ts';

/** Probes of one kind, their durations relative to the level of their node; where that is not known, they only count as ok. */
export interface LevelledCell {
  readonly ok: number;
  readonly failed: number;
  readonly shifts: Sketch;
  /** All and failed ones, without the node that failed most in each window: what cannot be one node's own trouble. Absent of a single node. */
  readonly common: readonly [number, number] | undefined;
}
export const NOTHING_SEEN: LevelledCell = { ok: 0, failed: 0, shifts: [], common: undefined };

export interface OpenBlock {
  readonly fromS: number;
  /** Of windows that had any probe. */
  readonly seconds: number;
  readonly tls: LevelledCell;
  readonly cql: LevelledCell;
}

export interface BlockOfKind {
  readonly n: number;
  readonly failed: number;
  readonly common: readonly [number, number];
  /** ln of how many times the level; null when too few succeeded to tell. */
  readonly shift: number | null;
}

export interface Block {
  readonly fromS: number;
  readonly toS: number;
  readonly seconds: number;
  readonly tls: BlockOfKind;
  readonly cql: BlockOfKind;
}

/** Blocks shorter than this, at the rate of calm times, see the same stall twice. */
const CALM_S = 3;
const LEAST_PROBES = 4;
const LONGEST_S = 30;

export function extend(open: OpenBlock | null, fromS: number, seconds: number, tls: LevelledCell, cql: LevelledCell): OpenBlock {
  if (open === null) return { fromS, seconds, tls, cql };
  return { fromS: open.fromS, seconds: open.seconds + seconds, tls: together(open.tls, tls), cql: together(open.cql, cql) };
}

export function together(a: LevelledCell, b: LevelledCell): LevelledCell {
  return {
    ok: a.ok + b.ok,
    failed: a.failed + b.failed,
    shifts: merge(a.shifts, b.shifts),
    common:
      a.common === undefined || b.common === undefined ? (a.common ?? b.common) : [a.common[0] + b.common[0], a.common[1] + b.common[1]],
  };
}

/** `many`: so many probes are a block at once, however short. */
export function isFull({ seconds, tls, cql }: OpenBlock, many: number): boolean {
  const n = Math.max(tls.ok + tls.failed, cql.ok + cql.failed);
  return n >= many || (seconds >= CALM_S && n >= LEAST_PROBES) || seconds >= LONGEST_S;
}

export function closeBlock({ fromS, seconds, tls, cql }: OpenBlock, toS: number): Block {
  return { fromS, toS, seconds, tls: ofKind(tls), cql: ofKind(cql) };
}

function ofKind({ ok, failed, shifts, common }: LevelledCell): BlockOfKind {
  const known = sizeOf(shifts);
  const enough = known >= LEAST_PROBES && known >= failed && known * 2 >= ok;
  return { n: ok + failed, failed, common: common ?? [ok + failed, failed], shift: enough ? (lowerMedian(shifts) as number) / BINS : null };
}

export function relativeTo(level: number | null, { failed, ms }: Cell): LevelledCell {
  const ok = sizeOf(ms);
  return { ok, failed, shifts: level === null ? [] : merge([], ms, -level), common: undefined };
}

/** The nodes of one window as one; its `common` leaves out the one that failed most, where there are several. */
export function ofAll(cells: readonly LevelledCell[]): LevelledCell {
  const all = cells.reduce(together, NOTHING_SEEN);
  if (cells.length < 2) return cells.length === 0 ? all : { ...all, common: [all.ok + all.failed, all.failed] };
  const worst = cells.reduce((one, other) => (failing(other) > failing(one) ? other : one));
  return { ...all, common: [all.ok + all.failed - worst.ok - worst.failed, all.failed - worst.failed] };
}

const failing = ({ ok, failed }: LevelledCell): number => (ok + failed === 0 ? 0 : failed / (ok + failed) + failed * 1e-9);
