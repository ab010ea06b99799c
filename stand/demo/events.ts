/** The deployer's two events, as a pipeline would send them. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { PreparedDeployment } from '../deployer.ts';
import { CLUSTER } from '../ring/topology.ts';

/** `detail` of both events: what is (or will be) on which node, and how it becomes active. */
export function detailOf(deploymentId: string, deployment: PreparedDeployment): Record<string, unknown> {
  return {
    schema: 1,
    deploymentId,
    cluster: CLUSTER,
    change: deployment.change,
    activation: deployment.activation,
    requestedBy: 'demo',
    nodes: deployment.nodes.map(({ node, address, artifacts, leafFingerprint }) => ({
      node,
      address,
      leafFingerprint,
      artifacts: artifacts.map(({ path, sha256, kind }) => ({ path, sha256, kind })),
    })),
  };
}

/** Puts one event on the default bus. */
export async function send(
  detailType: 'Certificate Deployment Starting' | 'Certificate Deployment Completed',
  detail: Record<string, unknown>,
): Promise<void> {
  const events = new EventBridgeClient({});
  const answer = await events.send(
    new PutEventsCommand({ Entries: [{ Source: 'ringward.deployer', DetailType: detailType, Detail: JSON.stringify(detail) }] }),
  );
  if (answer.FailedEntryCount) throw new Error(`the event "${detailType}" was not taken: ${answer.Entries?.[0]?.ErrorMessage}`);
}
