/** One phase of a node's way back: recorded before and after (I11), run once per epoch (I6). */
import { recordTimeline } from '../dynamodb/timeline.ts';
import { type NodeOfDeployment, nodeStep } from './node-step.ts';
import type { NodeStepResult } from './run-node-step.ts';

type RollbackStep =
  | 'restore-hot'
  | 'stop-accepting'
  | 'stop-service'
  | 'restore-certificates'
  | 'restore-configuration'
  | 'start-service'
  | 'prove'
  | 'restore-traffic'
  | 'open-restore'
  | 'fetch-backup';

/** What a phase hands on: the node it is about, and nothing else; the timeline and the node's journal hold the rest. */
export interface PhaseDone extends NodeOfDeployment {
  readonly way: 'hot' | 'restart';
  /** When the way back of this node began, ms. */
  readonly startedAt: number;
}

export type PhaseInput = NodeOfDeployment & { readonly way: 'hot' | 'restart'; readonly startedAt?: number };

/** Runs the step and records what it did. `tell` puts the result into words. */
export async function runPhase<S extends RollbackStep>(
  input: PhaseInput,
  step: S,
  request: Parameters<typeof nodeStep<S>>[2],
  timeoutSeconds: number,
  tell: (result: NodeStepResult<S>) => string,
): Promise<{ readonly done: PhaseDone; readonly result: NodeStepResult<S> }> {
  const of = { cluster: input.cluster, deployment: input.deployment, epoch: input.epoch, node: input.node };
  const startedAt = input.startedAt ?? Date.now();
  await recordTimeline(of, { area: 'roll-back', what: `${step} begins`, node: of.node, epoch: of.epoch });
  const result = await nodeStep(of, step, request, { timeoutSeconds });
  await recordTimeline(of, { area: 'roll-back', what: `${step}: ${tell(result)}`, node: of.node, epoch: of.epoch });
  return { done: { ...of, way: input.way, startedAt }, result };
}
