/**
 * What starts Ringward: deployment events (EventBridge), a CloudWatch alarm's state change, and the small
 * JSON that a person types into the Step Functions console or sends by the command line.
 */
import { z } from 'zod';
import { ArtifactKind } from '../node/protocol.ts';
import { RollbackMode } from '../roll-back/course/wave.ts';

export const DEPLOYER_SOURCE = 'ringward.deployer';
export const DEPLOYMENT_STARTING = 'Certificate Deployment Starting';
export const DEPLOYMENT_COMPLETED = 'Certificate Deployment Completed';
export const ALARM_STATE_CHANGE = 'CloudWatch Alarm State Change';

const hexFingerprint = z.string().regex(/^SHA256:[0-9a-f]{64}$/, 'SHA256: and 64 lower-case hex digits');
export const DeploymentId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'letters, digits, ".", "_", "-"; at most 100');
const ClusterName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);

export const DeployedArtifact = z.strictObject({
  path: z.string().regex(/^\//, 'an absolute path on the node'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits'),
  kind: ArtifactKind,
});

export const DeployedNode = z.strictObject({
  node: z.string().min(1),
  address: z.string().min(1).optional(),
  artifacts: z.array(DeployedArtifact).min(1),
  /** Leaf that every reloading port should serve after activation. */
  leafFingerprint: hexFingerprint.optional(),
});
export type DeployedNode = z.infer<typeof DeployedNode>;

/** How the new files become active: `reload` was asked for, a `restart` was made, or Cassandra's own `poll` (≤ 10 min). */
export const Activation = z.enum(['reload', 'restart', 'poll']);

/** `detail` of both deployment events. `nodes`, or for large deployments `manifest` (an S3 URI of the same array). */
export const DeploymentDetail = z.strictObject({
  schema: z.literal(1),
  deploymentId: DeploymentId,
  cluster: ClusterName,
  environment: z.enum(['development', 'staging', 'production', 'disaster-recovery']).optional(),
  change: z.enum(['leaf-renewal', 'ca-rotation', 'configuration']),
  nodes: z.array(DeployedNode).min(1).optional(),
  manifest: z
    .string()
    .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/.+$/, 's3://bucket/key')
    .optional(),
  activation: Activation,
  requestedBy: z.string().min(1).max(200),
});
export type DeploymentDetail = z.infer<typeof DeploymentDetail>;

/** The small JSON of a person. One schema for every state machine; each takes the keys that it needs. */
export const HumanStart = z.strictObject({
  cluster: ClusterName,
  /** A deployment's id, or `latest`. */
  deployment: z.union([z.literal('latest'), DeploymentId]).default('latest'),
  scope: z.enum(['cluster', 'node']).default('cluster'),
  /** Instance ids or addresses; required when scope is `node`. */
  nodes: z.array(z.string().min(1)).min(1).optional(),
  /** Of a rollback: how its waves are made, and what stands between them. */
  mode: RollbackMode.default('automated'),
  /** Force a way back; by default the planner picks per node. */
  way: z.enum(['hot', 'restart']).optional(),
  reason: z.string().min(1).max(500).optional(),
  requestedBy: z.string().min(1).max(200).optional(),
  /** Of learn-baseline: ask nodes and client now, besides what the watches saw. */
  look: z.boolean().optional(),
});
export type HumanStart = z.infer<typeof HumanStart>;
