/** Values of the five metrics, taken from the looks that are made anyway: no node is asked for a baseline's sake. */
import { z } from 'zod';
import { type LoadSample, loadBetween } from '../load/load-sample.ts';
import type { NodeObservation } from '../node/facts.ts';
import type { ClientObservation } from '../verify/client-observation.ts';
import { BaselineMetric, METRICS, WHOLE_CLUSTER } from './metric.ts';

export const BaselineSample = z.object({
  /** What the values are of, ms. */
  at: z.number(),
  /** Instance id, or `*` for the whole cluster. */
  node: z.string(),
  values: z.partialRecord(BaselineMetric, z.number().min(0)),
});
export type BaselineSample = z.infer<typeof BaselineSample>;

/** A mean over longer than this is of no hour of the day. */
export const LONGEST_INTERVAL_MS = 2 * 3_600_000;
/** Requests below which a share of errors is chance. */
const LEAST_REQUESTS = 20;

/** What was seen in one look. */
export interface SeenForBaseline {
  readonly observations: ReadonlyMap<string, NodeObservation>;
  readonly client: ClientObservation | null;
  /** The newest counters of each node before this look. */
  readonly before: ReadonlyMap<string, LoadSample>;
  /** Nodes that something proven is wrong with teach nothing. */
  readonly ill: ReadonlySet<string>;
  /** Every node of the cluster: sums are only of all of them. */
  readonly nodes: readonly string[];
}

/** Values of each node and of the whole cluster. Rates are of the middle of the time between two looks. */
export function samplesOf(seen: SeenForBaseline, at: number): BaselineSample[] {
  const well = seen.nodes.filter((node) => !seen.ill.has(node));
  const counted = well.flatMap((node) => countersOf(node, seen) ?? []);
  const probed = well.flatMap((node) => probesOf(node, seen.client, at) ?? []);
  return [...counted, ...probed, ...wholeCluster(counted, seen.nodes), ...wholeCluster(probed, seen.nodes)];
}

function countersOf(node: string, { observations, before }: SeenForBaseline): BaselineSample | null {
  const now = observations.get(node)?.load;
  const then = before.get(node);
  if (!now) return null;
  const memory = now.heapMax && now.heapAfterCollection !== undefined ? { memory: now.heapAfterCollection / now.heapMax } : {};
  const load = then && now.at - then.at <= LONGEST_INTERVAL_MS ? loadBetween(then, now) : null;
  if (load === null || !then) return Object.keys(memory).length > 0 ? { at: now.at, node, values: memory } : null;
  const requests = now.requests - then.requests;
  const values = {
    ...memory,
    throughput: load.throughput,
    ...(requests >= LEAST_REQUESTS ? { 'error-rate': Math.min(1, Math.max(0, load.errors) / requests) } : {}),
    ...(load.cpuShare === null ? {} : { cpu: Math.max(0, load.cpuShare) }),
    ...(load.networkBytes === null ? {} : { network: load.networkBytes }),
  };
  return { at: (then.at + now.at) / 2, node, values };
}

function probesOf(node: string, client: ClientObservation | null, at: number): BaselineSample | null {
  const wire = client?.wire.find((fact) => fact.node === node && fact.handshake === 'complete')?.ms;
  const read = client?.canary.find((fact) => fact.node === node && fact.connected)?.readMs;
  const values = { ...(wire === undefined ? {} : { 'connection-time': wire }), ...(read === undefined ? {} : { 'query-time': read }) };
  return Object.keys(values).length > 0 ? { at, node, values } : null;
}

/** A metric that not every node has a value of has none of the cluster: a sum without one node would look like a loss. */
function wholeCluster(samples: readonly BaselineSample[], nodes: readonly string[]): BaselineSample[] {
  const values: Partial<Record<BaselineMetric, number>> = {};
  for (const metric of BaselineMetric.options) {
    const known = samples.flatMap((sample) => sample.values[metric] ?? []);
    if (known.length === 0 || known.length < nodes.length) continue;
    const sum = known.reduce((all, one) => all + one, 0);
    values[metric] = METRICS[metric].ofCluster === 'sum' ? sum : sum / known.length;
  }
  const at = samples.reduce((all, one) => all + one.at, 0) / samples.length;
  return Object.keys(values).length > 0 ? [{ at, node: WHOLE_CLUSTER, values }] : [];
}
