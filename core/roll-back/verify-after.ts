/** Verifies nodes after their way back: those that are back with the old leaf expected, the others with the deployed one. */
import type { CataloguedBackup } from '../backup/catalogue.ts';
import type { Registration } from '../cluster/registration.ts';
import type { DeployedNode } from '../events/deployment-events.ts';
import type { NodeObservation } from '../node/facts.ts';
import { profileOf } from '../profile/effective.ts';
import type { ClientObservation } from '../verify/client-observation.ts';
import type { NodeVerification } from '../verify/findings.ts';
import { policyOf } from '../verify/policy.ts';
import { gatherSnapshot } from '../verify/snapshot.ts';
import { verifyNode } from '../verify/verify-node.ts';

export interface SeenAfter {
  readonly registration: Registration;
  readonly backups: readonly CataloguedBackup[];
  readonly announced: readonly DeployedNode[];
  readonly observations: ReadonlyMap<string, NodeObservation>;
  readonly client: ClientObservation | null;
  /** Nodes that should be as before. */
  readonly back: readonly string[];
  readonly completedAt: number;
  readonly now: number;
}

/** Every registered node, in its order. */
export function verifyAfter({
  registration,
  backups,
  announced,
  observations,
  client,
  back,
  completedAt,
  now,
}: SeenAfter): NodeVerification[] {
  const policy = policyOf(registration.limits, profileOf(registration).checks.node);
  return registration.nodes.map(({ node }) =>
    verifyNode(
      gatherSnapshot({
        purpose: back.includes(node) ? 'old' : 'deployed',
        nodeId: node,
        registration,
        observations,
        client,
        deployed: announced.find((deployed) => deployed.node === node) ?? null,
        before: backups.find((backup) => backup.node === node) ?? null,
        activation: 'reload',
        completedAt,
      }),
      policy,
      now,
    ),
  );
}
