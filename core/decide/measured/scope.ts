/** Which nodes a roll-back is about: those that look like the worst one, or all of them. */
import { deployedOf, type MeasuredState, type NodeState } from './state.ts';

/** A node this far below the worst one is another case, if chance does not explain it. */
const ALIKE = 0.4;
const ALIKE_SHIFT = 0.5;
const CHANCE_Z = 2;

/** Names of deployed nodes, ascending; all of them when none stands out. */
export function scopeOf(state: MeasuredState): string[] {
  const deployed = deployedOf(state);
  const limit = Math.log(state.policy.thresholds.responseTimeRatio);
  const { weights, thresholds } = state.policy;
  const judged = [
    ...(weights.tlsFailures > 0 ? [byShare(deployed, 0, thresholds.tlsFailures)] : []),
    ...(weights.cqlErrors > 0 ? [byShare(deployed, 2, thresholds.cqlErrorsAboveBaseline)] : []),
    ...(weights.tlsTime > 0 ? [byShift(deployed, 4, limit)] : []),
    ...(weights.cqlTime > 0 ? [byShift(deployed, 5, limit)] : []),
  ];
  const bad = deployed.filter((_, i) => judged.some((one) => one[i])).map(({ node }) => node);
  return bad.length > 0 ? bad : deployed.map(({ node }) => node);
}

function byShare(nodes: readonly NodeState[], at: 0 | 2, threshold: number): boolean[] {
  const shares = nodes.map(({ lately }) => (lately[at] === 0 ? 0 : lately[(at + 1) as 1 | 3] / lately[at]));
  const worst = Math.max(0, ...shares);
  if (worst <= threshold) return nodes.map(() => false);
  return nodes.map(({ lately }, i) => {
    const share = shares[i] as number;
    const error = Math.sqrt((worst * (1 - worst)) / Math.max(1, lately[at]));
    return lately[at] > 0 && (share >= ALIKE * worst || (share > threshold / 2 && worst - share < CHANCE_Z * error));
  });
}

function byShift(nodes: readonly NodeState[], at: 4 | 5, limit: number): boolean[] {
  const worst = Math.max(0, ...nodes.map(({ lately }) => lately[at]));
  return nodes.map(({ lately }) => worst > 0.7 * limit && lately[at] >= ALIKE_SHIFT * worst);
}
