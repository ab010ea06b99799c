/** A run that learns: once and no more, node by node, and what cannot be read is learnt anew. */
import { expect, test } from 'vitest';
import { type Baseline, KEPT_MS } from '../../../core/baseline/baseline.ts';
import { nextVersions, type ToLearn, wantedSince } from '../../../core/baseline/next-versions.ts';
import { at, weeksOf } from './weeks.ts';

const DAY = 86_400_000;
const samples = [...weeksOf({ seed: 1, hours: 168 * 2 }), ...weeksOf({ seed: 2, hours: 168 * 2, node: '*', metric: 'cpu' })];
const run = (bent: Partial<ToLearn<'production'>> = {}) =>
  nextVersions<'production'>({
    environment: 'production',
    cluster: 'payments',
    names: ['i-0', 'i-1', '*'],
    versions: [],
    unreadable: [],
    samples,
    at: at(168 * 2),
    ...bent,
  });

test('each node that has something new gets its next version; one without any gets none', () => {
  const first = run();
  expect(first.learnt.map(({ node, version, environment }) => [node, version, environment])).toEqual([
    ['i-0', 1, 'production'],
    ['*', 1, 'production'],
  ]);
  expect(first.samples).toBe(samples.length);
});

test('the same run twice learns nothing twice; after a crash between two nodes, the other one alone', () => {
  const { learnt } = run();
  expect(run({ versions: learnt })).toMatchObject({ learnt: [], samples: 0 });
  const [saved, lost] = learnt;
  expect(run({ versions: [saved as Baseline<'production'>] }).learnt).toEqual([lost]);
});

test('an item that cannot be read is learnt anew, from all samples that are kept, under the next version', () => {
  const { learnt } = run({ unreadable: [{ kind: 'baseline', node: 'i-0', version: 41 }] });
  const { version, ...rest } = learnt[0] as Baseline;
  const { version: first, ...same } = run().learnt[0] as Baseline;
  expect([version, first]).toEqual([42, 1]);
  expect(rest).toEqual(same);
  expect(wantedSince({ versions: run().learnt, unreadable: [{ kind: 'baseline', node: 'i-0', version: 41 }] })).toBe(0);
  expect(wantedSince({ versions: run().learnt, unreadable: [] })).toBe(at(168 * 2) - 2 * DAY);
  const override = { kind: 'override', node: 'override#cpu#*#1', version: 0 } as const;
  expect(wantedSince({ versions: run().learnt, unreadable: [override] })).toBe(at(168 * 2) - 2 * DAY);
});

test('a drift is told in the run that notices it, and not again; it is forgotten after eight weeks', () => {
  const moved = weeksOf({ seed: 3, hours: 168 * 8, shift: { from: 168 * 6 + 48, factor: 2 } });
  let known: readonly Baseline<'production'>[] = [];
  const told: number[] = [];
  for (let day = 1; day <= 7 * 8; day += 1) {
    const { learnt, drifts } = run({ names: ['i-0'], versions: known, samples: moved, at: at(day * 24) });
    if (learnt.length > 0) known = learnt;
    if (drifts.length > 0) told.push(day);
  }
  expect(told).toHaveLength(1);
  expect(known[0]?.drifts).toHaveLength(1);
  const later = { at: at(168 * 8) + KEPT_MS, node: 'i-0', values: { throughput: 200 } };
  expect(run({ names: ['i-0'], versions: known, samples: [later], at: later.at }).learnt[0]?.drifts).toEqual([]);
});

test('what has had no value for a week is told as stale', () => {
  const [known] = run().learnt;
  const quiet = { at: at(168 * 2) + 8 * DAY, node: 'i-0', values: { cpu: 0.2 } };
  const { stale } = run({ names: ['i-0'], versions: [known as Baseline<'production'>], samples: [quiet], at: quiet.at });
  expect(stale).toMatchObject([{ node: 'i-0', metric: 'throughput' }]);
});

test('samples of times to come are left for then', () => {
  const { learnt } = run({ samples: [{ at: at(168 * 3), node: 'i-0', values: { throughput: 1 } }] });
  expect(learnt).toEqual([]);
});
