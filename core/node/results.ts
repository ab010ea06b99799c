/** What each step answers when it went well. */
import { z } from 'zod';
import { FileFact, HandshakeFact, NodeObservation, PeerHandshakeFact, ServiceFact, StoreFact } from './facts.ts';
import { ListenerName, sha256 } from './protocol.ts';
import type { NodeStep } from './requests.ts';

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
  /** Certificates of each truststore in the pack; an older program does not say. */
  storeAnchors: z.array(z.object({ path: z.string(), anchors: z.array(sha256) })).optional(),
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

export const TruststoreResult = z.object({
  path: z.string(),
  /** Hashes of the file; `before` is what was overwritten last, be it by this run or by one that crashed. */
  before: sha256,
  after: sha256,
  /** What it holds now. */
  anchors: z.array(sha256),
  /** Put in, or taken out, by this run; empty where it was so already. */
  changed: z.array(sha256),
  /** Absent where no port trusts by it, or Cassandra does not run: the next start loads it. */
  reload: z.object({ ok: z.literal(true), ms: z.number() }).optional(),
  /** Do the ports that trust by it ask for certificates of just these authorities? By their names alone; `not-told` where a port names none, or none was dialled. */
  inForce: z.enum(['yes', 'no', 'not-told']),
  /** Ports that trust by it, dialled anew: they still serve. Whom they let in is for the peers to prove. */
  listeners: z.array(HandshakeFact),
  journalHead: sha256,
});
export type TruststoreResult = z.infer<typeof TruststoreResult>;

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

/** Schema of `result` for each step. */
export const NODE_RESULTS = {
  observe: NodeObservation,
  pack: PackResult,
  upload: UploadResult,
  'trial-restore': TrialRestoreResult,
  'open-restore': OpenRestoreResult,
  'fetch-backup': TrialRestoreResult,
  'restore-hot': RestoreResult,
  'extend-truststore': TruststoreResult,
  'reduce-truststore': TruststoreResult,
  'stop-accepting': PhaseResult,
  'stop-service': PhaseResult,
  'restore-certificates': RestoreResult,
  'restore-configuration': RestoreResult,
  'start-service': PhaseResult,
  prove: PhaseResult,
  'restore-traffic': PhaseResult,
  'pass-epoch': z.object({ epoch: z.number().int() }),
  state: NodeState,
} as const satisfies Record<NodeStep, z.ZodType>;
