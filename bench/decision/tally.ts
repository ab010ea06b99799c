/** What came of many worlds of one kind, small enough to be sent from thread to thread, and added up in any order. */
import { type Judged, METHODS } from './judge.ts';

export interface Tally {
  readonly kind: string;
  worlds: number;
  redrawn: number;
  /** By method: worlds judged, rollbacks at all, and seconds from the onset to each rollback that is not before it. */
  readonly methods: { judged: number; rolledBack: number; readonly afterS: number[] }[];
  readonly verdicts: Record<'keep' | 'roll-back' | 'hold', number>;
  keptBefore: number;
  scopesRight: number;
  replayMs: number;
  /** Of live watches: sums of probes per second, and the busiest second of all. */
  readonly rate: { watches: number; before: number; after: number; most: number };
}

export const emptyTally = (kind: string): Tally => ({
  kind,
  worlds: 0,
  redrawn: 0,
  methods: METHODS.map(() => ({ judged: 0, rolledBack: 0, afterS: [] })),
  verdicts: { keep: 0, 'roll-back': 0, hold: 0 },
  keptBefore: 0,
  scopesRight: 0,
  replayMs: 0,
  rate: { watches: 0, before: 0, after: 0, most: 0 },
});

export function count(tally: Tally, judged: Judged): void {
  tally.worlds += 1;
  tally.redrawn += judged.redrawn;
  tally.verdicts[judged.verdict] += 1;
  tally.replayMs += judged.replayMs;
  if (judged.keptBefore) tally.keptBefore += 1;
  if (judged.scopeRight) tally.scopesRight += 1;
  for (const [index, atS] of judged.rollsBackAtS.entries()) {
    if (atS === undefined) continue;
    const method = tally.methods[index] as Tally['methods'][number];
    method.judged += 1;
    if (atS === null) continue;
    method.rolledBack += 1;
    // Before the fault it is a false alarm that comes true, not a finding.
    if (judged.onsetS !== null && atS > judged.onsetS) method.afterS.push(atS - judged.onsetS);
  }
  if (judged.rate) {
    tally.rate.watches += 1;
    tally.rate.before += judged.rate.before;
    tally.rate.after += judged.rate.after;
    tally.rate.most = Math.max(tally.rate.most, judged.rate.most);
  }
}

export function add(tally: Tally, other: Tally): void {
  tally.worlds += other.worlds;
  tally.redrawn += other.redrawn;
  tally.keptBefore += other.keptBefore;
  tally.scopesRight += other.scopesRight;
  tally.replayMs += other.replayMs;
  for (const verdict of ['keep', 'roll-back', 'hold'] as const) tally.verdicts[verdict] += other.verdicts[verdict];
  for (const [index, method] of tally.methods.entries()) {
    const more = other.methods[index] as Tally['methods'][number];
    method.judged += more.judged;
    method.rolledBack += more.rolledBack;
    for (const seconds of more.afterS) method.afterS.push(seconds);
  }
  tally.rate.watches += other.rate.watches;
  tally.rate.before += other.rate.before;
  tally.rate.after += other.rate.after;
  tally.rate.most = Math.max(tally.rate.most, other.rate.most);
}

/** The share's smallest value that so many of all do not exceed; what was missed counts as infinite. */
export function latencyAt(method: Tally['methods'][number], share: number): number {
  const sorted = method.afterS.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * method.judged) - 1)] ?? Number.POSITIVE_INFINITY;
}
