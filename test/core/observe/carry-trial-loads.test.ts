import { expect, test } from 'vitest';
import type { NodeObservation } from '../../../core/node/facts.ts';
import { carryTrialLoads } from '../../../core/observe/carry-trial-loads.ts';
import { ring, target } from '../../fixtures/failure-cases.ts';

const tried = ring().observations.get(target) as NodeObservation;
const untried: NodeObservation = { ...tried, at: tried.at + 60_000, stores: tried.stores.map(({ loads: _, jvm: __, ...store }) => store) };

test('unchanged files load as they did', () => {
  expect(carryTrialLoads(untried, tried)).toEqual({ ...tried, at: untried.at });
});

test('a file that changed, or another JDK: nothing is carried, so it is unknown', () => {
  const changed = { ...untried, files: untried.files.map((file, i) => (i === 0 ? { ...file, sha256: 'f'.repeat(64) } : file)) };
  expect(carryTrialLoads(changed, tried)).toBe(changed);
  const upgraded = { ...untried, java: '21.0.9' };
  expect(carryTrialLoads(upgraded, tried)).toBe(upgraded);
});

test('a store of which no hash is known is never carried', () => {
  const unhashed = (from: NodeObservation): NodeObservation => ({ ...from, files: [] });
  expect(carryTrialLoads(unhashed(untried), unhashed(tried)).stores).toEqual(untried.stores);
});

test('what was tried now is never replaced by what was tried before', () => {
  const broken = { ...tried, stores: tried.stores.map((store) => ({ ...store, loads: false })) };
  expect(carryTrialLoads(broken, tried).stores.every(({ loads }) => loads === false)).toBe(true);
});
