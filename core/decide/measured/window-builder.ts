/** Puts rows, in whatever order they come, into windows of one second. It alone is mutable: it stands between the world and the pure fold. */
import { PROBE_KINDS, type ProbeKind, type ProbeRow, type RowFault, readProbe } from './probe-row.ts';
import { binOf, merge, sketchOf } from './sketch.ts';
import type { Cell, NodeCells, ProbeWindow } from './window.ts';

/** Rows of one node, kind and second; `ms` is −1 where a probe failed. */
interface OpenCell {
  at: number[];
  ms: number[];
  sealed: Cell;
}
type OpenCells = Map<string, OpenCell>;

/** So many rows are kept to be compared for duplicates; then they are condensed, and memory stays bounded. */
const MOST_OPEN_ROWS = 2_000_000;
const MOST_NODES = 1000;
/** A day before the deployment; older rows say nothing about it. */
const EARLIEST_S = -86_400;

export class WindowBuilder {
  /** How many rows were refused, and why; `late` ones count all the same. */
  readonly faults = new Map<RowFault, number>();
  taken = 0;
  private readonly windows = new Map<number, OpenCells>();
  private readonly names = new Set<string>();
  private openRows = 0;
  private newest = Number.NEGATIVE_INFINITY;
  private takenUntilS = Number.NEGATIVE_INFINITY;
  private readonly timeoutMs: number;
  private readonly latestS: number;

  /** Rows at or after `latestS` are out of range. */
  constructor(timeoutMs: number, latestS: number) {
    this.timeoutMs = timeoutMs;
    this.latestS = latestS;
  }

  /** Counts what a reader refused before there was a row. */
  refuse(fault: RowFault): RowFault {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
    return fault;
  }

  /** The fault of a row that is not taken, or null. */
  add(value: ProbeRow): RowFault | null {
    const row = readProbe(value);
    if (typeof row === 'string') return this.refuse(row);
    const second = Math.floor(row.t_ms / 1000);
    if (second < EARLIEST_S || second >= this.latestS) return this.refuse('out-of-range');
    if (!this.names.has(row.node)) {
      if (this.names.size >= MOST_NODES) return this.refuse('too-many-nodes');
      this.names.add(row.node);
    }
    // A row of a second that was judged already counts now: to drop late rows would be to drop the slow ones.
    const late = second < this.takenUntilS;
    if (late) this.refuse('late');
    const cell = this.cellOf(late ? this.takenUntilS : second, row.node, row.kind);
    if (++this.openRows > MOST_OPEN_ROWS) this.sealAll();
    cell.at.push(row.t_ms);
    cell.ms.push(row.ok && row.ms < this.timeoutMs ? row.ms : -1);
    this.taken++;
    return null;
  }

  private cellOf(second: number, node: string, kind: ProbeKind): OpenCell {
    let cells = this.windows.get(second);
    if (!cells) {
      cells = new Map();
      this.windows.set(second, cells);
      this.newest = Math.max(this.newest, second);
    }
    const key = `${kind} ${node}`;
    let cell = cells.get(key);
    if (!cell) {
      cell = { at: [], ms: [], sealed: { failed: 0, ms: [] } };
      cells.set(key, cell);
    }
    return cell;
  }

  private sealAll(): void {
    for (const cells of this.windows.values()) for (const cell of cells.values()) this.seal(cell);
    this.openRows = 0;
  }

  private seal(cell: OpenCell): Cell {
    const { at, ms, sealed } = cell;
    const bins: number[] = [];
    let failed = 0;
    for (const i of withoutDuplicates(at, ms)) {
      const duration = ms[i] as number;
      if (duration < 0) failed++;
      else bins.push(binOf(duration));
    }
    for (let repeated = failed + bins.length; repeated < at.length; repeated++) {
      this.refuse('duplicate');
      this.taken--;
    }
    cell.sealed = { failed: sealed.failed + failed, ms: merge(sealed.ms, sketchOf(bins)) };
    cell.at = [];
    cell.ms = [];
    return cell.sealed;
  }

  /** The second after the last row; 0 when all were before the deployment. */
  get endS(): number {
    return Math.max(0, this.newest + 1);
  }

  /** Takes the windows that begin before `toS`, in order; a second without rows gives none. */
  takeUntil(toS: number): ProbeWindow[] {
    const seconds = [...this.windows.keys()].filter((second) => second < toS).sort((a, b) => a - b);
    const taken = seconds.map((second) => {
      const window = this.closed(second, this.windows.get(second) as OpenCells);
      this.windows.delete(second);
      return window;
    });
    this.takenUntilS = Math.max(this.takenUntilS, toS);
    return taken;
  }

  private closed(second: number, cells: OpenCells): ProbeWindow {
    const names = [...new Set([...cells.keys()].map((key) => key.slice(4)))].sort();
    const nodes: NodeCells[] = names.map((node) => {
      const [tls, cql] = PROBE_KINDS.map((kind): Cell => {
        const cell = cells.get(`${kind} ${node}`);
        return cell ? this.seal(cell) : { failed: 0, ms: [] };
      });
      return { node, cells: { tls: tls as Cell, cql: cql as Cell } };
    });
    return { fromS: second, toS: second + 1, nodes };
  }
}

/** Places of rows that differ in time or duration. */
function withoutDuplicates(at: readonly number[], ms: readonly number[]): readonly number[] {
  const places = at.map((_, i) => i);
  if (at.every((time, i) => i === 0 || time > (at[i - 1] as number))) return places;
  places.sort((a, b) => (at[a] as number) - (at[b] as number) || (ms[a] as number) - (ms[b] as number));
  return places.filter((place, i) => i === 0 || at[place] !== at[places[i - 1] as number] || ms[place] !== ms[places[i - 1] as number]);
}
