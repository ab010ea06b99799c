/** What a profile says of measurements: the measured policy of `core/decide`, who measures when, and beside it the plain timer of health checks. */
import { z } from 'zod';
import { MeasuredFields, type MeasuredPolicy } from '../decide/measured/policy.ts';

export const Measured = MeasuredFields.extend({
  /** `required`: probes can accuse, and "keep" needs them · `advisory`: told, and neither for nor against a verdict · `off`: nothing is probed. */
  probes: z.enum(['required', 'advisory', 'off']).default('required'),
  /** For so long the ring is probed once the backups of a deployment are verified, before its gate opens: what is usual, seconds. */
  beforeSeconds: z.number().min(0).max(600).default(45),
  /** User story: health checks failing for more than 5 minutes. */
  healthFailingSeconds: z.number().positive().max(86_400).default(300),
});
export type Measured = z.infer<typeof Measured>;

/** What probes are judged by. */
export function policyOfMeasured({
  healthFailingSeconds: _timer,
  probes: _mode,
  beforeSeconds: _before,
  ...policy
}: Measured): MeasuredPolicy {
  return policy;
}
