/** Runs the due health checks of one place for one look, and keeps what they said. */
import { policyFor } from '../../core/breaker/breaker.ts';
import type { Registration } from '../../core/cluster/registration.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { type HealthCheck, type HealthPlace, placesOf } from '../../core/health/health-check.ts';
import { dueChecks, type HealthSample, HealthSamples, notRun } from '../../core/health/health-sample.ts';
import { healthKey, type OfLook, soakHealthKey } from '../../core/observe/evidence-keys.ts';
import { healthOf } from '../../core/profile/health-in-force.ts';
import { ask } from '../dynamodb/breakers.ts';
import { loadRegistration } from '../dynamodb/clusters.ts';
import { readEvidence, writeEvidence } from '../s3/evidence.ts';
import { CUT_SHORT } from './run-check.ts';

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
  if (endsAt - Date.now() < LEAST_PAUSE_MS) {
    // Said, since a place that leaves nothing behind makes its checks unknown.
    await writeEvidence(healthKey(look, place), []);
    return { ran: 0 };
  }
  const before = HealthSamples.parse((await readEvidence(soakHealthKey(look))) ?? []);
  const due = dueChecks(checks, place, before, Date.now());
  const asking = { cluster: look.cluster, source: place, policy: policyFor(place, registration.nodes.length) };
  const runAll = async (): Promise<HealthSample[]> => {
    const run = await prepare(registration);
    return Promise.all(due.map((check) => run(check, endsAt)));
  };
  // Where nothing is asked, nothing is learnt of the place either.
  const samples =
    due.length === 0
      ? []
      : await ask(asking, runAll, { failed: (made) => nothingCouldBeAsked(made, checks) }).catch((error: unknown) =>
          whenBroken(due, error),
        );
  await writeEvidence(healthKey(look, place), samples);
  return { ran: samples.length };
}

/**
 * One check that could not be made is that check's own trouble, whichever others were due with it: only where all of a place's checks
 * were asked, and none could be made, the place is broken. What the pause cut short tells of neither.
 */
export function nothingCouldBeAsked(samples: readonly HealthSample[], registered: readonly HealthCheck[]): string | null {
  const [first] = samples;
  if (!first || registered.length < 2 || samples.length < registered.length) return null;
  return samples.every(({ outcome, observed }) => outcome === 'unknown' && observed !== CUT_SHORT.observed) ? first.observed : null;
}

/** Checks of a place that is not asked are unknown, and say why. */
function whenBroken(due: readonly HealthCheck[], error: unknown): HealthSample[] {
  if (!(error instanceof RingwardError && error.code === 'SOURCE_BROKEN')) throw error;
  return notRun(due, Date.now(), error.message);
}
