/** A Cassandra host as plain data: what its disk holds, and the process that runs on it. */
import type { ManifestEntry, PackResult } from '../../../core/node/results.ts';

export interface FileOnDisk {
  readonly text: string;
  readonly mode: string;
  readonly owner: string;
  readonly modifiedAt: number;
}

/** A copy of a node's files on the node itself; `seen` and `pack` are there once they were made here. */
export interface SnapshotOnDisk {
  readonly manifest: readonly ManifestEntry[];
  /** In the order of the manifest; undefined for a copy that is lost. */
  readonly files: (string | undefined)[];
  readonly seen?: Pick<PackResult, 'storeLeaves' | 'servedLeaves' | 'certificates'>;
  pack?: { readonly result: PackResult; readonly jwe: string };
}

/** All that survives a crash. The program's own things are below `home` on a real host. */
export interface Disk {
  readonly files: Map<string, FileOnDisk>;
  readonly epochs: Record<string, number>;
  /** Whole lines of the journal, and the torn one that a crash left. */
  readonly journal: string[];
  torn: string;
  readonly replies: Map<string, { readonly step: string; readonly deployment: string; readonly result: unknown }>;
  readonly snapshots: Map<string, SnapshotOnDisk>;
  /** Copies of what was overwritten, by `deployment-epoch/path/hash`. */
  readonly kept: Map<string, string>;
  /** Which key of the pool is the one-time key of a backup. */
  readonly oneTime: Map<string, number>;
  readonly pins: Map<string, string>;
  /** Files that were staged beside their targets, by target. */
  readonly staged: Map<string, FileOnDisk>;
  /** The drop-in that keeps native transport off at the next start. */
  clientsOff: boolean;
}

/** What a port shows and trusts, as loaded. */
export interface Context {
  readonly chain: readonly string[];
  readonly trust: readonly string[];
}

export interface CassandraProcess {
  readonly pid: number;
  readonly startedAt: number;
  mode: 'STARTING' | 'NORMAL' | 'DRAINED';
  nativeTransport: boolean;
  /** The password of the keystore as the configuration said at the start: it is not read again. */
  readonly password: string;
  context: Context;
  /** Nodes to which a connection of this process stands. */
  readonly links: Set<string>;
}

export interface Host {
  readonly node: string;
  readonly address: string;
  readonly seed: boolean;
  readonly disk: Disk;
  process: CassandraProcess | null;
  starts: number;
}

export const KEYSTORE = '/etc/cassandra/tls/node.pem';
export const TRUSTSTORE = '/etc/cassandra/tls/ca.pem';
export const CONFIGURATION = '/etc/cassandra/cassandra.yaml';

/** A host with these files and nothing else. */
export function newHost(node: string, address: string, seed: boolean, files: Readonly<Record<string, string>>, now: number): Host {
  const written = Object.entries(files).map(([path, text]) => {
    const mode = path === KEYSTORE ? '0600' : '0644';
    return [path, { text, mode, owner: 'cassandra', modifiedAt: now }] as const;
  });
  const disk: Disk = {
    files: new Map(written),
    epochs: {},
    journal: [],
    torn: '',
    replies: new Map(),
    snapshots: new Map(),
    kept: new Map(),
    oneTime: new Map(),
    pins: new Map(),
    staged: new Map(),
    clientsOff: false,
  };
  return { node, address, seed, disk, process: null, starts: 0 };
}

/** `keystore_password` of a configuration. */
export const passwordOf = (yaml: string): string => /^keystore_password: (\S+)$/m.exec(yaml)?.[1] ?? '';
