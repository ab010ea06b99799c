/** Random choices of the chaos tests: seeded, so that a run that found something can be made again. */
import { seededRandom } from '../../../stand/random.ts';

/** How many kills each way gets; few by default, 20 and more by hand. */
export const pointsOr = (fallback: number): number => Number(process.env.RINGWARD_CHAOS_POINTS ?? fallback);

export interface Dice {
  /** From 0 up to, not including, 1. */
  readonly next: () => number;
  readonly between: (low: number, high: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
}

/** Dice of one test; the whole run's seed is RINGWARD_CHAOS_SEED. */
export function diceOf(test: string): Dice {
  const seed = [...`${process.env.RINGWARD_CHAOS_SEED ?? '1'} ${test}`].reduce(
    (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619),
    0x811c9dc5,
  );
  const next = seededRandom(seed);
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    pick: (from) => from[Math.floor(next() * from.length)] as (typeof from)[number],
  };
}
