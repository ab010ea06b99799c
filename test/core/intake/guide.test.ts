/** The example that people copy is one that the intake takes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Health, HealthCheck } from '../../../core/health/health-check.ts';
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

test('the example of docs/guide/health-checks.md is a health section that can be registered, and shows every kind', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guide/health-checks.md'), 'utf8');
  const { health } = parse(/```yaml\n(health:[\s\S]*?)```/.exec(guide)?.[1] ?? '') as { health: unknown };
  const { checks } = Health.parse(health);
  const kinds = HealthCheck.options.map((option) => option.shape.kind.value);
  expect(new Set(checks.map(({ kind }) => kind))).toEqual(new Set(kinds));
});
