/** Runs the health checks that ask AWS: load balancers, metrics, and functions and documents of the operator's own. */
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { checkService } from '../../adapters/health/services.ts';
import { readEvidence, writeEvidence } from '../../adapters/s3/evidence.ts';
import { placesOf } from '../../core/health/health-check.ts';
import { dueChecks, HealthSamples } from '../../core/health/health-sample.ts';
import { healthKey, type Look, soakHealthKey } from '../../core/observe/evidence-keys.ts';

type Input = Look & { readonly cluster: string; readonly deployment: string; readonly epoch: number };

export async function handler(input: Input): Promise<{ readonly ran: number }> {
  const registration = await loadRegistration(input.cluster);
  const checks = registration.health.checks.filter((check) => placesOf(check).includes('services'));
  if (checks.length === 0) return { ran: 0 };
  const before = HealthSamples.parse((await readEvidence(soakHealthKey(input))) ?? []);
  const samples = await Promise.all(dueChecks(checks, before, Date.now()).map((check) => checkService(check, input)));
  await writeEvidence(healthKey(input, 'services'), samples);
  return { ran: samples.length };
}
