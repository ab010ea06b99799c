/**
 * The contract between Ringward and the program on a Cassandra host (`on-node/`).
 *
 * One SSM command carries one request and prints one JSON line, a {@link NodeReply}. The request travels
 * as base64url JSON in the document's `Request` parameter; it never holds a secret. Everything a node
 * reports is a fact that was seen; judging facts is the business of `core/verify`.
 *
 * Times are milliseconds since the epoch by the node's clock, durations are milliseconds, hashes are
 * lower-case hex SHA-256, `certificates` maps such a hash to the DER (base64) of the certificate.
 */
import { z } from 'zod';
import { LoadSample } from '../load/load-sample.ts';

/** Version of this contract; a node refuses a request of another version. */
export const NODE_PROTOCOL = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What a TLS port is for. `jmx` never reloads its key (it is read at process start). */
export const ListenerName = z.enum(['client', 'internode', 'jmx']);
export type ListenerName = z.infer<typeof ListenerName>;

/** Ports that are dialled: the three, and the old TLS port between nodes where it is still open (`legacy_ssl_storage_port_enabled`). */
export const DialledPort = z.enum([...ListenerName.options, 'legacy-internode']);

export const ArtifactKind = z.enum(['keystore', 'truststore', 'configuration']);
export type ArtifactKind = z.infer<typeof ArtifactKind>;

// ---------------------------------------------------------------- requests

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
      } /** Snapshot on the node (root-only), and the encrypted pack beside it. `recipient` is the KMS RSA public key (SPKI, base64). */
    | {
        readonly step: 'pack';
        readonly backupId: string;
        readonly recipient: { readonly keyId: string; readonly spki: string };
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
      } /** Read-only: journal, highest epoch, lock holder, file hashes; what a person needs at hand-over. */
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

// ---------------------------------------------------------------- facts in replies

/** A file as it lies on the node; `sha256` is absent when the file is. */
export const FileFact = z.object({
  path: z.string(),
  kind: ArtifactKind,
  present: z.boolean(),
  sha256: sha256.optional(),
  bytes: z.number().int().optional(),
  /** Octal permission bits such as `0600`. */
  mode: z.string().optional(),
  owner: z.string().optional(),
  group: z.string().optional(),
  modifiedAt: z.number().optional(),
  /** Target, when the path is a symbolic link. */
  link: z.string().optional(),
  /** May the user that Cassandra runs as open it? Absent when it does not run, or depth was not `full`. */
  readableByService: z.boolean().optional(),
});
export type FileFact = z.infer<typeof FileFact>;

/** One store as configured in the node's yaml, trial-loaded by the node's own SSL context factory. */
export const StoreFact = z.object({
  path: z.string(),
  kind: z.enum(['keystore', 'truststore']),
  /** Which yaml section(s) use it. */
  listeners: z.array(ListenerName),
  /** Fully qualified SSL context factory class. */
  factory: z.string(),
  /** Did the node's own factory build a context from it? Absent unless depth was `full`. */
  loads: z.boolean().optional(),
  /** Exception chain as text, without any key material. */
  loadError: z.string().optional(),
  /** Leaf first, in file order; empty when nothing could be parsed. */
  chain: z.array(sha256),
  /** True when the private key belongs to the leaf; null when there is no readable key. */
  keyMatchesLeaf: z.boolean().nullable(),
  keyError: z.string().optional(),
  /** Private keys in a keystore; with more than one the JDK chooses. */
  keys: z.number().int().optional(),
  /** The file ends in the middle of a structure. */
  torn: z.boolean().optional(),
  /** Configured as `outbound_keystore`: what the node shows when it dials others. */
  outbound: z.boolean().optional(),
  /** The node's JDK on the chain in both roles, and on a handshake in memory with the configured suites: null accepts, a text is its reason to refuse. Absent unless depth was `full`. */
  jvm: z.object({ asServer: z.string().nullable(), asClient: z.string().nullable(), handshake: z.string().nullable() }).optional(),
});
export type StoreFact = z.infer<typeof StoreFact>;

