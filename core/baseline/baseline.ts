/** A learnt baseline: per environment, cluster and node (or the whole cluster), every metric with its weekly pattern. */
import { z } from 'zod';
import { Environment } from '../cluster/environment.ts';
import { BaselineDrift, DayResiduals } from './drift.ts';
import { BaselineMetric } from './metric.ts';
import { HOURS_OF_WEEK } from './season.ts';
import { Sketch } from './sketch.ts';
import { Summary } from './summary.ts';

/** Weights halve in this time. */
export const HALF_LIFE_MS = 28 * 86_400_000;
/** Without a value for a whole week, nothing of the present week's pattern is in it: it is stale. */
export const STALE_AFTER_MS = 7 * 86_400_000;
/** Versions before the present one are kept for this long. */
export const KEPT_MS = 56 * 86_400_000;

/** One metric: what is known of each hour of the week, and how far off its predictions were. Logarithms throughout. */
export const MetricBaseline = z.object({
  cells: z.array(Summary).length(HOURS_OF_WEEK),
  /** Values less what was expected of them before they were learnt. */
  residuals: Summary,
  sketch: Sketch,
  days: z.array(DayResiduals).max(60),
  /** Times of the oldest and newest value (ms), and how many there were ever. */
  first: z.number(),
  newest: z.number(),
  count: z.number().int().min(0),
});
export type MetricBaseline = z.infer<typeof MetricBaseline>;

const BaselineOf = z.object({
  schema: z.literal(1),
  environment: Environment,
  cluster: z.string().min(1),
  /** Instance id, or `*` for the whole cluster. */
  node: z.string().min(1),
  /** Each run that learns makes the next. */
  version: z.number().int().min(0),
  learnedAt: z.number(),
  /** Values up to here are in it (ms); a run that is repeated learns none twice. */
  learnedUntil: z.number(),
  metrics: z.partialRecord(BaselineMetric, MetricBaseline),
  /** Of the last eight weeks. */
  drifts: z.array(BaselineDrift),
});

/** The type says which environment it is of, so that another one's cannot be handed in where the compiler looks. */
export type Baseline<E extends Environment = Environment> = z.infer<typeof BaselineOf> & { readonly environment: E };
export const Baseline: z.ZodType<Baseline> = BaselineOf;

/** One node that nothing is known of yet. */
export function emptyBaseline<E extends Environment>(environment: E, cluster: string, node: string): Baseline<E> {
  return { schema: 1, environment, cluster, node, version: 0, learnedAt: 0, learnedUntil: 0, metrics: {}, drifts: [] };
}
