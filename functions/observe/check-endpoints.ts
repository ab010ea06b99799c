/** Runs the health checks that dial, from where clients are: HTTP, TCP and TLS, CQL, Prometheus, and the canary's rows. */
import { checkEndpoint } from '../../adapters/health/endpoints.ts';
import { type LookToCome, runDueChecks } from '../../adapters/health/run-due-checks.ts';
import { loadCanaryIdentity } from '../../adapters/secrets-manager/canary-identity.ts';

export async function handler(input: LookToCome): Promise<{ readonly ran: number }> {
  return runDueChecks(input, 'endpoints', async (registration) => {
    const identity = await loadCanaryIdentity(registration.canary.identitySecret);
    return (check, endsAt) => checkEndpoint(check, registration, identity, endsAt);
  });
}
