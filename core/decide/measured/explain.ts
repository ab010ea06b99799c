/** How the evidence grew, for a person to see: the wealth of the strongest accounts against time, with the line at which one alone would decide. */
import { type AccountShown, accountsOf } from './conclude.ts';
import { partOf } from './parts.ts';
import type { MeasuredPolicy } from './policy.ts';
import { deployedOf, type MeasuredState } from './state.ts';

export interface Curve {
  readonly factor: AccountShown['factor'];
  readonly node: string | null;
  /** log10 of the wealth at which this account alone would decide. */
  readonly decidesAt: number;
  /** Seconds since the deployment, and log10 of the wealth. */
  readonly points: readonly (readonly [number, number])[];
}

const EVERY_S = 5;
const SHOWN = 4;
const WIDTH = 72;
const HEIGHT = 8;

/** Watches a replay and keeps a point of every account each few seconds. */
export class EvidenceRecorder {
  private readonly curves = new Map<string, { factor: AccountShown['factor']; node: string | null; points: [number, number][] }>();
  private last: MeasuredState | null = null;
  private nextS = 0;

  readonly observe = (state: MeasuredState): void => {
    this.last = state;
    if (state.untilS < this.nextS) return;
    this.nextS = state.untilS + EVERY_S;
    this.keep(state);
  };

  private keep(state: MeasuredState): void {
    for (const { factor, node, log10Wealth } of accountsOf(state)) {
      const key = `${factor} ${node ?? ''}`;
      const curve = this.curves.get(key) ?? { factor, node, points: [] };
      this.curves.set(key, curve);
      if (curve.points.at(-1)?.[0] !== state.untilS) curve.points.push([state.untilS, log10Wealth]);
    }
  }

  /** Those that came nearest to deciding, nearest first. */
  strongest(): Curve[] {
    const { last } = this;
    if (last === null) return [];
    this.keep(last);
    const nodes = deployedOf(last).length;
    const nearness = ({ points, decidesAt }: Curve): number => Math.max(...points.map(([, value]) => value)) - decidesAt;
    return [...this.curves.values()]
      .map(({ factor, node, points }) => ({ factor, node, points, decidesAt: decidesAlone(last.policy, factor, node, nodes) }))
      .sort((a, b) => nearness(b) - nearness(a))
      .slice(0, SHOWN);
  }
}

function decidesAlone(policy: MeasuredPolicy, factor: AccountShown['factor'], node: string | null, nodes: number): number {
  return Math.round(Math.log10(1 / (policy.alpha * partOf(policy, factor, node === null ? null : nodes))) * 100) / 100;
}

/** One curve as text. */
export function draw(curve: Curve): string[] {
  const { points, decidesAt } = curve;
  const fromS = points[0]?.[0] ?? 0;
  const toS = points.at(-1)?.[0] ?? 0;
  const values = points.map(([, value]) => value);
  const high = Math.max(decidesAt, ...values);
  const low = Math.min(-1, ...values.map((value) => Math.max(value, -3)));
  const rowOf = (value: number): number => Math.round(((Math.max(low, value) - low) / (high - low)) * (HEIGHT - 1));
  const columns = Array.from({ length: WIDTH }, (_, column) => {
    const at = fromS + ((column + 0.5) * (toS - fromS)) / WIDTH;
    return points.reduce(
      (best, point) => (Math.abs(point[0] - at) < Math.abs(best[0] - at) ? point : best),
      points[0] as readonly [number, number],
    )[1];
  });
  const decides = rowOf(decidesAt);
  const rows = Array.from({ length: HEIGHT }, (_, i) => {
    const row = HEIGHT - 1 - i;
    const label = row === decides ? decidesAt : low + (row * (high - low)) / (HEIGHT - 1);
    const cells = columns.map((value) => (rowOf(value) === row ? '*' : row === decides ? '-' : rowOf(value) > row ? '.' : ' ')).join('');
    return `${label.toFixed(1).padStart(6)} |${cells.trimEnd()}${row === decides ? '  decides alone' : ''}`;
  });
  const end = `${toS} s`;
  return [
    `${curve.factor}, ${curve.node ?? 'cluster'}: log10 of its wealth`,
    ...rows,
    `${' '.repeat(7)}+${'-'.repeat(WIDTH)}`,
    `${' '.repeat(8)}${`${fromS} s`.padEnd(WIDTH - end.length)}${end}`,
  ];
}
