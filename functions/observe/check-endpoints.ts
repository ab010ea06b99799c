/** Runs the health checks that dial, from where clients are: HTTP, TCP and TLS, CQL, Prometheus, and the canary's rows. */
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { checkEndpoint } from '../../adapters/health/endpoints.ts';
import { readEvidence, writeEvidence } from '../../adapters/s3/evidence.ts';
import { loadCanaryIdentity } from '../../adapters/secrets-manager/canary-identity.ts';
import { placesOf } from '../../core/health/health-check.ts';
import { dueChecks, HealthSamples } from '../../core/health/health-sample.ts';
import { healthKey, type Look, soakHealthKey } from '../../core/observe/evidence-keys.ts';

type Input = Look & { readonly cluster: string; readonly deployment: string; readonly epoch: number };

export async function handler(input: Input): Promise<{ readonly ran: number }> {
  const registration = await loadRegistration(input.cluster);
  const checks = registration.health.checks.filter((check) => placesOf(check).includes('endpoints'));
  if (checks.length === 0) return { ran: 0 };
  const before = HealthSamples.parse((await readEvidence(soakHealthKey(input))) ?? []);
  const identity = await loadCanaryIdentity(registration.canary.identitySecret);
  const samples = await Promise.all(dueChecks(checks, before, Date.now()).map((check) => checkEndpoint(check, registration, identity)));
  await writeEvidence(healthKey(input, 'endpoints'), samples);
  return { ran: samples.length };
}
