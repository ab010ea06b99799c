/** Where a stand lives: its addresses, ports, node ids and folders, all from its net number. No effects here. */
import { join } from 'node:path';

export const CLUSTER = 'payments';
export const UNIT = 'cassandra';
export const DATACENTER = 'datacenter1';
export const KEYSPACE = 'stand';
export const CLIENT_PORT = 9042;
export const INTERNODE_PORT = 7000;
export const JMX_PORT = 7199;

/** Repository root; everything that the stand installs or keeps lies below it. */
export const REPOSITORY = join(import.meta.dirname, '..', '..');
export const CASSANDRA_CACHE = join(REPOSITORY, '.cache', 'cassandra');

/** One node of the ring. `node` is its SSM managed-instance id, `folder` its root folder. */
export interface RingNode {
  readonly node: string;
  /** 1, 2, 3 …; node 1 is the seed. */
  readonly number: number;
  readonly address: string;
  readonly folder: string;
  readonly seed: boolean;
}

/** A ring and its folders. */
export interface Ring {
  readonly net: number;
  /** `.stand/net-<net>` */
  readonly folder: string;
  /** Authorities and identities. */
  readonly pki: string;
  readonly clusterFile: string;
  readonly nodes: readonly RingNode[];
}

/** The ring of `net` (0–255) with `count` nodes (1–9). Throws a RangeError that names the option. */
export function ringOf(net: number, count: number, standFolder: string = join(REPOSITORY, '.stand')): Ring {
  if (!Number.isInteger(net) || net < 0 || net > 255) throw new RangeError(`--net ${net} is not a whole number from 0 to 255`);
  if (!Number.isInteger(count) || count < 1 || count > 9) throw new RangeError(`--nodes ${count} is not a whole number from 1 to 9`);
  const folder = join(standFolder, `net-${net}`);
  return {
    net,
    folder,
    pki: join(folder, 'pki'),
    clusterFile: join(folder, 'cluster.yaml'),
    nodes: Array.from({ length: count }, (_, index) => ringNode(net, index + 1, folder)),
  };
}

function ringNode(net: number, number: number, folder: string): RingNode {
  const node = `i-0ca55a${net.toString(16).padStart(4, '0')}${number.toString(16).padStart(7, '0')}`;
  return { node, number, address: `127.0.${net}.${number}`, folder: join(folder, 'nodes', node), seed: number === 1 };
}

/** Paths on a node, as `cluster.yaml` registers them; on this machine each stands below the node's folder. */
export const PATHS = {
  yaml: '/etc/cassandra/cassandra.yaml',
  keystore: '/etc/cassandra/tls/node.pem',
  truststore: '/etc/cassandra/tls/ca.pem',
  jmxKeystore: '/etc/cassandra/tls/jmx.p12',
  jmxTruststore: '/etc/cassandra/tls/jmx-trust.p12',
  jmxClientKeystore: '/etc/cassandra/tls/jmx-client.p12',
  jmxTls: '/etc/cassandra/tls/jmx-tls.properties',
  nodetoolTls: '/etc/cassandra/nodetool-ssl.properties',
  jvmOptions: '/etc/cassandra/jvm.options',
  toolOptions: '/etc/cassandra/nodetool.options',
  logback: '/etc/cassandra/logback.xml',
  toolLogback: '/etc/cassandra/logback-tools.xml',
  unit: `/etc/systemd/system/${UNIT}.service`,
  home: '/usr/share/cassandra',
  data: '/var/lib/cassandra',
  log: '/var/log/cassandra/system.log',
  ringwardHome: '/var/lib/ringward',
  unitDir: '/run/systemd/system',
} as const;

/** A node by its number, its id or its address. Throws an error that lists what there is. */
export function findNode(ring: Ring, name: string): RingNode {
  const found = ring.nodes.find((node) => node.node === name || node.address === name || String(node.number) === name);
  if (found) return found;
  throw new RangeError(
    `--node ${name} is not part of this stand → one of ${ring.nodes.map((node) => `${node.number} (${node.node}, ${node.address})`).join(', ')}`,
  );
}
