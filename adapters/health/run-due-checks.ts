/** Runs the due health checks of one place for one look, and keeps what they said. */
import type { Registration } from '../../core/cluster/registration.ts';
import { type HealthCheck, type HealthPlace, placesOf } from '../../core/health/health-check.ts';
import { dueChecks, type HealthSample, HealthSamples } from '../../core/health/health-sample.ts';
import { healthKey, type OfLook, soakHealthKey } from '../../core/observe/evidence-keys.ts';
import { healthOf } from '../../core/profile/health-in-force.ts';
import { loadRegistration } from '../dynamodb/clusters.ts';
import { readEvidence, writeEvidence } from '../s3/evidence.ts';

/** A check, and when no look waits for it any more, ms since the epoch. */
export type RunCheck = (check: HealthCheck, endsAt: number) => Promise<HealthSample>;

/** A look, and when it begins where the checks run in the pause before it (ISO 8601). */
export type LookToCome = OfLook & { readonly lookAgainAt?: string };

/** A check of another process, over the network, is answered no sooner. */
const LEAST_PAUSE_MS = 300;

/** @param prepare what is needed once to run any of them; not called where none is registered */
export async function runDueChecks(
  look: LookToCome,
  place: Exclude<HealthPlace, 'nodes'>,
  prepare: (registration: Registration) => Promise<RunCheck>,
): Promise<{ readonly ran: number }> {
  const registration = await loadRegistration(look.cluster);
  const checks = healthOf(registration).checks.filter((check) => placesOf(check).includes(place));
  if (checks.length === 0) return { ran: 0 };
  const endsAt = look.lookAgainAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(look.lookAgainAt);
  // What cannot be answered in so short a pause is not begun: it would only hide what is known already.
  if (endsAt - Date.now() < LEAST_PAUSE_MS) return { ran: 0 };
  const before = HealthSamples.parse((await readEvidence(soakHealthKey(look))) ?? []);
  const run = await prepare(registration);
  const samples = await Promise.all(dueChecks(checks, place, before, Date.now()).map((check) => run(check, endsAt)));
  await writeEvidence(healthKey(look, place), samples);
  return { ran: samples.length };
}
