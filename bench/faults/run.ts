/** `bench -- faults`: all that can go wrong with each call of a rollback, one at a time, each in a fresh world from the same seed. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import type { Progress } from '../../stand/progress.ts';

import { type Figure, figure, table } from '../figures.ts';
import type { BenchResult } from '../rollback.ts';
import type { Violation } from './check.ts';
import { FAULTS } from './fault.ts';
import type { Answered, Asked } from './worker.ts';

/** Which way back, and who starts it. `restart/verdict` and the like. */
export const GROUNDS = ['hot/person', 'restart/verdict', 'fetched/person', 'unsafe/verdict'] as const;

export interface FaultsOptions {
  readonly seed: number;
  /** Such as `hot/person`; all of {@link GROUNDS} where there is none. */
  readonly grounds: readonly string[];
  /** Every how-manieth point is run. */
  readonly every: number;
  /** Only this point. */
  readonly point?: string;
}

export interface FaultsResult extends BenchResult {
  readonly violations: readonly Violation[];
}

/** Throws where a point that was asked for is none. */
export async function benchFaults(options: FaultsOptions, progress: Progress): Promise<FaultsResult> {
  const grounds = options.point ? [groundOf(options.point)] : options.grounds.length > 0 ? options.grounds : GROUNDS;
  const threads = options.point ? 1 : Math.min(availableParallelism(), 4);
  progress(`seed ${options.seed}; ${grounds.join(', ')}; ${threads} threads`);
  const answers = await Promise.all(
    Array.from({ length: threads }, (_, thread) =>
      run({ seed: options.seed, grounds, every: options.every, point: options.point ?? null, thread, threads }, progress),
    ),
  );
  const violations = answers.flatMap((answer) => answer.violations);
  const points = sum(answers.map((answer) => answer.points));
  if (options.point && points === 0) throw new Error(`there is no point ${options.point}`);
  for (const { point, invariant, sentence } of violations) progress(`${invariant} ${point}: ${sentence}`);
  const figures: Figure[] = [
    figure('points', points, '', '>=', options.every > 1 || options.point ? 1 : 1000),
    figure('violations', new Set(violations.map(({ point }) => point)).size, 'points', '=', 0),
  ];
  return { figures, violations, text: textOf(options, answers, violations) };
}

const groundOf = (point: string): string => point.split('/').slice(0, 2).join('/');

function run(asked: Asked, progress: Progress): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: asked });
    worker.on('message', (message: Answered | string) => {
      if (typeof message === 'string') progress(message);
      else resolve(message);
    });
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (code !== 0) reject(new Error(`a thread of the bench ended with ${code}`));
    });
  });
}

function textOf({ seed }: FaultsOptions, answers: readonly Answered[], violations: readonly Violation[]): string {
  const counts = [...FAULTS, 'program-ends' as const].map((fault) => {
    const of = violations.filter(({ point }) => point.endsWith(`!${fault}`)).map(({ point }) => point);
    return [fault, String(sum(answers.map(({ byFault }) => byFault[fault] ?? 0))), String(new Set(of).size)];
  });
  const ends = new Map<string, number>();
  for (const { byEnd } of answers) for (const [end, count] of byEnd) ends.set(end, (ends.get(end) ?? 0) + count);
  const endings = [...ends].toSorted((a, b) => b[1] - a[1]).map(([end, count]) => [end, String(count)]);
  const again = (point: string): string => `   --seed ${seed} --point '${point}'`;
  const found = violations.map(({ point, invariant, sentence }) => `${invariant} ${sentence}\n${again(point)}`);
  const places = found.length === 0 ? '' : `\n\n${found.join('\n')}`;
  return `${table([['fault', 'points', 'violations'], ...counts])}\n\n${table([['how it went', 'points'], ...endings])}${places}`;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
