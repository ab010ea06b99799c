/** Measured policies that come with the product, one for each environment. */
import { MeasuredPolicy } from './policy.ts';

export const BUILT_IN_POLICIES: Readonly<Record<'development' | 'staging' | 'production' | 'disaster-recovery', MeasuredPolicy>> = {
  development: MeasuredPolicy.parse({
    thresholds: { tlsFailures: 0.25, cqlErrorsAboveBaseline: 0.4, responseTimeRatio: 3 },
    safeOdds: 20,
    soakS: 60,
    watchS: 60,
    horizonS: 600,
  }),
  staging: MeasuredPolicy.parse({ thresholds: { tlsFailures: 0.15, responseTimeRatio: 2 }, soakS: 120, watchS: 300 }),
  production: MeasuredPolicy.parse({}),
  'disaster-recovery': MeasuredPolicy.parse({ safeOdds: 1000, soakS: 300, watchS: 900 }),
};
