/** Runs the health checks that dial, from where clients are: HTTP, TCP and TLS, CQL, Prometheus, and the canary's rows. */
import { checkEndpoint } from '../../adapters/health/endpoints.ts';
import { runDueChecks } from '../../adapters/health/run-due-checks.ts';
import { loadCanaryIdentity } from '../../adapters/secrets-manager/canary-identity.ts';
import type { OfLook } from '../../core/observe/evidence-keys.ts';

export async function handler(input: OfLook): Promise<{ readonly ran: number }> {
  return runDueChecks(input, 'endpoints', async (registration) => {
    const identity = await loadCanaryIdentity(registration.canary.identitySecret);
    return (check) => checkEndpoint(check, registration, identity);
  });
}
