import type { VantagePoint } from '../verify/findings.ts';
import type { Course } from './episodes.ts';

/** What one window showed; kept for the windows after it. */
export interface WindowSummary {
  readonly window: number;
  readonly at: number;
  /** `good`: every check of every node passed · `bad`: proof against a node · `unclear`: anything else. */
  readonly outcome: 'good' | 'bad' | 'unclear';
  /** Ports of a node that runs could not be reached, or did not answer in time. */
  readonly unreachable?: boolean;
  /** Probes accused nodes, and no second kind of vantage point saw it. */
  readonly accused?: boolean;
  /** Kinds of vantage point of which nobody voted. */
  readonly missing?: readonly VantagePoint[];
  /** The course of the watch up to this window; of the newest alone. */
  readonly course?: Course;
}

/**
 * The windows so far with one more. A state of a Step Functions execution holds 256 KiB, and a watch may last a day: of a run of windows that
 * were alike only the first two and the last stay, which is all that deadlines and soak are counted from.
 */
export function withWindow(earlier: readonly WindowSummary[], next: WindowSummary): WindowSummary[] {
  const [third, second, last] = earlier.slice(-3);
  const alike = (one: WindowSummary | undefined): boolean =>
    one !== undefined &&
    one.outcome === next.outcome &&
    (one.unreachable ?? false) === (next.unreachable ?? false) &&
    !one.accused &&
    !next.accused;
  return alike(third) && alike(second) && alike(last) ? [...earlier.slice(0, -1), next] : [...earlier, next];
}

/** The same with the course of the watch, which the newest window carries on for all before it. */
export function withCourse(earlier: readonly WindowSummary[], next: WindowSummary, course: Course): WindowSummary[] {
  const before = earlier.map(({ course: _, ...window }) => window);
  return withWindow(before, { ...next, course });
}
