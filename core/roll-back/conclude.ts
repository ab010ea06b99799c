/** Where a rollback ended: rolled back only if every planned node proved the old leaf and passed verification again (I2, I7). */
import type { NodeRollback } from '../report/build-report.ts';
import type { NodeVerification } from '../verify/findings.ts';
import type { RollbackPlan } from './plan.ts';

export interface RollbackConclusion {
  readonly outcome: 'rolled-back' | 'handed-over';
  readonly sentence: string;
  /** Nodes that a person must look at. */
  readonly handedOver: readonly string[];
}

export function concludeRollBack(
  plan: RollbackPlan,
  rollbacks: readonly NodeRollback[],
  verifications: readonly NodeVerification[],
): RollbackConclusion {
  const planned = [...plan.hot, ...plan.restart].map(({ node }) => node);
  const handedOver = [
    ...planned.filter((node) => {
      const passed = verifications.some((verification) => verification.node === node && verification.outcome === 'passed');
      const went = rollbacks.some((rollback) => rollback.node === node && rollback.ok);
      return !passed || !went;
    }),
    ...plan.refused.filter(({ wayForward }) => wayForward !== 'Nothing to do.').map(({ node }) => node),
  ];
  if (handedOver.length > 0) {
    const why = handedOver.map((node) => {
      const rollback = rollbacks.find((one) => one.node === node);
      const open = verifications.find((one) => one.node === node)?.checks.find(({ outcome }) => outcome !== 'passed');
      const refused = plan.refused.find((one) => one.node === node);
      return `${node}: ${refused?.why ?? rollback?.error ?? (open ? `${open.check} is ${open.outcome}: ${open.summary}` : 'its way back has no answer')}`;
    });
    return { outcome: 'handed-over', handedOver, sentence: `${handedOver.length} node(s) need a person: ${why.join('; ')}` };
  }
  if (planned.length === 0)
    return { outcome: 'rolled-back', handedOver, sentence: 'There was nothing to roll back: files and ports are those of before.' };
  return {
    outcome: 'rolled-back',
    handedOver,
    sentence: `${planned.length} node(s) serve the certificate of before, proven by fresh handshakes from every vantage point.`,
  };
}