/** A fresh TLS connection and what came of it. */
export const HandshakeFact = z.object({
  listener: DialledPort,
  address: z.string(),
  port: z.number().int(),
  /** `complete`: both sides finished · `refused`: an alert from the peer · `failed`: we could not accept the peer · `unreachable`: no TCP. */
  handshake: z.enum(['complete', 'refused', 'failed', 'unreachable']),
  /** TLS 1.3 tells a refused client only at its first read: `answered` is the only good outcome. `none` when there was no handshake. */
  read: z.enum(['answered', 'refused', 'timed-out', 'none']),
  error: z.string().optional(),
  /** Certificates that the peer presented, leaf first. Recorded even when we would not trust them. */
  chain: z.array(sha256),
  /** Does the chain lead to the dialling side's own truststore (PKIX, node's JDK)? */
  trusted: z.boolean().optional(),
  protocol: z.string().optional(),
  cipher: z.string().optional(),
  /** TCP connect to the end of the handshake. */
  ms: z.number().optional(),
});
export type HandshakeFact = z.infer<typeof HandshakeFact>;

export const PeerHandshakeFact = HandshakeFact.extend({ from: z.string(), to: z.string() });
export type PeerHandshakeFact = z.infer<typeof PeerHandshakeFact>;

export const RingFact = z.object({
  /** StorageService OperationMode: STARTING, NORMAL, JOINING, LEAVING, DRAINED … */
  operationMode: z.string(),
  live: z.array(z.string()),
  unreachable: z.array(z.string()),
  joining: z.array(z.string()),
  nativeTransport: z.boolean(),
  hostId: z.string().optional(),
  schemaVersions: z.array(z.string()),
});
export type RingFact = z.infer<typeof RingFact>;

export const ServiceFact = z.object({
  /** systemd ActiveState: active, inactive, failed, activating … */
  state: z.string(),
  pid: z.number().int().nullable(),
  /** Process start, ms since the epoch. */
  startedAt: z.number().nullable(),
});

/** What a registered revocation list says; `error` when it cannot be read or nobody known has signed it. */
export const RevocationFact = z.object({
  path: z.string(),
  error: z.string().optional(),
  /** When its issuer promised a newer one, ms. */
  nextUpdate: z.number().optional(),
  /** Certificates of this node that it names. */
  revoked: z.array(z.object({ certificate: sha256, at: z.number(), reason: z.string() })),
});

export const NodeObservation = z.object({
  /** When our function asked, by its clock, ms: nothing that is reported was seen before. */
  askedAt: z.number().optional(),
  at: z.number(),
  files: z.array(FileFact),
  stores: z.array(StoreFact),
  listeners: z.array(HandshakeFact),
  peers: z.array(PeerHandshakeFact),
  ring: RingFact.nullable(),
  ringError: z.string().optional(),
  service: ServiceFact,
  /** Warnings of the node's own configuration, such as endpoint verification with client auth between nodes. */
  configuration: z.array(z.object({ setting: z.string(), value: z.string() })),
  java: z.string(),
  cassandra: z.string().optional(),
  /** The last lines of Cassandra's log that speak of TLS or of its start; passwords blotted out. Absent unless depth was `full`. */
  log: z.array(z.object({ at: z.number().optional(), text: z.string() })).optional(),
  /** Counters of the process. Absent unless depth was `full`, and where it does not run. */
  load: LoadSample.optional(),
  /** One for each registered revocation list. Absent unless depth was `full`. */
  revocations: z.array(RevocationFact).optional(),
  certificates: z.record(sha256, z.string()),
});
export type NodeObservation = z.infer<typeof NodeObservation>;

/** One packed file, as the manifest lists it. */
export const ManifestEntry = z.object({
  path: z.string(),
  kind: z.enum(['keystore', 'truststore', 'configuration', 'service-state', 'system-state']),
  sha256,
  bytes: z.number().int(),
  mode: z.string(),
  owner: z.string(),
  group: z.string(),
  link: z.string().optional(),
});
export type ManifestEntry = z.infer<typeof ManifestEntry>;

export const PackResult = z.object({
  backupId: z.string(),
  manifestSha256: sha256,
  manifest: z.array(ManifestEntry),
  ciphertextSha256: sha256,
  ciphertextBytes: z.number().int(),
  /** JWE `encrypted_key` for the KMS recipient, base64url. */
  encryptedKey: z.string(),
  /** Leaf of each keystore in the pack, and the leaf each port served when it was packed: they must agree for "before". */
  storeLeaves: z.array(z.object({ path: z.string(), leaf: sha256 })),
  servedLeaves: z.partialRecord(ListenerName, sha256),
  certificates: z.record(sha256, z.string()),
});
export type PackResult = z.infer<typeof PackResult>;

