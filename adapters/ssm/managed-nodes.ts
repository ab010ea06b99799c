/** What SSM knows of the nodes: managed at all, and heard of lately. */
import { DescribeDocumentCommand, DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { ssm } from './client.ts';

/** SSM answers about at most this many nodes at once. */
const PAGE = 50;

export interface ManagedNode {
  readonly node: string;
  /** Online, ConnectionLost or Inactive, as SSM says. */
  readonly ping: string;
  readonly agent: string | null;
}

/** The named nodes that SSM manages; one that it does not know is left out. */
export async function readManagedNodes(nodes: readonly string[]): Promise<ManagedNode[]> {
  const asked = Array.from({ length: Math.ceil(nodes.length / PAGE) }, (_, page) => nodes.slice(page * PAGE, (page + 1) * PAGE));
  const pages = await Promise.all(
    asked.map((values) =>
      ssm.send(new DescribeInstanceInformationCommand({ MaxResults: PAGE, Filters: [{ Key: 'InstanceIds', Values: values }] })),
    ),
  );
  return pages.flatMap(({ InstanceInformationList = [] }) =>
    InstanceInformationList.map(({ InstanceId = '', PingStatus = 'unknown', AgentVersion }) => ({
      node: InstanceId,
      ping: PingStatus,
      agent: AgentVersion ?? null,
    })),
  );
}

/** Throws NODE_NOT_MANAGED for a node that SSM does not know. One that is only not heard of lately may be back when its command comes. */
export async function requireManaged(nodes: readonly string[]): Promise<void> {
  const managed = new Set((await readManagedNodes(nodes)).map(({ node }) => node));
  const missing = nodes.filter((node) => !managed.has(node));
  if (missing.length > 0) throw new RingwardError('NODE_NOT_MANAGED', { field: 'detail.nodes', value: missing.join(', ') });
}

/** Status of a command document (Active …); `undefined` when there is none. */
export async function readDocumentStatus(name: string): Promise<string | undefined> {
  try {
    return (await ssm.send(new DescribeDocumentCommand({ Name: name }))).Document?.Status;
  } catch (error) {
    if ((error as Error).name === 'InvalidDocument') return undefined;
    throw error;
  }
}
