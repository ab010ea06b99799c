/** The example that people copy is one that the intake takes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readStart } from '../../../core/intake/read-start.ts';

test('starting.json of the guide, once EventBridge has delivered it', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guide/deploy.md'), 'utf8');
  const [, json = ''] = /<!-- starting\.json -->\n```json\n([\s\S]*?)```/.exec(guide) ?? [];
  const [entry] = JSON.parse(json) as { Source: string; DetailType: string; Detail: string }[];
  const delivered = { source: entry?.Source, 'detail-type': entry?.DetailType, detail: JSON.parse(entry?.Detail ?? '') as unknown };
  expect(readStart(delivered, 0)).toMatchObject({
    kind: 'starting',
    detail: { cluster: 'payments', nodes: [{ node: 'i-0123456789abcdef0' }] },
  });
});