/** A one-time RSA public key (SPKI, base64), signed by itself over `backupId|node|epoch|spki` as proof of possession. */
export const OneTimeKey = z.object({ spki: z.string(), proof: z.string() });
export type OneTimeKey = z.infer<typeof OneTimeKey>;

export const UploadResult = z.object({ backupId: z.string(), status: z.number().int(), oneTimeKey: OneTimeKey });
export const OpenRestoreResult = z.object({ oneTimeKey: OneTimeKey });

export const TrialRestoreResult = z.object({
  backupId: z.string(),
  filesCompared: z.number().int(),
  /** Every keystore of the backup: opened, key matches, context built by the node's own factory, mutual handshake made with it in memory. */
  stores: z.array(StoreFact),
  verified: z.boolean(),
  reason: z.string().optional(),
});

export const RestoredFile = z.object({ path: z.string(), before: sha256.nullable(), after: sha256 });

export const RestoreResult = z.object({
  restored: z.array(RestoredFile),
  /** Absent for the restart way, where the next start loads the files. */
  reload: z.object({ ok: z.boolean(), ms: z.number(), error: z.string().optional() }).optional(),
  listeners: z.array(HandshakeFact),
  /** True when every listener in `expect` serves the expected leaf and its read was answered. */
  proven: z.boolean(),
  journalHead: sha256,
});
export type RestoreResult = z.infer<typeof RestoreResult>;

export const PhaseResult = z.object({
  /** What was found and done, one sentence for the report. */
  did: z.string(),
  service: ServiceFact,
  operationMode: z.string().nullable(),
  nativeTransport: z.boolean().nullable(),
  listeners: z.array(HandshakeFact),
  peers: z.array(PeerHandshakeFact),
  proven: z.boolean().optional(),
  journalHead: sha256,
});
export type PhaseResult = z.infer<typeof PhaseResult>;

export const NodeState = z.object({
  epoch: z.number().int(),
  lock: z.object({ held: z.boolean(), requestId: z.string().optional() }),
  open: z.object({ deployment: z.string(), requestId: z.string(), phase: z.string(), since: z.number() }).nullable(),
  journal: z.object({ entries: z.number().int(), head: sha256, intact: z.boolean() }),
  files: z.array(FileFact),
  snapshots: z.array(z.string()),
  service: ServiceFact,
});

const NodeError = z.object({
  /** Permanent code of the errors catalogue. */
  code: z.string(),
  message: z.string(),
  fix: z.string(),
});

/** The one line that a node prints. */
export const NodeReply = z.discriminatedUnion('ok', [
  z.object({
    protocol: z.literal(NODE_PROTOCOL),
    step: z.string(),
    requestId: z.string(),
    node: z.string(),
    ok: z.literal(true),
    result: z.unknown(),
    ms: z.number(),
  }),
  z.object({
    protocol: z.literal(NODE_PROTOCOL),
    step: z.string(),
    requestId: z.string(),
    node: z.string(),
    ok: z.literal(false),
    error: NodeError,
    ms: z.number(),
  }),
]);
export type NodeReply = z.infer<typeof NodeReply>;

/** A reply too long for SSM's 24,000 characters travels so: the line as it would have been, gzip, base64. */
export const PackedReply = z.strictObject({ protocol: z.literal(NODE_PROTOCOL), gzip: z.string() });

/** Schema of `result` for each step. */
export const NODE_RESULTS = {
  observe: NodeObservation,
  pack: PackResult,
  upload: UploadResult,
  'trial-restore': TrialRestoreResult,
  'open-restore': OpenRestoreResult,
  'fetch-backup': TrialRestoreResult,
  'restore-hot': RestoreResult,
  'stop-accepting': PhaseResult,
  'stop-service': PhaseResult,
  'restore-certificates': RestoreResult,
  'restore-configuration': RestoreResult,
  'start-service': PhaseResult,
  prove: PhaseResult,
  'restore-traffic': PhaseResult,
  state: NodeState,
} as const satisfies Record<NodeStep, z.ZodType>;
