/** All processors at work on the worlds. */
import { askThreads } from '../threads.ts';
import { add, emptyTally, type Tally } from './tally.ts';
import type { Portion } from './worker.ts';

/** Judges all portions; `onDone` hears of each. Throws what a thread throws. */
export async function judgeAll(portions: readonly Portion[], onDone: (portion: Portion) => void): Promise<ReadonlyMap<string, Tally>> {
  const tallies = new Map<string, Tally>();
  await askThreads<Portion, Tally>(new URL('./worker.ts', import.meta.url), portions, (part, index) => {
    const tally = tallies.get(part.kind) ?? emptyTally(part.kind);
    add(tally, part);
    tallies.set(part.kind, tally);
    onDone(portions[index] as Portion);
  });
  return tallies;
}
