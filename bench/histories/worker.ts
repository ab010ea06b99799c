/** A thread that plays the histories it is given. */
import { parentPort } from 'node:worker_threads';
import { historyOf, type Violation } from './history.ts';
import type { Bug } from './node.ts';

/** Histories `from` … `to` − 1 of a run, with a planted bug or without. */
export interface Portion {
  readonly from: number;
  readonly to: number;
  readonly run: number;
  readonly bug: Bug | null;
}

export interface Played {
  readonly histories: number;
  readonly events: number;
  readonly least: number;
  readonly violations: readonly (Violation & { readonly history: number })[];
  readonly coverage: readonly (readonly [string, number])[];
  readonly sum: number;
}

const MOST_TOLD = 20;

export function play({ from, to, run, bug }: Portion): Played {
  const coverage = new Map<string, number>();
  const violations: (Violation & { history: number })[] = [];
  let [events, least, sum] = [0, Number.POSITIVE_INFINITY, 0];
  for (let history = from; history < to; history++) {
    const ended = historyOf(history, run, bug, coverage);
    events += ended.events;
    least = Math.min(least, ended.events);
    sum = (Math.imul(sum, 31) + ended.sum) | 0;
    for (const violation of ended.violations) if (violations.length < MOST_TOLD) violations.push({ ...violation, history });
  }
  return { histories: to - from, events, least, violations, coverage: [...coverage], sum };
}

parentPort?.on('message', (portion: Portion) => parentPort?.postMessage(play(portion)));
