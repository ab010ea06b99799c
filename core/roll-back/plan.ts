/** A rollback plan is data; carrying it out is the business of `roll-back.asl.json`. */
import { z } from 'zod';
import type { Impact } from '../availability/impact.ts';
import { RollbackMode, Wave } from './course/wave.ts';

export const NodePlan = z.object({
  node: z.string(),
  address: z.string(),
  way: z.enum(['hot', 'restart']),
  /** Why this way, one sentence. */
  why: z.string(),
  backup: z.object({ backupId: z.string(), manifestSha256: z.string() }),
  /** Certificate files whose content differs from the backup. */
  certificates: z.array(z.string()),
  /** Configuration files whose content differs from the backup. */
  configuration: z.array(z.string()),
  /** Leaf (hex SHA-256) that each port must serve afterwards. */
  expect: z.object({ client: z.string().optional(), internode: z.string().optional(), jmx: z.string().optional() }),
});
export type NodePlan = z.infer<typeof NodePlan>;

export const RollbackPlan = z.object({
  cluster: z.string(),
  deployment: z.string(),
  epoch: z.number().int(),
  scope: z.enum(['cluster', 'node']),
  mode: RollbackMode.default('automated'),
  safety: z.enum(['safe', 'trust-first', 'forward-only']),
  safetyReason: z.string(),
  /** All at once, as nobody is interrupted. */
  hot: z.array(NodePlan),
  /** One after the other, in this order; seeds last (I3). */
  restart: z.array(NodePlan),
  /** The order in which both go back; empty in what was planned before there were waves. */
  waves: z.array(Wave).default([]),
  /** What restarting the nodes touches, by the token ranges; null where none restarts or the ranges are not known. */
  impact: z.custom<Impact>().nullable().default(null),
  refused: z.array(z.object({ node: z.string(), why: z.string(), wayForward: z.string() })),
  /** SHA-256 of the canonical JSON of all of the above; approval and report refer to it. */
  hash: z.string(),
});
export type RollbackPlan = z.infer<typeof RollbackPlan>;

/** The way forward of a node that a rollback would not change. */
export const NOTHING_TO_DO = 'Nothing to do.';

/** Nodes that were asked to go back and were found as before, such as by a rollback that died half-way. */
export const alreadyBack = ({ refused }: RollbackPlan): string[] =>
  refused.filter(({ wayForward }) => wayForward === NOTHING_TO_DO).map(({ node }) => node);

/** Nodes that must serve the certificate of before once the rollback has ended. */
export const expectedBack = (plan: RollbackPlan): string[] => [
  ...[...plan.hot, ...plan.restart].map(({ node }) => node),
  ...alreadyBack(plan),
];
