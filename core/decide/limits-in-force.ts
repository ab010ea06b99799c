/** The user story's time-outs of connectivity (2 minutes) and of monitoring (10 minutes), as far as they are running. */
import type { Limits } from '../profile/limits.ts';
import type { WindowSummary } from './window-summary.ts';

/** A deadline within the whole verification's, and what it means that it has passed. */
export interface LimitInForce {
  readonly endsAt: number;
  readonly reason: string;
}

/**
 * @param windows all so far, oldest first @param streak since when every window is good, or null
 * @param timerRuns a timer of failing health checks ends within the verification: what it leads to is awaited
 */
export function limitsInForce(
  windows: readonly WindowSummary[],
  limits: Limits,
  dueAt: number,
  streak: number | null,
  timerRuns = false,
): LimitInForce[] {
  const { networkSeconds, performanceSeconds, soakSeconds } = limits;
  const due = windows.filter(({ at }) => at >= dueAt);
  const lastReached = due.findLastIndex(({ unreachable }) => !unreachable);
  const unreachableSince = due[lastReached + 1]?.at;
  const firstGood = due.find(({ outcome }) => outcome === 'good')?.at;
  const inForce: LimitInForce[] = [];
  if (unreachableSince !== undefined)
    inForce.push({
      endsAt: unreachableSince + networkSeconds * 1000,
      reason: `Ports are unreachable since ${iso(unreachableSince)}, longer than the ${networkSeconds} s that connectivity may take`,
    });
  // A soak that will end in time is not disturbed a moment before it does.
  if (!timerRuns && firstGood !== undefined && (streak === null || streak + soakSeconds * 1000 > firstGood + performanceSeconds * 1000))
    inForce.push({
      endsAt: firstGood + performanceSeconds * 1000,
      reason: `In the ${performanceSeconds} s since the first good window (${iso(firstGood)}) the checks never stayed good for a soak of ${soakSeconds} s`,
    });
  return inForce;
}

const iso = (ms: number): string => new Date(ms).toISOString();
