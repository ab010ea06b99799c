/** `npm run bench -- histories`: random histories of rollbacks on twelve simulated nodes, checked after every event. */
import { availableParallelism } from 'node:os';
import type { Progress } from '../../stand/progress.ts';
import { figure, table } from '../figures.ts';
import type { BenchResult } from '../rollback.ts';
import { askThreads } from '../threads.ts';
import { LEAST_EVENTS, NODES } from './history.ts';
import { BUGS, type Bug } from './node.ts';
import { type Played, type Portion, play } from './worker.ts';

export interface HistoriesOptions {
  readonly histories: number;
  /** The seed of all. */
  readonly run: number;
  /** Plays this one alone, and tells what was violated. */
  readonly history?: number;
}

const PORTION = 2000;
/** A planted bug is looked for in so many histories. */
const FOR_A_BUG = 40_000;
const PLAYED_TWICE = 500;

export async function benchHistories(options: HistoriesOptions, progress: Progress): Promise<BenchResult> {
  const { histories, run } = options;
  const from = options.history ?? 0;
  const to = options.history === undefined ? histories : from + 1;
  progress(`${to - from} histories of at least ${LEAST_EVENTS} events on ${NODES} nodes, seed ${run}`);
  const began = performance.now();
  const played = await playAll(portions(from, to, run, null), progress);
  const seconds = (performance.now() - began) / 1000;
  const total = played.reduce(added);
  const again = [0, 1].map(() => play({ from, to: Math.min(to, from + PLAYED_TWICE), run, bug: null }).sum);
  const found = options.history === undefined ? await bugsFound(run, progress) : [];
  const told = total.violations.map(
    ({ history, invariant, what, event }) => `${invariant} at event ${event} of history ${history} (seed ${run}): ${what}`,
  );
  const coverage = total.coverage.toSorted((a, b) => b[1] - a[1]).map(([what, count]) => [what, String(count)]);
  return {
    figures: [
      figure('histories', total.histories, '', '>=', 500_000),
      figure('leastEvents', total.least, '', '>=', LEAST_EVENTS),
      figure('violations', total.violations.length, '', '=', 0),
      figure('seconds', seconds, 's', '<=', 600),
      figure('repeats', again[0] === again[1] ? 1 : 0, '', '=', 1),
      figure('transitions', coverage.length, '', '>=', 50),
      figure('plantedFound', found.filter(({ history }) => history !== null).length, `of ${BUGS.length}`, '=', BUGS.length),
    ],
    text: [
      `${total.events} events, seed ${run}`,
      told.length === 0 ? 'no invariant was violated' : told.join('\n'),
      table([['transition', 'times'], ...coverage]),
      ...(found.length > 0
        ? [
            table([
              ['planted bug', 'found by', 'in history'],
              ...found.map(({ bug, invariant, history }) => [bug, invariant ?? '-', String(history ?? 'none')]),
            ]),
          ]
        : []),
    ].join('\n\n'),
  };
}

interface Found {
  readonly bug: Bug;
  readonly invariant: string | null;
  readonly history: number | null;
}

async function bugsFound(run: number, progress: Progress): Promise<Found[]> {
  const found: Found[] = [];
  for (const bug of BUGS) {
    let first: Played['violations'][number] | undefined;
    for (let from = 0; from < FOR_A_BUG && first === undefined; from += PORTION)
      first = (await playAll(portions(from, from + PORTION, run, bug), () => undefined))
        .flatMap(({ violations }) => violations)
        .toSorted((a, b) => a.history - b.history)[0];
    progress(`planted: ${bug}, ${first ? `found by ${first.invariant}` : 'NOT FOUND'}`);
    found.push({ bug, invariant: first?.invariant ?? null, history: first?.history ?? null });
  }
  return found;
}

function portions(from: number, to: number, run: number, bug: Bug | null): Portion[] {
  const size = Math.min(PORTION, Math.max(1, Math.ceil((to - from) / availableParallelism())));
  return Array.from({ length: Math.ceil((to - from) / size) }, (_, i) => ({
    from: from + i * size,
    to: Math.min(to, from + (i + 1) * size),
    run,
    bug,
  }));
}

/** All processors at work; in the order of the portions. */
async function playAll(all: readonly Portion[], progress: Progress): Promise<Played[]> {
  const played: Played[] = [];
  let [done, told] = [0, 0];
  await askThreads<Portion, Played>(new URL('./worker.ts', import.meta.url), all, (one, index) => {
    played[index] = one;
    done += 1;
    const share = Math.floor((10 * done) / all.length);
    if (all.length >= 20 && share > told) {
      told = share;
      progress(`${share * 10} %`);
    }
  });
  return played;
}

function added(a: Played, b: Played): Played {
  const coverage = new Map(a.coverage);
  for (const [what, count] of b.coverage) coverage.set(what, (coverage.get(what) ?? 0) + count);
  return {
    histories: a.histories + b.histories,
    events: a.events + b.events,
    least: Math.min(a.least, b.least),
    violations: [...a.violations, ...b.violations],
    coverage: [...coverage],
    sum: (Math.imul(a.sum, 31) + b.sum) | 0,
  };
}
