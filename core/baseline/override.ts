/** A person's own value in place of a learnt one: named, approved, and over by itself. */
import { z } from 'zod';
import { Environment } from '../cluster/environment.ts';
import { RingwardError } from '../errors/catalogue.ts';
import { parseOrExplain } from '../errors/from-schema.ts';
import { BaselineMetric, WHOLE_CLUSTER, written } from './metric.ts';

/** Longer than this nobody can know a load beforehand. */
export const LONGEST_OVERRIDE_MS = 30 * 86_400_000;

const said = z.string().trim().min(3, 'at least 3 characters').max(500);

export const BaselineOverride = z.strictObject({
  environment: Environment,
  cluster: z.string().min(1),
  /** Instance id, or `*` for every node that has none of its own. */
  node: z.string().min(1),
  metric: BaselineMetric,
  /** In the metric's unit; shares from 0 to 1. */
  value: z.number().min(0).max(1e12),
  reason: said,
  /** Who approved it. */
  approver: said,
  /** Who set it. */
  requestedBy: z.string().min(1).max(200),
  from: z.number().int().positive(),
  expiresAt: z.number().int().positive(),
});
export type BaselineOverride = z.infer<typeof BaselineOverride>;

/** Throws FIELD_INVALID with field, value and fix: also when it would be over already, or last for too long. */
export function readOverride(input: unknown): BaselineOverride {
  const override = parseOrExplain(BaselineOverride, input, 'override of a baseline');
  const { from, expiresAt } = override;
  const refuse = (message: string, fix: string): never => {
    throw new RingwardError('FIELD_INVALID', { message, field: 'expiresAt', value: new Date(expiresAt).toISOString(), fix });
  };
  if (expiresAt <= from) refuse('The override would be over before it begins.', 'Give a time to come.');
  if (expiresAt - from > LONGEST_OVERRIDE_MS) refuse('The override would last for too long.', 'At most 30 days; set it again then.');
  return override;
}

const isInForce = ({ from, expiresAt }: BaselineOverride, at: number): boolean => from <= at && at < expiresAt;

/** The override that holds for this node and metric: its own before the one of every node. A newer one takes the place of an older for good. */
export function overrideOf(
  overrides: readonly BaselineOverride[],
  node: string,
  metric: BaselineMetric,
  at: number,
): BaselineOverride | null {
  const begun = overrides.filter((one) => one.metric === metric && one.from <= at).toSorted((a, b) => b.from - a.from);
  const newest = [node, WHOLE_CLUSTER].map((named) => begun.find((one) => one.node === named));
  return newest.find((one) => one !== undefined && isInForce(one, at)) ?? null;
}

/** Every one that holds at a moment. */
export const inForce = (overrides: readonly BaselineOverride[], at: number): BaselineOverride[] =>
  overrides.filter((one) => overrideOf(overrides, one.node, one.metric, at) === one);

/** One line, wherever a value of it is used. */
export function overrideSentence({ metric, value, reason, approver, requestedBy, expiresAt, node }: BaselineOverride): string {
  const where = node === WHOLE_CLUSTER ? 'every node' : node;
  return `override of ${metric} for ${where}: ${written(metric, value)}, by ${requestedBy}, approved by ${approver}, until ${new Date(expiresAt).toISOString()}: ${reason}`;
}
