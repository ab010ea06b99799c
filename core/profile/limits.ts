/** Time-outs, soak and limits of a profile. */
import { z } from 'zod';

const seconds = z.number().positive().max(86_400);

/** Limits of one environment. Defaults are the user story's, and production's. */
export const Limits = z.strictObject({
  /** How long good evidence must last before "keep". */
  soakSeconds: seconds.default(180),
  /** Pause between two probe windows of the soak. */
  windowSeconds: seconds.default(5),
  /** While all is well, the nodes themselves are asked no more often than this; the client is, in every window. */
  nodeLookSeconds: seconds.default(60),
  /** From the declared activation until a port may still serve the old leaf. */
  activationGraceSeconds: z.number().min(0).max(900).default(2),
  /** Deadlines of verification (I12); each ends in hold but the start's, which is proof against a node that does not serve, or has not joined, by then. */
  verificationSeconds: seconds.default(900),
  /** How long ports may stay unreachable once the activation is due. */
  networkSeconds: seconds.default(120),
  /** How long the soak may take from its first good window, flaps included. */
  performanceSeconds: seconds.default(600),
  nodeStartSeconds: seconds.default(300),
  drainSeconds: seconds.default(120),
  stopSeconds: seconds.default(120),
  /** How long a rollback without pauses may take in all; one that waits for people, or soaks between waves, has two days. */
  rollbackSeconds: seconds.default(1800),
  /** How long a person may take to approve a wave, or a node may wait until it can be interrupted. */
  approvalSeconds: seconds.default(3600),
  /** How long a rollback may stay paused. */
  pauseSeconds: seconds.default(86_400),
  /** Soak between the waves of a staged or interactive rollback. */
  waveSoakSeconds: z.number().min(0).max(86_400).default(30),
  /** A `Completed` must follow its `Starting` within this. */
  completionSeconds: seconds.default(14_400),
  /** An alarm is explained by a deployment that completed at most this long ago. */
  alarmWatchSeconds: seconds.default(3600),
  /** Performance (user story): connection below, loss of throughput below, more CPU of the host's processors below. */
  connectionMs: z.number().positive().default(100),
  throughputLossPercent: z.number().min(0).max(100).default(5),
  cpuIncreasePercent: z.number().min(0).max(100).default(10),
  /** A leaf valid for longer than this is told; none by default (Cassandra 5.1 has `max_certificate_validity_period`). */
  longestValiditySeconds: z.number().positive().optional(),
  /** A leaf that expires sooner than this is a warning; a backup's leaf that does is no safe target (I10). */
  expiryNoticeSeconds: z
    .number()
    .positive()
    .default(7 * 86_400),
});
export type Limits = z.infer<typeof Limits>;
