/** Runs the health checks that ask AWS: load balancers, metrics, and functions and documents of the operator's own. */
import { runDueChecks } from '../../adapters/health/run-due-checks.ts';
import { checkService } from '../../adapters/health/services.ts';
import type { OfLook } from '../../core/observe/evidence-keys.ts';

export async function handler(input: OfLook): Promise<{ readonly ran: number }> {
  return runDueChecks(input, 'services', async () => (check) => checkService(check, input));
}
