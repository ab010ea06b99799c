/** A thread that judges the worlds it is given. */
import { parentPort } from 'node:worker_threads';
import { Judge } from './judge.ts';
import { kindNamed } from './kinds.ts';
import { count, emptyTally } from './tally.ts';

/** Worlds `from` … `to` − 1 of a kind, of which those below `liveBelow` are also watched live. */
export interface Portion {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  readonly liveBelow: number;
  readonly run: number;
}

const judge = new Judge();

parentPort?.on('message', ({ kind, from, to, liveBelow, run }: Portion) => {
  const tally = emptyTally(kind);
  for (let index = from; index < to; index += 1) count(tally, judge.judge(kindNamed(kind), index, run, index < liveBelow));
  parentPort?.postMessage(tally);
});
