/** Runs one step on one registered node: the registration gives paths and ports, the caller the rest. */

import { requestBase } from '../../core/node/build-request.ts';
import type { NodeRequest, NodeRequestBase, NodeStep } from '../../core/node/requests.ts';
import { loadRegistration } from '../dynamodb/clusters.ts';
import { type NodeStepResult, requestIdFor, runNodeStep } from './run-node-step.ts';

/** Names a node at work for one deployment in one epoch: what every state about a node carries. */
export interface NodeOfDeployment {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
  readonly node: string;
}

/** The part of a request that belongs to one step alone; two steps may share a member of the union. */
type StepInput<S extends NodeStep, R = NodeRequest> = R extends { readonly step: infer T }
  ? S extends T
    ? Omit<R, keyof NodeRequestBase | 'step'>
    : never
  : never;

export interface StepTiming {
  readonly timeoutSeconds: number;
  /** Set apart repeats that are meant to be looked at anew, such as probe windows. */
  readonly occasion?: string;
}

/** Same node, step, epoch and occasion: same request id, so the node acts once (I6). */
export async function nodeStep<S extends NodeStep>(
  of: NodeOfDeployment,
  step: S,
  input: StepInput<S>,
  timing: StepTiming,
): Promise<NodeStepResult<S>> {
  const registration = await loadRegistration(of.cluster);
  const requestId = requestIdFor(of.cluster, of.deployment, of.epoch, of.node, step, timing.occasion ?? '');
  const request = { ...requestBase(registration, { ...of, requestId }), step, ...input } as unknown as NodeRequest;
  return runNodeStep(request, step, timing.timeoutSeconds);
}
