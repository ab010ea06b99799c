/** Data for people and programs: table, JSON, YAML, one JSON object a line. */
import { stripVTControlCharacters, styleText } from 'node:util';
import type { Terminal } from './terminal.ts';

export const FORMATS = ['table', 'json', 'yaml', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

/** A table beside the value that it shows. */
export interface Shown {
  readonly value: unknown;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Told below the table, in the table form only. */
  readonly summary?: string;
  /** Lines that take the table's place for a person. */
  readonly lines?: readonly string[];
}

export type Tone = 'good' | 'attention' | 'bad' | 'quiet';
const COLOUR = { good: 'green', attention: 'yellow', bad: 'red', quiet: 'gray' } as const;

/** Colour only for a person who wants it; a word always stands beside it. */
export function wantsColour(terminal: Terminal, plain: boolean, stream: 'out' | 'err'): boolean {
  const { NO_COLOR, TERM } = terminal.env;
  return !plain && terminal.isTty[stream] && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
}

export const paint = (text: string, tone: Tone, colour: boolean): string =>
  colour ? styleText(COLOUR[tone], text, { validateStream: false }) : text;

/** Text of a value in the asked form. `plain` tables are bare fields between tabs, for scripts. */
export async function render(shown: Shown, format: Format, plain: boolean): Promise<string> {
  if (format === 'json') return `${JSON.stringify(shown.value, null, 2)}\n`;
  if (format === 'jsonl')
    return asList(shown.value)
      .map((one) => `${JSON.stringify(one)}\n`)
      .join('');
  if (format === 'yaml') return (await import('yaml')).stringify(shown.value);
  if (plain)
    return shown.rows.map((row) => `${row.map((cell) => stripVTControlCharacters(cell).replaceAll(/[\t\n]/g, ' ')).join('\t')}\n`).join('');
  const table = shown.lines === undefined ? tableOf(shown.columns, shown.rows) : `${shown.lines.map(harmless).join('\n')}\n`;
  const summary = shown.summary === undefined || shown.summary === '' ? '' : `\n${shown.summary.split('\n').map(harmless).join('\n')}\n`;
  return `${table}${summary}`;
}

/** A value from an event or a log must not steer the terminal: of its control characters only colours are left. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is taken out
export const harmless = (text: string): string => text.replaceAll(/\u001b(?!\[\d{1,2}m)|[\u0000-\u001a\u001c-\u001f\u007f-\u009f]/g, ' ');

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
const widthOf = (text: string): number => [...stripVTControlCharacters(text)].length;

function tableOf(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [columns.map((column) => column.toUpperCase()), ...rows.map((row) => row.map(harmless))];
  const widths = columns.map((_, index) => Math.max(...all.map((row) => widthOf(row[index] ?? ''))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell))))
      .join('  ')
      .trimEnd();
  return `${all.map(line).join('\n')}\n`;
}

/** `2026-11-24 03:04:05Z`, without the date when it is today's. */
export function timeOf(at: number, now: number): string {
  const iso = new Date(at).toISOString();
  return iso.slice(0, 10) === new Date(now).toISOString().slice(0, 10)
    ? `${iso.slice(11, 19)}Z`
    : `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`;
}

/** `850 ms`, `12.3 s`, `4 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
