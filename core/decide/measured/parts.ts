/** What part of all evidence an account holds: the parts of all accounts together are 1, so that their weighted sum is an e-process as each of them is. */
import { type Factor, type MeasuredPolicy, shareOf } from './policy.ts';

const CLUSTER = 0.5;
const SCORE = 0.1;

/** `nodes`: null for the cluster's account, else among how many nodes the nodes' part is shared. */
export function partOf(policy: MeasuredPolicy, factor: Factor | 'score', nodes: number | null): number {
  const ofStream = nodes === null ? CLUSTER : (1 - CLUSTER) / Math.max(1, nodes);
  return ofStream * (factor === 'score' ? SCORE : (1 - SCORE) * shareOf(policy, factor));
}
