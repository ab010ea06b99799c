/** Mutants of how votes are counted, how the one verdict is written, and whom a circuit breaker lets ask. */
import type { Mutant } from './mutant.ts';

const TALLY = 'test/core/quorum/tally.test.ts';
const BREAKER = 'test/core/breaker/breaker.test.ts';
const INTERLEAVED = {
  file: 'test/core/quorum/interleavings.test.ts',
  title:
    'interleavings: one verdict an epoch, none of an old epoch, none on one kind’s word, none caused or prevented by a liar or a silent voter',
};

export const quorumMutants: readonly Mutant[] = [
  {
    name: 'one-host-two-kinds',
    breaks: 'a node that lies, as itself and as a peer, is two kinds by itself',
    file: 'core/quorum/agreement.ts',
    find: 'other.kind !== one.kind && other.by !== one.by',
    replace: 'other.kind !== one.kind',
    test: { file: TALLY, title: 'never by one host that speaks as two kinds' },
  },
  {
    name: 'two-hosts-one-kind',
    breaks: 'two peers roll a node back on the word of their kind alone',
    file: 'core/quorum/agreement.ts',
    find: 'other.kind !== one.kind && other.by !== one.by',
    replace: 'other.by !== one.by',
    test: { file: TALLY, title: 'never by one kind, however many of it speak' },
  },
  {
    name: 'vote-of-old-epoch',
    breaks: 'a voter that was cut off votes in an epoch that a newer one has taken over',
    file: 'core/quorum/epoch-record.ts',
    find: "condition: { equals: { epoch }, differs: { 'verdict.epoch': epoch } }",
    replace: "condition: { differs: { 'verdict.epoch': epoch } }",
    test: INTERLEAVED,
  },
  {
    name: 'vote-twice',
    breaks: 'a voter that says something else later overwrites what it said',
    file: 'core/quorum/epoch-record.ts',
    find: 'put: { vote }, condition: { absent: true }',
    replace: 'put: { vote }, condition: {}',
    test: INTERLEAVED,
  },
  {
    name: 'verdict-unconditional',
    breaks: 'the verdict of an old epoch is written over the record of the newer one',
    file: 'core/quorum/epoch-record.ts',
    find: "condition: { equals: { epoch: verdict.epoch, version }, differs: { 'verdict.epoch': verdict.epoch } }",
    replace: 'condition: {}',
    test: INTERLEAVED,
  },
  {
    name: 'one-clock',
    breaks: 'one wrong clock, where it is decided, makes every certificate expired',
    file: 'core/quorum/tally.ts',
    find: 'if (!vote) return false;',
    replace: 'if (vote) return true;\n  if (!vote) return false;',
    test: { file: TALLY, title: 'what depends on the time of day needs the voter’s clock too: one wrong clock proves nothing' },
  },
  {
    name: 'evidence-exchanged',
    breaks: 'evidence that was exchanged after the vote counts as what was voted on',
    file: 'core/quorum/attested.ts',
    find: 'vote.evidence.sha256 === sha256',
    replace: 'sha256.length === 64',
    test: {
      file: 'test/core/quorum/votes-of-view.test.ts',
      title: 'evidence counts where a vote names it as it lies there, and a vote where its evidence does',
    },
  },
  {
    name: 'two-trials',
    breaks: 'everybody may try a broken source at once',
    file: 'core/breaker/breaker.ts',
    find: "if (now < breaker.until) return { permit: 'refused' };",
    replace: "if (breaker.state === 'open' && now < breaker.until) return { permit: 'refused' };",
    test: {
      file: BREAKER,
      title: 'is half-open for one caller; its success closes, its failure opens for twice as long, at most ten minutes',
    },
  },
  {
    name: 'one-node-breaks-all',
    breaks: 'one node that never answers keeps every other one from being asked',
    file: 'core/breaker/breaker.ts',
    find: '(failed.failures >= policy.failures && failing.length >= policy.different)',
    replace: 'failed.failures >= policy.failures',
    test: { file: BREAKER, title: 'of the nodes: one that fails for ever opens nothing; half of them, with no answer between, do' },
  },
];
