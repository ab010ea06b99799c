import { expect, test } from 'vitest';
import { lookAtKey, looksFolder, nodesKey, planKey, verificationsKey } from '../../../core/observe/evidence-keys.ts';

const of = { cluster: 'payments', deployment: 'd-1', epoch: 12 };

test.each(['deployed', 'old'] as const)(
  'the conclusions of a look (%s) are found again by their key, with the epoch that looked',
  (purpose) => {
    const key = verificationsKey({ ...of, purpose, window: 3, occasion: '0a1b2c3d' });
    expect(key.startsWith(looksFolder(of))).toBe(true);
    expect(lookAtKey(key)).toEqual({ epoch: 12, purpose, window: 3 });
  },
);

test('other evidence of the deployment is no look', () => {
  expect([planKey(of), nodesKey(of, 'hot-12.0')].map(lookAtKey)).toEqual([null, null]);
});
