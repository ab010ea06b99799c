/** What a stretch of probing showed, as a sufficient statistic: what is judged are counts and sketches, never raw rows. */
import { PROBE_KINDS, type ProbeKind } from './probe-row.ts';
import type { Sketch } from './sketch.ts';

/** Probes of one node and kind. */
export interface Cell {
  readonly failed: number;
  /** Durations of those that were ok. */
  readonly ms: Sketch;
}

export interface NodeCells {
  readonly node: string;
  readonly cells: Readonly<Record<ProbeKind, Cell>>;
}

export interface ProbeWindow {
  /** Since the deployment, seconds. */
  readonly fromS: number;
  readonly toS: number;
  /** By name, ascending. */
  readonly nodes: readonly NodeCells[];
}

/** Every probe of both kinds. */
export function probesIn(cells: NodeCells['cells']): number {
  let sum = 0;
  for (const kind of PROBE_KINDS) {
    sum += cells[kind].failed;
    const { ms } = cells[kind];
    for (let i = 1; i < ms.length; i += 2) sum += ms[i] as number;
  }
  return sum;
}
