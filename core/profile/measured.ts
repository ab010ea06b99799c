/** What a profile says of measurements: the measured policy of `core/decide`, and beside it the plain timer of health checks. */
import { z } from 'zod';
import { MeasuredFields, type MeasuredPolicy } from '../decide/measured/policy.ts';

export const Measured = MeasuredFields.extend({
  /** User story: health checks failing for more than 5 minutes. */
  healthFailingSeconds: z.number().positive().max(86_400).default(300),
});
export type Measured = z.infer<typeof Measured>;

/** What probes are judged by. */
export function policyOfMeasured({ healthFailingSeconds: _timer, ...policy }: Measured): MeasuredPolicy {
  return policy;
}
