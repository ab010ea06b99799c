/** What SSM knows of the nodes: managed at all, and heard of lately. */
import { DescribeDocumentCommand, DescribeInstanceInformationCommand, SSMClient } from '@aws-sdk/client-ssm';

const ssm = new SSMClient({});

export interface ManagedNode {
  readonly node: string;
  /** Online, ConnectionLost or Inactive, as SSM says. */
  readonly ping: string;
  readonly agent: string | null;
}

/** The named nodes that SSM manages; one that it does not know is left out. */
export async function readManagedNodes(nodes: readonly string[]): Promise<ManagedNode[]> {
  const wanted = new Set(nodes);
  const found: ManagedNode[] = [];
  let from: string | undefined;
  do {
    const page = await ssm.send(new DescribeInstanceInformationCommand({ MaxResults: 50, ...(from === undefined ? {} : { NextToken: from }) }));
    for (const { InstanceId = '', PingStatus = 'unknown', AgentVersion } of page.InstanceInformationList ?? []) {
      if (wanted.has(InstanceId)) found.push({ node: InstanceId, ping: PingStatus, agent: AgentVersion ?? null });
    }
    from = page.NextToken;
  } while (from !== undefined && from !== '');
  return found;
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
