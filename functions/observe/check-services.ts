/** Runs the health checks that ask AWS: load balancers, metrics, and functions and documents of the operator's own. */
import { type LookToCome, runDueChecks } from '../../adapters/health/run-due-checks.ts';
import { checkService } from '../../adapters/health/services.ts';

export async function handler(input: LookToCome): Promise<{ readonly ran: number }> {
  return runDueChecks(input, 'services', async () => (check, endsAt) => checkService(check, input, endsAt));
}
