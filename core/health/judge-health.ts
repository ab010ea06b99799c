/**
 * What the health checks say of a cluster now, held against how they were before the deployment.
 *
 * A check that failed before is told and not blamed on the deployment. Any other that does not pass keeps a deployment from being
 * kept, by its weight; by itself none rolls one back.
 */
import { z } from 'zod';
import { median } from '../statistics/statistics.ts';
import { type Health, type HealthCheck, isJudgedByNodes, placesOf } from './health-check.ts';
import type { HealthSample } from './health-sample.ts';

export const HealthResult = z.object({
  check: z.string(),
  kind: z.string(),
  outcome: z.enum(['passed', 'failed', 'unknown']),
  /** The newest run before the deployment; unknown where there was none. */
  before: z.enum(['passed', 'failed', 'unknown']),
  weight: z.number(),
  observed: z.string(),
  /** Since when every run has ended like this, ms. */
  since: z.number().nullable(),
  /** The newest run that ended like this, ms; standings stored before this was kept lack it. */
  seenAt: z.number().optional(),
  runs: z.number().int(),
  failures: z.number().int(),
  /** Something out of the ordinary that is no failure. */
  unusual: z.string().optional(),
  /** The profile requires it: it must pass, whatever the score and however it was before. */
  required: z.boolean().optional(),
});
export type HealthResult = z.infer<typeof HealthResult>;

export const HealthStanding = z.object({
  results: z.array(HealthResult),
  /** Share of the weight that is well, of the checks that were not bad before; 1 where nothing weighs. */
  score: z.number(),
  leastScore: z.number(),
  /** Kinds that the profile requires and of which no check is registered: silence is no evidence (I8). */
  missing: z.array(z.string()).optional(),
  well: z.boolean(),
});
export type HealthStanding = z.infer<typeof HealthStanding>;

/**
 * @param before runs before the deployment, oldest first @param during runs since its activation, oldest first
 * @param required kinds of which there must be a check, and every one must pass
 */
export function judgeHealth(
  health: Health,
  before: readonly HealthSample[],
  during: readonly HealthSample[],
  required: readonly string[] = [],
): HealthStanding {
  const results = health.checks.map((check): HealthResult => {
    const result = judgeOne(check, of(check, before), of(check, during));
    return required.includes(check.kind) ? { ...result, required: true } : result;
  });
  const missing = required.filter((kind) => !health.checks.some((check) => check.kind === kind));
  const counted = results.filter((one) => one.before !== 'failed');
  const total = sum(counted);
  const score = total === 0 ? 1 : sum(counted.filter(({ outcome }) => outcome === 'passed')) / total;
  const needed = results.every((one) => one.required !== true || one.outcome === 'passed');
  return {
    results,
    score,
    leastScore: health.leastScore,
    ...(missing.length > 0 ? { missing } : {}),
    well: score >= health.leastScore && needed && missing.length === 0,
  };
}

const of = ({ name }: HealthCheck, samples: readonly HealthSample[]): HealthSample[] => samples.filter(({ check }) => check === name);
const sum = (results: readonly HealthResult[]): number => results.reduce((total, { weight }) => total + weight, 0);

function judgeOne(check: HealthCheck, before: readonly HealthSample[], during: readonly HealthSample[]): HealthResult {
  // Since when the outcome is what it is: it may change with the sample of any place.
  let [outcome, since]: [HealthResult['outcome'], number | null] = ['unknown', null];
  for (const [i, { at }] of during.entries()) {
    const then = standingOf(check, during.slice(0, i + 1)).outcome;
    if (then !== outcome || since === null) [outcome, since] = [then, at];
  }
  const seenAt = during.findLast((sample) => sample.outcome === outcome)?.at;
  const unusual = unusualTime(before, during);
  return {
    check: check.name,
    kind: check.kind,
    outcome,
    before: before.length === 0 ? 'unknown' : standingOf(check, before).outcome,
    weight: check.weight,
    observed: standingOf(check, during).observed,
    since,
    ...(seenAt !== undefined && { seenAt }),
    runs: during.length,
    failures: during.filter((sample) => sample.outcome === 'failed').length,
    ...(unusual && { unusual }),
  };
}

const BADNESS = { passed: 0, unknown: 1, failed: 2 } as const;

/** The worst of the newest sample of each place that answers for the check: what one place finds well is no answer of another. */
function standingOf(check: HealthCheck, samples: readonly HealthSample[]): Pick<HealthSample, 'outcome' | 'observed'> {
  const placed = samples.some(({ place }) => place !== undefined);
  const newest = placesOf(check).map((place) => samples.findLast((sample) => sample.place === (placed ? place : undefined)));
  const stood = newest.map((sample) => sample ?? ({ outcome: 'unknown', observed: 'it was not run' } as const));
  return stood.reduce((worst, one) => (BADNESS[one.outcome] > BADNESS[worst.outcome] ? one : worst));
}

/** Runs before the deployment that say what is usual, at least. */
const LEAST_USUAL = 5;
/** Deviations from the usual that are out of the ordinary (scaled MAD). */
const UNUSUAL_DEVIATIONS = 6;

/** An answer that takes far longer than it used to: at least twice as long, and far outside of how it varied. Reports of nodes are no answers. */
function unusualTime(before: readonly HealthSample[], during: readonly HealthSample[]): string | undefined {
  const times = (samples: readonly HealthSample[]): number[] =>
    samples.filter(({ outcome, place }) => outcome === 'passed' && place !== 'nodes').map(({ ms }) => ms);
  const usual = times(before);
  const now = times(during).slice(-3);
  if (usual.length < LEAST_USUAL || now.length < 3) return undefined;
  const middle = median(usual);
  // 1.4826 makes the median of deviations that of a normal distribution; below 1 ms clocks vary more than answers.
  const spread = Math.max(1, 1.4826 * median(usual.map((ms) => Math.abs(ms - middle))));
  const seen = median(now);
  if (seen < 2 * middle || seen - middle < UNUSUAL_DEVIATIONS * spread) return undefined;
  return `answers in ${Math.round(seen)} ms, usually in ${Math.round(middle)} ms`;
}

/** `name (what was observed)` of what keeps a deployment from being kept; empty when all is well. */
export function healthOpen(standing: HealthStanding): string[] {
  const missing = (standing.missing ?? []).map(
    (kind) => `health check of the kind ${kind} (the profile requires one, and none is registered)`,
  );
  return [...keepsOpen(standing).map(({ check, observed }) => `health check ${check} (${observed})`), ...missing];
}

/** A look at the nodes is what could show it well again: the check is judged by what they tell. */
export function healthOpenAtNodes(standing: HealthStanding): boolean {
  return keepsOpen(standing).some(({ kind }) => isJudgedByNodes(kind));
}

function keepsOpen({ results, score, leastScore }: HealthStanding): readonly HealthResult[] {
  return results.filter(({ outcome, before, weight, required }) => {
    const counts = score < leastScore && before !== 'failed' && weight > 0;
    return outcome !== 'passed' && (required === true || counts);
  });
}
