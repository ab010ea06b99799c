/** Where a cluster stands; by it the built-in profile and the baselines go. */
import { z } from 'zod';

export const Environment = z.enum(['development', 'staging', 'production', 'disaster-recovery']);
export type Environment = z.infer<typeof Environment>;
