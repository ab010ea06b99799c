/** A backup as the catalogue (DynamoDB) knows it. Only a `verified` one is a way back (I1). */
import { z } from 'zod';
import { ManifestEntry } from '../node/results.ts';

export const CataloguedBackup = z.object({
  backupId: z.string(),
  cluster: z.string(),
  deployment: z.string(),
  node: z.string(),
  at: z.number(),
  epoch: z.number().int(),
  status: z.enum(['packed', 'uploaded', 'verified', 'refused']),
  /** Why it is no backup of "before", when refused. */
  reason: z.string().optional(),
  manifestSha256: z.string(),
  manifest: z.array(ManifestEntry),
  ciphertextSha256: z.string(),
  ciphertextBytes: z.number().int(),
  encryptedKey: z.string(),
  recipientKeyId: z.string(),
  bucket: z.string(),
  key: z.string(),
  /** Restores ask for this version, so an overwrite or a delete marker loses nothing. */
  versionId: z.string().optional(),
  storeLeaves: z.array(z.object({ path: z.string(), leaf: z.string() })),
  servedLeaves: z.partialRecord(z.enum(['client', 'internode', 'jmx']), z.string()),
  /** Certificates of each truststore; absent in what was packed before this was told. */
  storeAnchors: z.array(z.object({ path: z.string(), anchors: z.array(z.string()) })).optional(),
  statement: z.string().optional(),
  signature: z.string().optional(),
  certificates: z.record(z.string(), z.string()),
});
export type CataloguedBackup = z.infer<typeof CataloguedBackup>;
