/** Limits by which facts are judged; a check takes them from here and nowhere else. */
import type { Limits } from '../profile/limits.ts';
import type { Mode } from '../profile/profile.ts';
import type { NodeCheck } from './check-names.ts';

export interface VerificationPolicy {
  /** A leaf that expires within this is told as a warning, ms. */
  readonly expiryNoticeMs: number;
  /** A leaf may be valid for at most this long, ms; null for no limit of our own. */
  readonly longestValidityMs: number | null;
  /** From completion until a service that was asked to start must run, ms (user story: 5 minutes). */
  readonly serviceStartMs: number;
  /** A process that started no longer than this before completion was restarted for the deployment, ms. */
  readonly completionMs: number;
  /** A node's clock may differ from ours by this much, ms. */
  readonly clockSkewMs: number;
  /** Which checks advise, and which are not run; each is required where nothing is said. */
  readonly checks?: Readonly<Partial<Record<NodeCheck, Mode>>>;
}

/** A minute: far above NTP's error and SSM's delay, far below what moves a certificate's validity by accident. */
const CLOCK_SKEW_MS = 60_000;

/** The policy of a registered cluster. */
export function policyOf(limits: Limits, checks: VerificationPolicy['checks'] = {}): VerificationPolicy {
  return {
    checks,
    longestValidityMs: limits.longestValiditySeconds === undefined ? null : limits.longestValiditySeconds * 1000,
    expiryNoticeMs: limits.expiryNoticeSeconds * 1000,
    serviceStartMs: limits.nodeStartSeconds * 1000,
    completionMs: limits.completionSeconds * 1000,
    clockSkewMs: CLOCK_SKEW_MS,
  };
}
