/** How often healthy deployments are told to be unusual, and how seldom unusual ones are not: the figures that the guide states. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isTold } from '../../core/anomaly/unusual.ts';
import { historyOf, type Wrong, watch } from '../core/anomaly/healthy.ts';

const page = readFileSync(new URL('../../docs/guide/decision-points.md', import.meta.url), 'utf8');
const HEALTHY = 2000;
const WRONG = 300;
/** The longest soak of production with something unusual: 180 s and half of it. */
const WINDOWS = 54;
const SEED = 20261125;

test('the rate of false alarms, and what is found, are as the guide states', { timeout: 600_000 }, () => {
  const histories = Array.from({ length: 20 }, (_, i) => historyOf(SEED + i));
  const share = (deployments: number, wrong: Wrong = {}): number => {
    const told = Array.from({ length: deployments }, (_, i) =>
      watch(histories[i % histories.length] as (typeof histories)[number], SEED + 1000 + i, WINDOWS, wrong).some(isTold),
    );
    return (100 * told.filter(Boolean).length) / deployments;
  };
  const measured: readonly (readonly [string, number])[] = [
    ['healthy', share(HEALTHY)],
    ['connections three times as slow', share(WRONG, { connection: 3 })],
    ['answers of health checks three times as slow', share(WRONG, { answers: 3 })],
    ['three times the CPU', share(WRONG, { cpu: 3 })],
    ['twenty times the errors', share(WRONG, { errors: 20 })],
  ];
  for (const [kind, percent] of measured) console.info(`${kind}: ${percent.toFixed(1)} % of deployments told to be unusual`);
  for (const [kind, percent] of measured) {
    const [, stated] = new RegExp(`\\| ${kind} \\| (\\d+\\.\\d) % \\|`).exec(page) ?? [];
    expect(Math.abs(Number(stated) - percent), `${kind}: ${percent.toFixed(1)} %, and the guide states ${stated}`).toBeLessThan(0.15);
  }
});
