/** Where a rollback ended: rolled back only if every planned node proved the old leaf and passed verification again (I2, I7). */
import type { NodeRollback } from '../report/build-report.ts';
import type { NodeVerification } from '../verify/findings.ts';
import type { RollbackPlan } from './plan.ts';

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

/** `looks` is how often every node was looked at since the way back; there are at most {@link LOOKS_AT_MOST}. */
export function concludeRollBack(
  plan: RollbackPlan,
  rollbacks: readonly NodeRollback[],
  verifications: readonly NodeVerification[],
  looks: number,
): RollbackConclusion {
  const planned = [...plan.hot, ...plan.restart].map(({ node }) => node);
  const went = (node: string) => rollbacks.some((rollback) => rollback.node === node && rollback.ok);
  const passed = (node: string) => verifications.some((verification) => verification.node === node && verification.outcome === 'passed');
  const lookAgain = looks < LOOKS_AT_MOST && planned.some((node) => went(node) && !passed(node));
  const handedOver = [
    ...planned.filter((node) => !passed(node) || !went(node)),
    ...plan.refused.filter(({ wayForward }) => wayForward !== 'Nothing to do.').map(({ node }) => node),
  ];
  if (handedOver.length > 0) {
    const why = handedOver.map((node) => {
      const rollback = rollbacks.find((one) => one.node === node);
      const open = verifications.find((one) => one.node === node)?.checks.find(({ outcome }) => outcome !== 'passed');
      const refused = plan.refused.find((one) => one.node === node);
      return `${node}: ${refused?.why ?? rollback?.error ?? (open ? `${open.check} is ${open.outcome}: ${open.summary}` : 'its way back has no answer')}`;
    });
    return { outcome: 'handed-over', handedOver, lookAgain, sentence: `${handedOver.length} node(s) need a person: ${why.join('; ')}` };
  }
  if (planned.length === 0)
    return {
      outcome: 'rolled-back',
      handedOver,
      lookAgain,
      sentence: 'There was nothing to roll back: files and ports are those of before.',
    };
  return {
    outcome: 'rolled-back',
    handedOver,
    lookAgain,
    sentence: `${planned.length} node(s) serve the certificate of before, proven by fresh handshakes from every vantage point.`,
  };
}
