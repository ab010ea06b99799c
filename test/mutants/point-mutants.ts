/** Mutants of decision points, of partial recovery, and of what is told to be unusual. */
import type { Mutant } from './mutant.ts';

const PROTOCOLS = 'test/core/decision-point/protocols.test.ts';
const SETTLE = 'test/core/decision-point/settle.test.ts';
const COURSE = 'test/core/decide/course.test.ts';
const RECOVERY = 'test/core/decide/partial-recovery.test.ts';
const UNUSUAL = 'test/core/anomaly/unusual.test.ts';
const INTERLEAVED = {
  file: PROTOCOLS,
  title: 'interleavings: one question and one answer an epoch, none after its verdict or its end, and everybody is told the same',
};

export const pointMutants: readonly Mutant[] = [
  {
    name: 'answer-twice',
    breaks: 'whoever answers last is the one who counts, although another was told that theirs stands',
    file: 'core/decision-point/point-record.ts',
    find: 'put: { answer }, condition: { absent: true }',
    replace: 'put: { answer }, condition: {}',
    test: INTERLEAVED,
  },
  {
    name: 'question-twice',
    breaks: 'a repeated call asks anew, and the deadline moves',
    file: 'core/decision-point/point-record.ts',
    find: 'put: { point }, condition: { absent: true }',
    replace: 'put: { point }, condition: {}',
    test: { file: PROTOCOLS, title: 'is asked once: who asks again is told the one that stands, with its deadline and answer' },
  },
  {
    name: 'answer-of-old-epoch',
    breaks: 'an answer to a question of an execution that was overtaken is taken',
    file: 'core/decision-point/point-record.ts',
    find: "condition: { equals: { epoch }, differs: { 'verdict.epoch': epoch } }",
    replace: "condition: { differs: { 'verdict.epoch': epoch } }",
    test: INTERLEAVED,
  },
  {
    name: 'answer-after-verdict',
    breaks: 'an answer is taken that comes after the verdict, and changes nothing',
    file: 'core/decision-point/point-record.ts',
    find: "condition: { equals: { epoch }, differs: { 'verdict.epoch': epoch } }",
    replace: 'condition: { equals: { epoch } }',
    test: INTERLEAVED,
  },
  {
    name: 'back-by-default',
    breaks: 'nodes that nothing speaks against go back because nobody answered',
    file: 'core/decision-point/settle.ts',
    find: 'point.nodes.filter((node) => against.has(node))',
    replace: 'point.nodes',
    test: { file: SETTLE, title: 'it takes back nothing that nothing speaks against, or no more, or without a verified backup' },
  },
  {
    name: 'rule-got-round',
    breaks: 'while a person is asked before the whole cluster goes back, two thirds of it go back without one',
    file: 'core/decision-point/settle.ts',
    find: "point.about !== 'rule' ||",
    replace: "point.question !== '' ||",
    test: {
      file: SETTLE,
      title: 'a rule of the profile is not got round: of three nodes that are asked about, two are no new reason to go on alone',
    },
  },
  {
    name: 'default-against-rule',
    breaks: 'a default rolls back where the profile has a person asked',
    file: 'core/decision-point/settle.ts',
    find: "=== 'hold' ? `the profile",
    replace: "=== 'held' as never ? `the profile",
    test: { file: SETTLE, title: 'nor where the profile has a person asked by then' },
  },
  {
    name: 'default-allowed',
    breaks: 'a default rollback is registered where the profile has a person asked',
    file: 'core/profile/refuse-contradictions.ts',
    find: "decisionPoint.default === 'roll-back' && asks !== undefined",
    replace: "decisionPoint.default === 'roll-back' && asks === 'cluster'",
    test: {
      file: 'test/core/profile/refuse-contradictions.test.ts',
      title: 'refuses a rollback that nobody answered about, where a person is asked before a node goes back',
    },
  },
  {
    name: 'unproven-episodes',
    breaks: 'a node goes back for episodes that one kind of vantage point alone saw',
    file: 'core/decide/partial-recovery.ts',
    find: 'unstable.filter((one) => one.proven)',
    replace: 'unstable.filter((one) => one.times > 0)',
    test: {
      file: RECOVERY,
      title: 'is held, for a person, where one kind alone spoke in each episode, and where it only could not be reached',
    },
  },
  {
    name: 'starting-is-an-episode',
    breaks: 'a node that starts up counts as one that was bad and well again',
    file: 'core/decide/course.ts',
    find: 'if (!relapse) continue;',
    replace: 'if (!node) continue;',
    test: { file: COURSE, title: 'is none while it lasts, and none of a node that never was well' },
  },
  {
    name: 'silence-is-an-episode',
    breaks: 'a look that knows nothing of a node counts against it',
    file: 'core/decide/course.ts',
    find: "(outcome === 'unknown' && findings.some",
    replace: "(outcome === 'unknown' && !findings.some",
    test: { file: COURSE, title: 'neither begins nor ends with a look that knows nothing (I8)' },
  },
  {
    name: 'soak-without-end',
    breaks: 'the longer soak after an episode ends after its deadline, so nothing is kept',
    file: 'core/decide/soak.ts',
    find: ', secondsLeft(rules.profile, evidence)',
    replace: ', Math.max(9999, secondsLeft(rules.profile, evidence))',
    test: {
      file: RECOVERY,
      title: 'property: whatever is kept with the plain soak is kept with the longer one, later, before its deadlines',
    },
  },
  {
    name: 'word-as-proof',
    breaks: 'what a person kept in staging, in spite of open evidence, counts in production as proven there',
    file: 'functions/decide/decide-deployment.ts',
    find: "written.verdict === 'keep' && !written.asked?.answer",
    replace: "written.verdict === 'keep'",
    test: {
      file: 'test/functions/decision-point.test.ts',
      title: 'carries out what a person answers: keep, told with who, when and why; other environments do not learn it as proven',
    },
  },
  {
    name: 'one-pause-is-unusual',
    breaks: 'a pause for garbage is told as unusual',
    file: 'core/anomaly/unusual.ts',
    find: '&& until - since >= LEAST_MS',
    replace: '&& LEAST_MS > 0',
    test: { file: UNUSUAL, title: 'what is unusual for half a minute of looks on end is told, and stays told with its times' },
  },
  {
    name: 'stale-is-usual',
    breaks: 'loads are held against a baseline of weeks ago',
    file: 'core/anomaly/unusual-loads.ts',
    find: '!isEvidence(answer) || answer.quantiles === null',
    replace: '(!isEvidence(answer) && answer.value === null) || answer.quantiles === null',
    test: {
      file: UNUSUAL,
      title: 'are never unusual where nobody knows what is usual: without a baseline, with a stale one, with a person’s value',
    },
  },
  {
    name: 'default-by-old-words',
    breaks: 'by default a node goes back on what a vantage point said before it fell silent',
    file: 'core/decision-point/settle.ts',
    find: '  if (remembered) for (const { node, findings } of ill)',
    replace: '  for (const { node, findings } of ill)',
    test: {
      file: 'test/core/decision-point/settle.test.ts',
      title: 'it takes back nothing that nothing speaks against, or no more, or without a verified backup',
    },
  },
  {
    name: 'kept-in-spite-of-proof',
    breaks: 'an answer about one kind keeps what two kinds have proven since',
    file: 'core/decision-point/settle.ts',
    find: "(node) => about !== 'rule' || ",
    replace: '(node) => ',
    test: {
      file: 'test/core/decision-point/settle.test.ts',
      title: 'keep, about what one kind alone saw, is no answer to proof by two kinds since',
    },
  },
];
