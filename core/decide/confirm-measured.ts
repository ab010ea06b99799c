/**
 * Whether a second kind of vantage point sees what the probes of the client accuse nodes of: bursts of fresh handshakes by their peers.
 * A prober with a fault of its own, or one that lies, rolls nothing back.
 */
import type { BurstFact } from '../node/facts.ts';
import { median } from '../statistics/statistics.ts';
import type { Finding } from '../verify/findings.ts';
import type { MeasuredEvidence } from './measured/measured-evidence.ts';
import type { MeasuredPolicy } from './measured/policy.ts';

/** What was measured, and what the nodes saw of it. */
export interface MeasuredView {
  readonly evidence: MeasuredEvidence;
  readonly thresholds: MeasuredPolicy['thresholds'];
  /** A factor of weight 0 confirms nothing either. */
  readonly weights: MeasuredPolicy['weights'];
  /** Bursts of this look. */
  readonly bursts: readonly BurstFact[];
  /** Bursts of before the deployment. */
  readonly usual: readonly BurstFact[];
}

/** Fewer handshakes with a node say nothing of it. */
const LEAST_ASKED = 10;
/** One or two failures are chance, whatever the share. */
const LEAST_FAILED = 3;

/** What the peers saw of one node. */
interface SeenByPeers {
  readonly asked: number;
  readonly failed: number;
  readonly ms: readonly number[];
  readonly readMs: readonly number[];
}

/** One finding for each accused node that its peers find beyond a threshold too; in the order of the accusation. */
export function confirmations(view: MeasuredView, at: number): Finding[] {
  const { evidence, bursts, usual } = view;
  const control = together(bursts.filter(({ to }) => !evidence.accused.includes(to)));
  return evidence.accused.flatMap((node): Finding[] => {
    const now = together(bursts.filter(({ to, from }) => to === node && from !== node));
    const before = together(usual.filter(({ to, from }) => to === node && from !== node));
    // What is seen at the same moment is the better measure: a load of the moment slows both.
    const observed = beyond(now, control.ms.length >= LEAST_ASKED ? control : before, view);
    if (observed === null) return [];
    return [
      {
        code: 'MEASURED_BEYOND_LIMIT',
        severity: 'warning',
        node,
        where: 'client port',
        expected: 'within the thresholds of the profile',
        observed,
        seenBy: 'peer',
        how: 'a burst of fresh handshakes from each peer, each with a read',
        at,
      },
    ];
  });
}

function together(bursts: readonly BurstFact[]): SeenByPeers {
  return {
    asked: bursts.reduce((sum, { asked }) => sum + asked, 0),
    failed: bursts.reduce((sum, { failed }) => sum + failed, 0),
    ms: bursts.flatMap(({ ms }) => ms),
    readMs: bursts.flatMap(({ readMs }) => readMs),
  };
}

/** What is beyond its threshold, in words; null when nothing is, or too little was asked. */
function beyond(
  now: SeenByPeers,
  usual: SeenByPeers,
  { thresholds: { tlsFailures, responseTimeRatio }, weights }: Pick<MeasuredView, 'thresholds' | 'weights'>,
): string | null {
  if (now.asked < LEAST_ASKED) return null;
  if (weights.tlsFailures > 0 && now.failed >= LEAST_FAILED && now.failed > tlsFailures * now.asked)
    return `${now.failed} of ${now.asked} fresh handshakes failed`;
  return (
    (weights.tlsTime > 0 ? slower('fresh handshakes take', now.ms, usual.ms, responseTimeRatio) : null) ??
    (weights.cqlTime > 0 ? slower('answers on fresh connections take', now.readMs, usual.readMs, responseTimeRatio) : null)
  );
}

function slower(what: string, now: readonly number[], usual: readonly number[], ratio: number): string | null {
  if (now.length < LEAST_ASKED || usual.length < LEAST_ASKED) return null;
  const [middle, before] = [median(now), median(usual)];
  return middle > ratio * before
    ? `${what} ${middle.toFixed(1)} ms, ${(middle / before).toFixed(2)} times the usual ${before.toFixed(1)} ms`
    : null;
}
