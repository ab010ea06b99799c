/** All processors at work on the worlds. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { add, emptyTally, type Tally } from './tally.ts';
import type { Portion } from './worker.ts';

/** Judges all portions; `onDone` hears of each. Throws what a thread throws. */
export async function judgeAll(portions: readonly Portion[], onDone: (portion: Portion) => void): Promise<ReadonlyMap<string, Tally>> {
  const tallies = new Map<string, Tally>();
  const waiting = [...portions];
  const thread = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url));
    try {
      for (let portion = waiting.shift(); portion; portion = waiting.shift()) {
        const part = await answerOf(worker, portion);
        const tally = tallies.get(part.kind) ?? emptyTally(part.kind);
        add(tally, part);
        tallies.set(part.kind, tally);
        onDone(portion);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), portions.length) }, thread));
  return tallies;
}

async function answerOf(worker: Worker, portion: Portion): Promise<Tally> {
  return await new Promise<Tally>((resolve, reject) => {
    const ended = (code: number) => reject(new Error(`a thread of the bench ended with ${code}`));
    worker.once('error', reject);
    worker.once('exit', ended);
    worker.once('message', (tally: Tally) => {
      worker.off('error', reject);
      worker.off('exit', ended);
      resolve(tally);
    });
    worker.postMessage(portion);
  });
}
