/** What baselines are kept of. Everything is learnt on a logarithmic scale: a latency, a rate or a share moves by factors. */
import { z } from 'zod';

export const BaselineMetric = z.enum(['connection-time', 'query-time', 'throughput', 'error-rate', 'cpu', 'memory', 'network']);
export type BaselineMetric = z.infer<typeof BaselineMetric>;

interface MetricFacts {
  readonly unit: 'ms' | 'requests/s' | 'share' | 'bytes/s';
  /** Added before the logarithm, in the metric's unit: differences below it are no differences. */
  readonly least: number;
  /** Over a whole cluster, nodes add up or are averaged. */
  readonly ofCluster: 'sum' | 'mean';
  /** How it is gathered. */
  readonly how: string;
}

export const METRICS: Readonly<Record<BaselineMetric, MetricFacts>> = {
  'connection-time': { unit: 'ms', least: 0.1, ofCluster: 'mean', how: 'TCP connect to the end of the client’s fresh TLS handshake' },
  'query-time': { unit: 'ms', least: 0.1, ofCluster: 'mean', how: 'the canary’s read over CQL, without connecting' },
  throughput: { unit: 'requests/s', least: 1, ofCluster: 'sum', how: 'requests the node took as coordinator, by its own counters' },
  'error-rate': { unit: 'share', least: 0.0005, ofCluster: 'mean', how: 'of those requests timed out, unavailable or failed' },
  cpu: { unit: 'share', least: 0.005, ofCluster: 'mean', how: 'CPU time of the process, of all the host’s processors' },
  memory: { unit: 'share', least: 0.005, ofCluster: 'mean', how: 'heap in use right after a collection, of the largest heap' },
  network: { unit: 'bytes/s', least: 1024, ofCluster: 'sum', how: 'bytes in and out of the interfaces that the process sees' },
};

/** Stands for the whole cluster where a node is named. */
export const WHOLE_CLUSTER = '*';

export const toScale = (metric: BaselineMetric, value: number): number => Math.log(Math.max(0, value) + METRICS[metric].least);
export const fromScale = (metric: BaselineMetric, scaled: number): number => Math.max(0, Math.exp(scaled) - METRICS[metric].least);

/** A value with its unit, for people. */
export function written(metric: BaselineMetric, value: number): string {
  const { unit } = METRICS[metric];
  if (unit === 'share') return `${(value * 100).toFixed(metric === 'error-rate' ? 2 : 1)} %`;
  if (unit === 'bytes/s') return `${(value / 1024).toFixed(1)} KiB/s`;
  return `${value.toFixed(1)} ${unit}`;
}
