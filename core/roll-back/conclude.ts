/** Where a rollback ended: rolled back only if every node that went back, or was found so, passed verification again (I2, I7). */
import type { NodeRollback } from '../report/build-report.ts';
import type { NodeVerification } from '../verify/findings.ts';
import { alreadyBack, expectedBack, NOTHING_TO_DO, type RollbackPlan } from './plan.ts';

/** Looks after a rollback, with a pause of two seconds between them, before a node that went back is handed to a person (I12). */
export const LOOKS_AT_MOST = 6;

export interface RollbackConclusion {
  readonly outcome: 'rolled-back' | 'handed-over';
  readonly sentence: string;
  /** Nodes that a person must look at. */
  readonly handedOver: readonly string[];
  /** A node went back, yet a look at it did not pass: another look may, since gossip settles and a busy node answers late (I8). */
  readonly lookAgain: boolean;
}

/** How the last attempt at each node ended. */
export const newestOfEach = (rollbacks: readonly NodeRollback[]): NodeRollback[] => [
  ...new Map(rollbacks.map((one) => [one.node, one])).values(),
];

/** What is told of nodes that were left. */
export const notBegun = (left: readonly string[], why: string, finishedAt: number): NodeRollback[] =>
  left.map((node) => ({ node, ms: 0, finishedAt, ok: false, error: `its way back was not begun: ${why}` }));

/** The first check that did not pass and counts, in words; null where none is open. */
export function openCheck({ checks }: NodeVerification): string | null {
  const open = checks.find(({ outcome, advisory }) => outcome !== 'passed' && advisory !== true);
  return open ? `${open.check} is ${open.outcome}: ${open.summary}` : null;
}

/** `looks` is how often every node was looked at since the way back; there are at most {@link LOOKS_AT_MOST}. */
export function concludeRollBack(
  plan: RollbackPlan,
  rollbacks: readonly NodeRollback[],
  verifications: readonly NodeVerification[],
  looks: number,
): RollbackConclusion {
  const back = expectedBack(plan);
  const unchanged = new Set(alreadyBack(plan));
  const went = (node: string) => unchanged.has(node) || rollbacks.some((rollback) => rollback.node === node && rollback.ok);
  const passed = (node: string) => verifications.some((verification) => verification.node === node && verification.outcome === 'passed');
  const lookAgain = looks < LOOKS_AT_MOST && back.some((node) => went(node) && !passed(node));
  const handedOver = [
    ...back.filter((node) => !passed(node) || !went(node)),
    ...plan.refused.filter(({ wayForward }) => wayForward !== NOTHING_TO_DO).map(({ node }) => node),
  ];
  if (handedOver.length > 0) {
    const why = handedOver.map((node) => {
      const rollback = rollbacks.find((one) => one.node === node);
      const verification = verifications.find((one) => one.node === node);
      const refused = plan.refused.find((one) => one.node === node && !unchanged.has(node));
      return `${node}: ${refused?.why ?? rollback?.error ?? (verification && openCheck(verification)) ?? 'its way back has no answer'}`;
    });
    return { outcome: 'handed-over', handedOver, lookAgain, sentence: `${handedOver.length} node(s) need a person: ${why.join('; ')}` };
  }
  const found = unchanged.size > 0 ? ` (${unchanged.size} of them did when the rollback was planned)` : '';
  return {
    outcome: 'rolled-back',
    handedOver,
    lookAgain,
    sentence:
      back.length === 0
        ? 'There was nothing to roll back.'
        : `${back.length} node(s) serve the certificate of before${found}, proven by fresh handshakes from every vantage point.`,
  };
}
