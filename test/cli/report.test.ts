import { describe, expect, test } from 'vitest';
import type { Report } from '../../core/report/model.ts';
import { NODES, record, START, verdict, World } from './world.ts';

const report = (outcome: Report['outcome']): Report => ({
  schema: 1,
  cluster: 'payments',
  environment: 'production',
  deployment: 'd-1',
  change: 'leaf-renewal',
  activation: 'reload',
  requestedBy: 'pipeline',
  epoch: 2,
  outcome,
  verdict: verdict('roll-back', 'the leaf is expired'),
  startedAt: START,
  completedAt: START,
  decidedAt: START + 2100,
  rolledBackAt: START + 7000,
  reportedAt: START + 8000,
  detectMs: 2100,
  rollbackMs: 7000,
  nodes: [
    {
      node: NODES[0],
      address: '10.0.1.1',
      before: 'SHA256:aa',
      deployed: 'SHA256:bb',
      after: 'SHA256:aa',
      outcome: 'old-verified',
      way: 'hot',
    },
  ],
  plan: null,
  verifications: [],
  timeline: [],
  nextStep: 'Find out why.',
});

function world(outcome: Report['outcome'] = 'rolled-back'): World {
  const one = new World();
  one.records = [record('rolled-back')];
  one.reports.set('json', JSON.stringify(report(outcome))).set('html', '<!doctype html>');
  return one;
}

describe('the outcome is the exit code', () => {
  test.each([
    ['kept', 0],
    ['held', 2],
    ['refused', 2],
    ['rolled-back', 3],
    ['handed-over', 4],
  ] as const)('%s ends %i', async (outcome, exit) => {
    const one = world(outcome);
    expect(await one.run('report', '--cluster', 'payments', '-o', 'json')).toBe(exit);
    expect(JSON.parse(one.out)).toEqual(report(outcome));
  });
});

test('for a person: verdict, reason, nodes and the next step', async () => {
  const one = world();
  await one.run('report', '--cluster', 'payments');
  for (const told of ['the leaf is expired', NODES[0], 'SHA256:aa', 'Find out why.']) expect(one.out).toContain(told);
});

test('--save writes the page', async () => {
  const one = world();
  expect(await one.run('report', '--cluster', 'payments', '--save', 'r.html')).toBe(3);
  expect(one.files.get('r.html')).toBe('<!doctype html>');
});

test('a report that is not written yet is told with what to follow', async () => {
  const one = new World();
  one.records = [record('verifying')];
  expect(await one.run('report', '--cluster', 'payments')).toBe(1);
  expect(one.err).toContain('There is no report of d-1 yet: it is verifying.');
  expect(one.err).toContain('-w');
});

test('a value from an event cannot steer the terminal', async () => {
  const one = new World();
  const ESCAPE = '\u001b';
  one.records = [record('kept', { detail: { ...record('kept').detail, requestedBy: `eve${ESCAPE}]0;owned\u0007${ESCAPE}[2J` } })];
  await one.run('status');
  expect(one.out).not.toContain(ESCAPE);
  expect(one.out).not.toContain('\u0007');
  expect(one.out).toContain('eve');
});
