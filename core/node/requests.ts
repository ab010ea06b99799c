/** What a node can be asked: one request is one step. */
import type { ArtifactKind, ListenerName, NODE_PROTOCOL } from './protocol.ts';

/** A file that a certificate deployment may write. `path` is absolute on the node. */
export interface NodeFile {
  readonly path: string;
  readonly kind: ArtifactKind;
}

/** How the node program finds Cassandra on its host. */
export interface CassandraOnNode {
  /** Folder whose `lib/*.jar` are the node's own Cassandra classes. */
  readonly home: string;
  readonly yaml: string;
  /** systemd unit name. */
  readonly service: string;
  /** Cassandra's log, for a process that does not run; a running one says where it writes. */
  readonly log?: string;
}

/** Where JMX listens, and the file (as nodetool's own `nodetool-ssl.properties`) with the TLS material for it. */
export interface JmxOnNode {
  readonly address: string;
  readonly port: number;
  readonly tlsProperties?: string;
  /** File of `user password`, as `jmxremote.password`; never an argument. */
  readonly passwordFile?: string;
}

export interface PeerAddress {
  readonly node: string;
  readonly address: string;
  readonly clientPort: number;
  readonly internodePort: number;
}

/** Present in every request. */
export interface NodeRequestBase {
  readonly protocol: typeof NODE_PROTOCOL;
  /** Same id, same effect: a repeated request is answered from the journal. */
  readonly requestId: string;
  readonly cluster: string;
  readonly deployment: string;
  readonly node: string;
  /** Fencing token; the node refuses an acting step whose epoch is older than the newest it has seen (I5). */
  readonly epoch: number;
  readonly address: string;
  readonly clientPort: number;
  readonly internodePort: number;
  readonly cassandra: CassandraOnNode;
  readonly jmx: JmxOnNode;
  readonly files: readonly NodeFile[];
  /** Certificate revocation lists on the host. */
  readonly revocationLists?: readonly string[];
}

/** A peer as a person on the node needs it: its address, and whether it is a seed, which comes last in a restart. */
export type KitPeer = PeerAddress & { readonly seed: boolean };

/** What the node keeps for the day on which no controller asks: how long its steps may take, the ring, and what is about to be deployed. */
export interface KitOnNode {
  readonly drainTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly seed: boolean;
  readonly peers: readonly KitPeer[];
  /** How many more there are. */
  readonly peersLeftOut: number;
  /** Files that the deployment said it would write, so that what a person changed since is told from them. */
  readonly announced: readonly { readonly path: string; readonly sha256: string }[];
}

/** Names a backup, its manifest bound by hash (I1). */
export interface BackupReference {
  readonly backupId: string;
  readonly manifestSha256: string;
}

/** Certificate hashes expected on the wire; a listener left out is reported but not awaited. */
export type ExpectedLeaves = { readonly [L in ListenerName]?: string };

export type NodeRequest = NodeRequestBase &
  (
    | /** Read-only: files, trial load by the node's own classes, fingerprints, peer handshakes, ring view. `soak` skips the trial load, which unchanged files need no second time; `state` skips trial load and peers, which no plan needs; `certificates` skips the ring too. */
    {
        readonly step: 'observe';
        readonly depth: 'full' | 'soak' | 'state' | 'certificates';
        readonly peers: readonly PeerAddress[];
        /** Peers whose client port is dialled many times: probes accuse them, or what is usual is to be known. */
        readonly bursts?: readonly PeerAddress[];
      } /** Snapshot on the node (root-only), the encrypted pack beside it, and the offline kit. `recipient` is the KMS RSA public key (SPKI, base64). */
    | {
        readonly step: 'pack';
        readonly backupId: string;
        readonly recipient: { readonly keyId: string; readonly spki: string };
        readonly kit?: KitOnNode;
      } /** PUT the pack, answer with a one-time RSA public key for the trial restore. */
    | {
        readonly step: 'upload';
        readonly backupId: string;
        readonly ciphertextSha256: string;
        readonly url: string;
        readonly headers: Readonly<Record<string, string>>;
      } /** Download from S3, check against the signed manifest, decrypt to scratch, compare every hash, key match, trial load; scratch is removed. */
    | ({ readonly step: 'trial-restore' } & FetchedBackup) /** One-time RSA key pair; the private half stays on the node. */
    | {
        readonly step: 'open-restore';
        readonly backup: BackupReference;
      } /** As trial-restore, but the result becomes the local snapshot: for a node that lost it. */
    | ({
        readonly step: 'fetch-backup';
      } & FetchedBackup) /** Hot way: verify snapshot → stage → fsync → rename → reload by JMX → fingerprint and read of every port. */
    | {
        readonly step: 'restore-hot';
        readonly backup: BackupReference;
        readonly paths: readonly string[];
        readonly expect: ExpectedLeaves;
      } /** Authorities (DER, base64; public) put into one truststore, or taken out: read back and loaded for trial → stage → fsync → rename → reload by JMX where a port trusts by it. What else it holds stays. */
    | {
        readonly step: 'extend-truststore' | 'reduce-truststore';
        readonly path: string;
        readonly authorities: readonly string[];
      } /** Restart way, phase 1: native transport off. */
    | { readonly step: 'stop-accepting' } /** Phase 2: drain until DRAINED, stop, wait until the process is gone. */
    | {
        readonly step: 'stop-service';
        readonly drainTimeoutMs: number;
        readonly stopTimeoutMs: number;
      } /** Phases 3 and 4: atomic replacement from the verified snapshot; refuses while a Cassandra process is running. */
    | {
        readonly step: 'restore-certificates' | 'restore-configuration';
        readonly backup: BackupReference;
        readonly paths: readonly string[];
      } /** Phase 5: start with native transport off, until JMX answers NORMAL. */
    | {
        readonly step: 'start-service';
        readonly startTimeoutMs: number;
      } /** Phase 6: internode fingerprint and read, ring view, both-role handshakes with peers. */
    | {
        readonly step: 'prove';
        readonly expect: ExpectedLeaves;
        readonly peers: readonly PeerAddress[];
      } /** Phase 7: native transport on, client port's fingerprint and read. */
    | {
        readonly step: 'restore-traffic';
        readonly expect: ExpectedLeaves;
      } /** Lock and fence alone: when it has answered, no older execution acts there any more (I5). */
    | { readonly step: 'pass-epoch' } /** Read-only: journal, highest epoch, lock holder, file hashes; what a person needs at hand-over. */
    | { readonly step: 'state' }
  );

interface FetchedBackup {
  readonly backup: BackupReference;
  readonly ciphertextSha256: string;
  readonly url: string;
  /** Content key wrapped for the node's one-time public key (RSA-OAEP-256), base64url: ciphertext, not a secret. */
  readonly rewrappedKey: string;
  /** KMS signature (ECDSA P-256, DER, base64) over the canonical manifest statement, and the key that verifies it (SPKI, base64). */
  readonly statement: string;
  readonly signature: string;
  readonly signer: string;
}

export type NodeStep = NodeRequest['step'];

/** Steps that run under the read-only SSM document; every other one needs the acting document. */
export const READ_ONLY_STEPS: readonly NodeStep[] = ['observe', 'state'];
