/** The invariants of the design, each a function over what is seen at rest, by their numbers. */
import { fenced, noMixture, oneAtATime, onlyFromVerifiedBackups, safeTargets, writtenBefore } from './acts.ts';
import { everythingEnds, keysStayHome, oneEnd, provenFromEverywhere, sameEnd } from './ends.ts';
import type { Invariant } from './seen.ts';

/** What holds whenever an execution has come to an end, be it a hand-over, and not only when all is at rest. */
export const atEveryEnd: Invariant = oneEnd;

/** By their numbers in the design. */
export const INVARIANTS: readonly (readonly [name: string, invariant: Invariant])[] = [
  ['I1', onlyFromVerifiedBackups],
  ['I2', provenFromEverywhere],
  ['I3', oneAtATime],
  ['I4', keysStayHome],
  ['I5', fenced],
  ['I6', sameEnd],
  ['I7', noMixture],
  ['I7', oneEnd],
  ['I10', safeTargets],
  ['I11', writtenBefore],
  ['I12', everythingEnds],
];
