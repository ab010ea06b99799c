/** Requests by their step, and what a step gives. */
import type { NodeRequest, NodeStep } from '../../../core/node/requests.ts';

export type RequestOf<S extends NodeStep> = Extract<NodeRequest, { readonly step: S }>;
/** A request whose step is known by whoever reads its fields. */
export type AnyRequest = NodeRequest & Readonly<Record<string, unknown>>;
export type StepResult = object;
