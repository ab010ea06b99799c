/** One deployment as it is stored; every change is a conditional write on `version`. */
import { z } from 'zod';
import { Verdict } from '../decide/verdict.ts';
import { DeploymentDetail } from '../events/deployment-events.ts';
import { Approval, Asking, Control } from '../roll-back/course/control.ts';

/** Where a deployment stands; the last four are ends. */
export const DeploymentState = z.enum([
  'registered',
  'backing-up',
  'backed-up',
  'backup-failed',
  'verifying',
  'decided',
  'rolling-back',
  'rolled-back',
  'handed-over',
  'held',
  'kept',
]);
export type DeploymentState = z.infer<typeof DeploymentState>;

/** States after which an event of the deployment changes nothing. */
export const FINAL_STATES: ReadonlySet<DeploymentState> = new Set(['rolled-back', 'handed-over', 'held', 'kept']);

export const DeploymentExecution = z.object({
  execution: z.string(),
  kind: z.enum(['starting', 'completed', 'alarm', 'human']),
  /** Id of the event that started it, if one did. */
  eventId: z.string().optional(),
  epoch: z.number().int(),
  startedAt: z.number(),
});
export type DeploymentExecution = z.infer<typeof DeploymentExecution>;

export const DeploymentRecord = z.object({
  cluster: z.string(),
  deployment: z.string(),
  state: DeploymentState,
  /** Fencing token: raised by every execution that takes the deployment (I5). */
  epoch: z.number().int(),
  detail: DeploymentDetail,
  /** Times of the events, ms. */
  startingAt: z.number().optional(),
  completedAt: z.number().optional(),
  /** Oldest first. */
  executions: z.array(DeploymentExecution),
  verdict: Verdict.optional(),
  /** What people have said about the rollback of the epoch named in it. */
  control: Control.optional(),
  approvals: z.array(Approval).optional(),
  /** The wave that waits for an approval, and the token by which its state machine waits. */
  asking: Asking.optional(),
  version: z.number().int(),
});
export type DeploymentRecord = z.infer<typeof DeploymentRecord>;
