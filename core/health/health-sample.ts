/** One run of a health check, and how the runs of one place are kept as evidence. */
import { z } from 'zod';
import type { HealthPlace } from './health-check.ts';

export const HealthSample = z.object({
  check: z.string(),
  /** Who asked. Samples that were stored before places were told have none. */
  place: z.enum(['endpoints', 'services', 'nodes']).optional(),
  /** `unknown`: Ringward could not ask, which says nothing of what was to be asked. */
  outcome: z.enum(['passed', 'failed', 'unknown']),
  /** In words, secrets taken out. */
  observed: z.string(),
  /** When it ended, by the clock of whoever asked, ms. */
  at: z.number(),
  /** Of its last attempt. */
  ms: z.number(),
  attempts: z.int().min(1),
});
export type HealthSample = z.infer<typeof HealthSample>;

/** Runs so far, oldest first. */
export const HealthSamples = z.array(HealthSample);

/** Samples that are kept of each check and place between deployments. */
const KEPT = 20;

/** Each place keeps its own: one that is asked often must not push out what another said. */
export function withHealth(history: readonly HealthSample[], added: readonly HealthSample[], kept = KEPT): HealthSample[] {
  const all = [...history, ...added].toSorted((a, b) => a.at - b.at);
  const runs = Map.groupBy(all, ({ check, place = '' }) => `${place} ${check}`);
  return [...runs.values()].flatMap((ofOne) => ofOne.slice(-kept)).toSorted((a, b) => a.at - b.at);
}

/**
 * Checks whose pause is over at a place; the first run there is always due, and one that could not be made again at once. A window
 * may come a little early. What another place said of the same check is no run here.
 */
export function dueChecks<T extends { readonly name: string; readonly intervalSeconds: number }>(
  checks: readonly T[],
  place: HealthPlace,
  before: readonly HealthSample[],
  now: number,
): T[] {
  const here = before.filter((sample) => sample.outcome !== 'unknown' && (sample.place ?? place) === place);
  const last = (name: string): number => Math.max(...here.filter(({ check }) => check === name).map(({ at }) => at));
  return checks.filter(({ name, intervalSeconds }) => now - last(name) >= intervalSeconds * 950);
}

/** Samples of checks whose runner did not come back: missing evidence is unknown. */
export function notRun(checks: readonly { readonly name: string }[], now: number, observed = 'Ringward could not run it'): HealthSample[] {
  return checks.map(({ name }) => ({
    check: name,
    outcome: 'unknown',
    observed,
    at: now,
    ms: 0,
    attempts: 1,
  }));
}

/** What a place said, each sample with that place. */
export function saidBy(place: HealthPlace, samples: readonly HealthSample[]): HealthSample[] {
  return samples.map((sample) => ({ ...sample, place }));
}
