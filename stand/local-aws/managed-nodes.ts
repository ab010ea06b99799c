import type { ManagedNode } from './node-shell.ts';
import { SsmRefusal } from './ssm-document.ts';

/** Whom a SendCommand is for. */
export interface Targeting {
  readonly InstanceIds?: readonly string[];
  readonly Targets?: readonly { readonly Key: string; readonly Values: readonly string[] }[];
}

/** SendCommand names at most this many nodes. */
const MOST_NODES = 50;

function tagged(node: ManagedNode, key: string, values: readonly string[]): boolean {
  return values.includes(node.tags?.[key.slice('tag:'.length)] ?? '');
}

/**
 * The nodes of a SendCommand, by id or by tag.
 * @throws SsmRefusal InvalidInstanceId for one that SSM does not manage
 */
export function targetsOf(nodes: readonly ManagedNode[], request: Targeting, account: string): ManagedNode[] {
  const named = [...(request.InstanceIds ?? [])];
  for (const target of request.Targets ?? []) {
    if (target.Key.toLowerCase() === 'instanceids') named.push(...target.Values);
    else if (target.Key.startsWith('tag:')) {
      named.push(...nodes.filter((node) => tagged(node, target.Key, target.Values)).map((node) => node.node));
    } else throw new SsmRefusal('ValidationException', `Target key ${target.Key} is not known`);
  }
  const duplicate = named.find((id, index) => named.indexOf(id) !== index);
  if (duplicate) throw new SsmRefusal('DuplicateInstanceId', `You can't specify a node ID in more than one entry: ${duplicate}`);
  if (named.length > MOST_NODES) throw new SsmRefusal('ValidationException', `InstanceIds has more than ${MOST_NODES} members`);
  const known = named.map((id) => nodes.find((node) => node.node === id));
  const unknown = named.filter((_, index) => !known[index]);
  if (named.length === 0 || unknown.length > 0) {
    throw new SsmRefusal('InvalidInstanceId', `Instances [[${unknown.join(', ')}]] not in a valid state for account ${account}`);
  }
  return known as ManagedNode[];
}

/** DescribeInstanceInformation with its filters by id, state and tag, in the old form and in the new. */
export function describeNodes(
  nodes: readonly ManagedNode[],
  request: {
    Filters?: readonly { Key: string; Values: readonly string[] }[];
    InstanceInformationFilterList?: readonly { key: string; valueSet: readonly string[] }[];
  },
): unknown {
  const filters = [
    ...(request.Filters ?? []).map((filter) => ({ key: filter.Key, values: filter.Values })),
    ...(request.InstanceInformationFilterList ?? []).map((filter) => ({ key: filter.key, values: filter.valueSet })),
  ];
  const status = (node: ManagedNode): string => (node.online === false ? 'ConnectionLost' : 'Online');
  const chosen = nodes.filter((node) =>
    filters.every(({ key, values }) => {
      if (key === 'InstanceIds') return values.includes(node.node);
      if (key === 'PingStatus') return values.includes(status(node));
      if (key.startsWith('tag:')) return tagged(node, key, values);
      throw new SsmRefusal('InvalidFilterKey', `The filter key ${key} is not valid`);
    }),
  );
  return {
    InstanceInformationList: chosen.map((node) => ({
      InstanceId: node.node,
      PingStatus: status(node),
      LastPingDateTime: Date.now() / 1000,
      AgentVersion: '3.3.3050.0',
      IsLatestVersion: true,
      PlatformType: 'Linux',
      PlatformName: 'Linux',
      ResourceType: 'EC2Instance',
      IPAddress: node.address,
      ComputerName: node.node,
    })),
  };
}
