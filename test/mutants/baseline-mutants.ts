/** Mutants of what is learnt as usual, and of whose word is taken. */
import type { Mutant } from './mutant.ts';

const EXPECTED = 'test/core/baseline/baseline-for.test.ts';

export const baselineMutants: readonly Mutant[] = [
  {
    name: 'staging-judges-production',
    breaks: 'a baseline of staging judges production',
    file: 'core/baseline/baseline-for.ts',
    find: 'if (one.environment !== environment)',
    replace: 'if (one.environment === undefined)',
    test: { file: EXPECTED, title: 'staging’s never judges production: the compiler refuses it, and so does the function' },
  },
  {
    name: 'override-for-ever',
    breaks: 'a person’s value goes on judging after it has expired',
    file: 'core/baseline/override.ts',
    find: 'from <= at && at < expiresAt',
    replace: 'from <= at && expiresAt > 0',
    test: { file: EXPECTED, title: 'it expires by itself: at that very moment the learnt value is back' },
  },
  {
    name: 'stale-baseline-judges',
    breaks: 'a baseline without a value for a week is evidence all the same',
    file: 'core/baseline/baseline-for.ts',
    find: 'value !== null && !stale;',
    replace: 'value !== null;',
    test: { file: EXPECTED, title: 'a week without a value: it is shown, said to be stale, and nothing is judged by it' },
  },
  {
    name: 'drift-unnoticed',
    breaks: 'a level that has moved is never reported',
    file: 'core/baseline/drift.ts',
    find: 'const LIMIT = 12;',
    replace: 'const LIMIT = 1200;',
    test: { file: 'test/core/baseline/drift.test.ts', title: 'three odd days, however odd, are no drift; the fourth is' },
  },
  {
    name: 'learnt-twice',
    breaks: 'a run that is repeated makes another version of what is learnt already',
    file: 'core/baseline/next-versions.ts',
    find: 'at > known.learnedUntil && at <= to.at',
    replace: 'at <= to.at',
    test: {
      file: 'test/core/baseline/next-versions.test.ts',
      title: 'the same run twice learns nothing twice; after a crash between two nodes, the other one alone',
    },
  },
];
