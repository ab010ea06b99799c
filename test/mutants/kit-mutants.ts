/** Mutants of the offline kit; the tests build its jar anew. */
import type { Mutant } from './mutant.ts';

const JAVA = 'on-node/java/io/ringward/node';
const KIT = 'test/on-node/kit';

export const kitMutants: readonly Mutant[] = [
  {
    name: 'kit-no-fence',
    breaks: 'an execution that a person overtook acts on the node again (I5)',
    file: `${JAVA}/EpochFence.java`,
    find: 'if (!byHand && epoch <= byHand(cluster)) {',
    replace: 'if (!byHand && epoch < byHand(cluster)) {',
    test: { file: `${KIT}/roll-back.test.ts`, title: 'whatever is not newer than the epoch by hand is refused; a newer execution passes' },
  },
  {
    name: 'kit-overwrites',
    breaks: 'a file that a person changed is overwritten without a word',
    file: `${JAVA}/FileChange.java`,
    find: 'return judgement.equals("changed");',
    replace: 'return false;',
    test: {
      file: `${KIT}/refusals.test.ts`,
      title: 'a file that a person changed since the deployment: three hashes, and --overwrite names it',
    },
  },
  {
    name: 'kit-expired-target',
    breaks: 'a person is sent back to an expired leaf (I10)',
    file: `${JAVA}/KitPlanner.java`,
    find: 'if (target.snapshot == null || (target.reason != null && !plan.undoing)) {',
    replace: 'if (target.snapshot == null) {',
    test: { file: `${KIT}/refusals.test.ts`, title: 'a backup whose leaf has expired, and one that is damaged' },
  },
  {
    name: 'kit-two-nodes-down',
    breaks: 'a node is stopped by hand while another one is down (I3)',
    file: `${JAVA}/KitPlanner.java`,
    find: 'if (plan.steps.contains("stop-service") && seen.isRunning()) mayStop();',
    replace: 'if (plan.steps.isEmpty()) mayStop();',
    test: { file: `${KIT}/refusals.test.ts`, title: 'a restart while another node is down, and --despite others-down' },
  },
  {
    name: 'kit-acts-unasked',
    breaks: 'the kit acts without --yes',
    file: `${JAVA}/Kit.java`,
    find: 'if (options.verb.equals("plan") || !options.yes) {',
    replace: 'if (options.verb.equals("plan")) {',
    test: {
      file: `${KIT}/roll-back.test.ts`,
      title: 'hot: plan changes nothing, roll-back does it, the old leaf is served, and what was overwritten is kept',
    },
  },
];
