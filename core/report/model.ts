/** Everything the report of one deployment says; the HTML page and the JSON file are two views of it. */
import { z } from 'zod';
import { Verdict } from '../decide/verdict.ts';
import { HealthStanding } from '../health/judge-health.ts';
import { RollbackPlan } from '../roll-back/plan.ts';
import { NodeVerification } from '../verify/findings.ts';

export const TimelineEntry = z.object({
  at: z.number(),
  /** The word of the floor: intake, backup, observe, verify, decide, roll-back, report. */
  area: z.string(),
  what: z.string(),
  node: z.string().optional(),
  epoch: z.number().int().optional(),
  by: z.string().optional(),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

/** Fingerprints as `SHA256:hex`; `deployed` is the file's hash when the file does not load. */
export const ReportedNode = z.object({
  node: z.string(),
  address: z.string(),
  before: z.string().nullable(),
  deployed: z.string().nullable(),
  after: z.string().nullable(),
  outcome: z.enum(['old-verified', 'new-verified', 'handed-over', 'untouched', 'unknown']),
  way: z.enum(['hot', 'restart']).optional(),
  why: z.string().optional(),
  backupId: z.string().optional(),
  backupStatus: z.string().optional(),
  backupVersion: z.string().optional(),
  rollbackMs: z.number().optional(),
});
export type ReportedNode = z.infer<typeof ReportedNode>;

export const Report = z.object({
  schema: z.literal(1),
  cluster: z.string(),
  environment: z.string(),
  deployment: z.string(),
  change: z.string(),
  activation: z.string(),
  requestedBy: z.string(),
  epoch: z.number().int(),
  outcome: z.enum(['kept', 'rolled-back', 'held', 'handed-over', 'refused']),
  verdict: Verdict,
  /** The rules that held; absent in reports of before there were profiles. */
  profile: z
    .object({
      name: z.string(),
      off: z.array(z.string()),
      advisory: z.array(z.string()),
      rollBack: z.object({ node: z.string(), cluster: z.string() }),
      /** People who must approve a rollback that a person starts. */
      approvals: z.object({ node: z.number().int(), cluster: z.number().int() }),
    })
    .optional(),
  startedAt: z.number().nullable(),
  completedAt: z.number(),
  decidedAt: z.number(),
  rolledBackAt: z.number().nullable(),
  reportedAt: z.number(),
  /** Durations from the completed event, ms. */
  detectMs: z.number(),
  rollbackMs: z.number().nullable(),
  nodes: z.array(ReportedNode),
  plan: RollbackPlan.nullable(),
  /** Each check of each verification, by the moment it was made: before the verdict, and after the rollback. */
  verifications: z.array(
    z.object({
      moment: z.enum(['deployed', 'after-rollback']),
      window: z.number().int(),
      nodes: z.array(NodeVerification),
      /** How the health checks stood; absent where none was judged. */
      health: HealthStanding.optional(),
    }),
  ),
  timeline: z.array(TimelineEntry),
  /** What remains for a person, if anything. */
  nextStep: z.string(),
});
export type Report = z.infer<typeof Report>;
