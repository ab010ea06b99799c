/** A finding is one judged fact: what was expected, what was observed, where, and how it was seen. */
import { z } from 'zod';

/** Kinds of vantage point (a decision to roll back needs two of the three). */
export const VantagePoint = z.enum(['node', 'peer', 'client']);
export type VantagePoint = z.infer<typeof VantagePoint>;

export const Finding = z.object({
  /** A code of {@link FINDING_CODES}. */
  code: z.string(),
  /** `proof` decides without statistics · `warning` is reported · `notice` is told once. */
  severity: z.enum(['proof', 'warning', 'notice']),
  node: z.string(),
  /** File path, `client:9042`, `10.0.0.1 → 10.0.0.2:7000` … */
  where: z.string(),
  expected: z.string(),
  observed: z.string(),
  /** Vantage point and method, in words: `fresh handshake from i-0a… with its own key, then a read`. */
  seenBy: VantagePoint,
  how: z.string(),
  /** Id of the node that told it, where a peer's word is another node's; a kind is no second one when the same host speaks for both. */
  toldBy: z.string().optional(),
  /** When the fact was seen, ms since the epoch. */
  at: z.number(),
});
export type Finding = z.infer<typeof Finding>;

/** One check that ran, with its outcome; a check without evidence is `unknown`, never `passed` (I8). */
export const CheckResult = z.object({
  /** Name of the fact that the check proves. */
  check: z.string(),
  node: z.string(),
  outcome: z.enum(['passed', 'failed', 'unknown']),
  /** It advises: told beside the others, and neither for nor against a verdict. */
  advisory: z.boolean().optional(),
  summary: z.string(),
  findings: z.array(Finding),
});
export type CheckResult = z.infer<typeof CheckResult>;

/** Everything `verify-node` concluded about one node; stored as evidence, referenced from states. */
export const NodeVerification = z.object({
  node: z.string(),
  address: z.string(),
  /** When it was judged. */
  at: z.number(),
  /** When the oldest of its evidence was asked for, ms by our clock; verifications stored before this was kept lack it. */
  lookedAt: z.number().optional(),
  outcome: z.enum(['passed', 'failed', 'unknown']),
  checks: z.array(CheckResult),
  /** Checks that the profile has off: they were not run. */
  off: z.array(z.string()).optional(),
  /** What each reloading port serves now (`SHA256:hex`), absent when the port could not be read. */
  served: z.partialRecord(z.enum(['client', 'internode', 'jmx']), z.string()),
  /** Leaf in the keystore file, or the file's own hash when it does not load. */
  onDisk: z.string().nullable(),
  /** The one finding that the others follow from; null when nothing failed. */
  rootCause: z
    .object({ code: z.string(), check: z.string(), sentence: z.string(), consequences: z.array(z.string()) })
    .nullable()
    .optional(),
});
export type NodeVerification = z.infer<typeof NodeVerification>;
