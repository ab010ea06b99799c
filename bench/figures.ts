/** Figures with their goals, and the little statistics that the benches need. */
import { median } from '../core/statistics/statistics.ts';

/** One line of a bench's result; `ok` says whether the value reaches the goal today. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly comparator: '<=' | '>=' | '=';
  readonly goal: number;
  readonly ok: boolean;
}

/** The value as it is, held against the goal. */
export function figure(name: string, value: number, unit: string, comparator: Figure['comparator'], goal: number): Figure {
  const ok = comparator === '<=' ? value <= goal : comparator === '>=' ? value >= goal : value === goal;
  return { name, value, unit, comparator, goal, ok };
}

/** Median and spread of samples (ms or whatever they are in). */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly count: number;
}

/** Throws a RangeError without samples: a figure made of nothing is none. */
export function spreadOf(samples: readonly number[]): Spread {
  if (samples.length === 0) throw new RangeError('no samples');
  return { median: median(samples), least: Math.min(...samples), most: Math.max(...samples), count: samples.length };
}

/** A table of text; the first column to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number))).join('  '),
    )
    .join('\n');
}

/** The figures beside their goals. */
export function figureTable(figures: readonly Figure[]): string {
  const shown = (value: number) => (Number.isInteger(value) ? String(value) : value.toPrecision(3));
  return table([
    ['figure', 'today', 'goal', ''],
    ...figures.map(({ name, value, unit, comparator, goal, ok }) => [
      name,
      `${shown(value)} ${unit}`,
      `${comparator} ${goal}`,
      ok ? 'reached' : 'MISSED',
    ]),
  ]);
}
