/** Baselines as items: small, the same again when read, and what is damaged or misplaced is told by its code. */
import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LARGEST_ITEM, packBaseline, packSamples, unpackBaseline, unpackSamples } from '../../adapters/dynamodb/baseline-items.ts';
import { type Baseline, emptyBaseline } from '../../core/baseline/baseline.ts';
import { learn } from '../../core/baseline/learn.ts';
import { BaselineMetric } from '../../core/baseline/metric.ts';
import type { BaselineSample } from '../../core/baseline/sample.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { at, weeksOf } from '../core/baseline/weeks.ts';

const OF = { environment: 'production', cluster: 'payments', node: 'i-0' } as const;
const samples: BaselineSample[] = BaselineMetric.options.flatMap((metric, i) =>
  weeksOf({ seed: 30 + i, hours: 168 * 8, metric }).map((one) => ({ ...one, values: { [metric]: (one.values[metric] ?? 0) / 1000 } })),
);
const baseline = learn(emptyBaseline('production', 'payments', 'i-0'), samples, at(168 * 8));
const json = (value: unknown): Uint8Array => deflateRawSync(JSON.stringify(value));

/** The code of what is thrown; anything but an error of ours fails the test. */
function codeOf(act: () => unknown): string {
  try {
    act();
    return 'nothing';
  } catch (error) {
    expect(error).toBeInstanceOf(RingwardError);
    return (error as RingwardError).code;
  }
}

test('eight weeks of all seven metrics of a node fit into an item with room to spare, and are the same again', () => {
  const packed = packBaseline(baseline);
  console.log(`a node’s baseline of eight weeks: ${packed.length} bytes`);
  expect(packed.length).toBeLessThan(LARGEST_ITEM / 2);
  const again = unpackBaseline(packed, OF);
  expect(Object.keys(again.metrics)).toEqual(BaselineMetric.options);
  const [before, after] = [baseline, again].map(({ metrics }) => metrics.throughput?.cells[40]?.[1] ?? 0);
  expect(Math.abs((before ?? 0) - (after ?? 1))).toBeLessThan(0.0001);
  expect(unpackBaseline(packBaseline(again), OF)).toEqual(again);
});

test('what is too large is not written: the version before stays', () => {
  const drifts = Array.from({ length: 4000 }, (_, i) => ({
    metric: 'cpu' as const,
    at: Math.random() * 1e13,
    since: Math.random() * 1e13,
    factor: i + 1,
  }));
  expect(codeOf(() => packBaseline({ ...baseline, drifts }))).toBe('BASELINE_TOO_LARGE');
});

test.each<[string, unknown, string]>([
  ['no bytes at all', undefined, 'BASELINE_UNREADABLE'],
  ['a text', '{}', 'BASELINE_UNREADABLE'],
  ['bytes that do not unpack', randomBytes(200), 'BASELINE_UNREADABLE'],
  ['a packed text that is no JSON', deflateRawSync('{"schema":1'), 'BASELINE_UNREADABLE'],
  ['a packed item that unpacks to more than memory should hold', deflateRawSync(Buffer.alloc(20_000_000, 32)), 'BASELINE_UNREADABLE'],
  ['another schema', json({ ...baseline, schema: 2 }), 'BASELINE_UNREADABLE'],
  [
    'a week of 167 hours',
    json({ ...baseline, metrics: { cpu: { ...baseline.metrics.cpu, cells: baseline.metrics.cpu?.cells.slice(1) } } }),
    'BASELINE_UNREADABLE',
  ],
  ['a negative weight', json({ ...baseline, metrics: { cpu: { ...baseline.metrics.cpu, residuals: [-1, 0, 0] } } }), 'BASELINE_UNREADABLE'],
  ['staging’s in production’s place', json({ ...baseline, environment: 'staging' }), 'BASELINE_OF_OTHER_ENVIRONMENT'],
  ['another cluster’s', json({ ...baseline, cluster: 'orders' }), 'BASELINE_OF_OTHER_CLUSTER'],
])('%s is refused by its code', (_, packed, code) => {
  expect(codeOf(() => unpackBaseline(packed, OF))).toBe(code);
});

test('property: whatever byte is damaged, the item is read as a baseline or refused by an error of ours', () => {
  const packed = packBaseline(baseline);
  fc.assert(
    fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), (place, by) => {
      const damaged = Uint8Array.from(packed);
      damaged[place] = (damaged[place] ?? 0) ^ by;
      let read: Baseline | null = null;
      const code = codeOf(() => {
        read = unpackBaseline(damaged, OF);
      });
      return code.startsWith('BASELINE_') || (code === 'nothing' && read !== null);
    }),
    { numRuns: 200, seed: 4 },
  );
});

test('samples come back as they were, and damaged ones are told', () => {
  expect(unpackSamples(packSamples(samples.slice(0, 400)), 'samples')).toHaveLength(400);
  expect(packSamples(samples.slice(0, 400)).length).toBeLessThan(LARGEST_ITEM);
  expect(codeOf(() => unpackSamples(json([{ at: 1, node: 'i-0', values: { cpu: -1 } }]), 'samples'))).toBe('BASELINE_UNREADABLE');
  expect(codeOf(() => unpackSamples(Buffer.from('x'), 'samples'))).toBe('BASELINE_UNREADABLE');
});
