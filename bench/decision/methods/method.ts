/** How the bench sees another's rule. */
import type { Minutes } from '../minutes.ts';

/** A rule that looks at minutes. */
export interface MinuteMethod {
  readonly name: string;
  /** Where the rule is written down by those who made it. */
  readonly source: string;
  /** Seconds from the deployment to its rollback, or null. */
  readonly rollsBackAtS: (minutes: Minutes) => number | null;
}
