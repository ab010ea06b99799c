/** Random choices of the chaos tests: seeded, so that a run that found something can be made again. */

/** How many kills each way gets; few by default, 20 and more by hand. */
export const pointsOr = (fallback: number): number => Number(process.env.RINGWARD_CHAOS_POINTS ?? fallback);

export interface Dice {
  /** From 0 up to, not including, 1. */
  readonly next: () => number;
  readonly between: (low: number, high: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
}

/** Dice of one test; the whole run's seed is RINGWARD_CHAOS_SEED. Source of the generator: mulberry32, public domain. */
export function diceOf(test: string): Dice {
  let state = [...`${process.env.RINGWARD_CHAOS_SEED ?? '1'} ${test}`].reduce(
    (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619),
    0x811c9dc5,
  );
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    pick: (from) => from[Math.floor(next() * from.length)] as (typeof from)[number],
  };
}
