/** What a node tells of itself and of others: facts that were seen; judging them is the business of `core/verify`. */
import { z } from 'zod';
import { LoadSample } from '../load/load-sample.ts';
import { ArtifactKind, DialledPort, ListenerName, sha256 } from './protocol.ts';

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
  /** Names (RFC 2253) of the authorities that the port asks for a certificate of: those of the truststore that its process has loaded. Only where it was asked for. */
  asksFor: z.array(z.string()).optional(),
  protocol: z.string().optional(),
  cipher: z.string().optional(),
  /** TCP connect to the end of the handshake. */
  ms: z.number().optional(),
});
export type HandshakeFact = z.infer<typeof HandshakeFact>;

export const PeerHandshakeFact = HandshakeFact.extend({ from: z.string(), to: z.string() });
export type PeerHandshakeFact = z.infer<typeof PeerHandshakeFact>;

/** Fresh handshakes with one peer's client port in quick succession, each with a read; nothing is tried twice. */
export const BurstFact = z.object({
  from: z.string(),
  to: z.string(),
  asked: z.number().int(),
  /** Of them without an answer to the read. */
  failed: z.number().int(),
  /** TCP connect to the end of the handshake, of those that were answered, in the order in which they were made. */
  ms: z.array(z.number()),
  /** From the question after it to its answer, of the same ones: little of it is the dialling side's own work. */
  readMs: z.array(z.number()),
});
export type BurstFact = z.infer<typeof BurstFact>;

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
  /** Certificates of this node whose issuer has a usable list in it; an older program does not say. */
  covered: z.array(sha256).optional(),
  /** Certificates of this node that it names. */
  revoked: z.array(z.object({ certificate: sha256, at: z.number(), reason: z.string() })),
});
export type RevocationFact = z.infer<typeof RevocationFact>;

export const NodeObservation = z.object({
  /** When our function asked, by its clock, ms: nothing that is reported was seen before. */
  askedAt: z.number().optional(),
  at: z.number(),
  files: z.array(FileFact),
  stores: z.array(StoreFact),
  listeners: z.array(HandshakeFact),
  peers: z.array(PeerHandshakeFact),
  /** Absent where none was asked for. */
  bursts: z.array(BurstFact).optional(),
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
