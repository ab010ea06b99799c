/** A baseline as it lies in an item: JSON, packed, at most 64 KiB, so that a cluster's are read in one query. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Baseline } from '../../core/baseline/baseline.ts';
import { BaselineSample } from '../../core/baseline/sample.ts';
import type { Environment } from '../../core/cluster/environment.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';

export const LARGEST_ITEM = 65_536;
/** What an item may unpack to: a damaged or hostile one must not fill the memory. */
const LARGEST_UNPACKED = 4 * 1024 * 1024;

/** Four digits after the point are a ten-thousandth of a value on the logarithmic scale. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Math.round(value * 10_000) / 10_000 : value;

/** Throws BASELINE_TOO_LARGE. */
export function packBaseline(baseline: Baseline): Uint8Array {
  const packed = deflateRawSync(JSON.stringify(baseline, rounded));
  if (packed.length > LARGEST_ITEM)
    throw new RingwardError('BASELINE_TOO_LARGE', {
      field: 'node',
      value: baseline.node,
      message: `The baseline of ${baseline.node} takes ${packed.length} bytes of at most ${LARGEST_ITEM}.`,
    });
  return packed;
}

/** Throws BASELINE_UNREADABLE, or BASELINE_OF_OTHER_ENVIRONMENT for an item that was put into another one's place. */
export function unpackBaseline<E extends Environment>(packed: unknown, of: { environment: E; cluster: string; node: string }): Baseline<E> {
  const value = unpack(packed, `${of.environment} ${of.cluster} ${of.node}`);
  const parsed = Baseline.safeParse(value);
  if (!parsed.success) throw unreadable(`${of.environment} ${of.cluster} ${of.node}`, parsed.error.issues[0]?.message);
  const { environment, cluster, node } = parsed.data;
  if (environment !== of.environment)
    throw new RingwardError('BASELINE_OF_OTHER_ENVIRONMENT', { field: 'environment', value: `${environment} ${cluster} ${node}` });
  if (cluster !== of.cluster)
    throw new RingwardError('BASELINE_OF_OTHER_CLUSTER', { field: 'cluster', value: `${environment} ${cluster} ${node}` });
  return parsed.data as Baseline<E>;
}

export const packSamples = (samples: readonly BaselineSample[]): Uint8Array => deflateRawSync(JSON.stringify(samples, rounded));

/** Throws BASELINE_UNREADABLE. */
export function unpackSamples(packed: unknown, named: string): BaselineSample[] {
  const parsed = BaselineSample.array().safeParse(unpack(packed, named));
  if (!parsed.success) throw unreadable(named, parsed.error.issues[0]?.message);
  return parsed.data;
}

function unpack(packed: unknown, named: string): unknown {
  try {
    if (!(packed instanceof Uint8Array)) throw new Error('it holds no bytes');
    return JSON.parse(inflateRawSync(packed, { maxOutputLength: LARGEST_UNPACKED }).toString('utf8'));
  } catch (cause) {
    throw unreadable(named, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

const unreadable = (named: string, why = 'it does not fit its schema', cause?: unknown): RingwardError =>
  new RingwardError('BASELINE_UNREADABLE', {
    field: 'item',
    value: named,
    message: `The stored item of ${named} cannot be read: ${why}.`,
    cause,
  });
