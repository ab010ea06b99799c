/**
 * What a profile says of measurements: from where on a rate, a share or a time counts as a failure, and how sure one must be.
 * Only data: whoever tests measurements takes them from here.
 */
import { z } from 'zod';

const share = z.number().gt(0, 'a share above 0, at most 1').lte(1, 'a share above 0, at most 1');
const seconds = z.number().min(0).max(86_400);
const weight = z.number().min(0).max(1);

export const Measured = z.strictObject({
  /** User story: TLS failures above 10 %; exactly 10 % is not above. */
  tlsFailureShare: share.default(0.1),
  /** User story: response time above 1.5 times the baseline. */
  responseTimeRatio: z.number().gt(1, 'above 1, or what is usual would be a failure').max(100).default(1.5),
  /** User story: error rate more than 20 percentage points above the baseline. */
  errorSharePoints: share.default(0.2),
  /** User story: health checks failing for more than 5 minutes. */
  healthFailingSeconds: z.number().positive().max(86_400).default(300),
  /** Share of each family in the score; a family of weight 0 only informs. */
  weights: z
    .strictObject({
      tls: weight.default(0.4),
      errors: weight.default(0.1),
      tlsLatency: weight.default(0.25),
      cqlLatency: weight.default(0.25),
    })
    .prefault({}),
  /** Most that a healthy deployment may be taken for a bad one, however often one looks. */
  alpha: z.number().gt(0, 'above 0, at most 0.1').lte(0.1, 'above 0, at most 0.1').default(0.001),
  /** After a restart a process warms up; what is measured so long says nothing. */
  graceSeconds: seconds.default(30),
  /** How long measurements must show that all is well. */
  soakSeconds: seconds.default(180),
  /** How long measurements are taken; without a decision until then it is hold. */
  horizonSeconds: z.number().positive().max(86_400).default(900),
});
export type Measured = z.infer<typeof Measured>;
