/** Where the client canary runs: subnets and security groups of the clients, from the context. */
import type { Construct } from 'constructs';

export interface ClientNetwork {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/**
 * `-c clientSubnets=subnet-…,subnet-… -c clientSecurityGroups=sg-…`. Null for `-c clientSubnets=none`: the nodes can be reached
 * without a VPC, as on a test machine. Throws when nothing is said: outside of the VPC the canary reaches no node, and then no
 * deployment ends `keep`.
 */
export function clientNetwork(scope: Construct): ClientNetwork | null {
  const subnets = scope.node.tryGetContext('clientSubnets') as unknown;
  const groups = scope.node.tryGetContext('clientSecurityGroups') as unknown;
  if (subnets === 'none') return null;
  const subnetIds = listOf(subnets, /^subnet-[0-9a-f]{8,17}$/);
  const securityGroupIds = listOf(groups, /^sg-[0-9a-f]{8,17}$/);
  if (!subnetIds || !securityGroupIds)
    throw new Error(
      'Where do clients live? → -c clientSubnets=subnet-0abc…,subnet-0def… -c clientSecurityGroups=sg-0abc… (subnets from which clients reach the nodes; see docs/guide/deploy.md), or -c clientSubnets=none where the nodes can be reached without a VPC',
    );
  return { subnetIds, securityGroupIds };
}

function listOf(value: unknown, form: RegExp): readonly string[] | null {
  const ids = typeof value === 'string' ? value.split(',').map((id) => id.trim()) : [];
  return ids.length > 0 && ids.every((id) => form.test(id)) ? ids : null;
}
