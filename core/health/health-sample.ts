/** One run of a health check, and how the runs of one place are kept as evidence. */
import { z } from 'zod';

export const HealthSample = z.object({
  check: z.string(),
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

/** Samples that are kept of each check between deployments. */
const KEPT = 20;

export function withHealth(history: readonly HealthSample[], added: readonly HealthSample[], kept = KEPT): HealthSample[] {
  const all = [...history, ...added].toSorted((a, b) => a.at - b.at);
  const names = [...new Set(all.map(({ check }) => check))];
  return names.flatMap((name) => all.filter(({ check }) => check === name).slice(-kept));
}

/** Checks whose pause is over; the first run is always due, and one that could not be made again at once. A window may come a little early. */
export function dueChecks<T extends { readonly name: string; readonly intervalSeconds: number }>(
  checks: readonly T[],
  before: readonly HealthSample[],
  now: number,
): T[] {
  const last = (name: string): number =>
    Math.max(...before.filter(({ check, outcome }) => check === name && outcome !== 'unknown').map(({ at }) => at));
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

/** One sample a check from all places of one look: where two places answer for the same check, the worse one counts. */
export function ofOneLook(samples: readonly HealthSample[]): HealthSample[] {
  const badness = { passed: 0, unknown: 1, failed: 2 } as const;
  const worst = new Map<string, HealthSample>();
  for (const sample of samples) {
    const known = worst.get(sample.check);
    if (!known || badness[sample.outcome] > badness[known.outcome]) worst.set(sample.check, sample);
  }
  return [...worst.values()];
}
