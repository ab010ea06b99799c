/** docs/guide/profiles.md states numbers, checks and verdicts; the shipped code must give the same. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Environment } from '../../../core/cluster/environment.ts';
import { readRegistration } from '../../../core/cluster/read-registration.ts';
import { explainProfile, profileOf, valuesOf } from '../../../core/profile/effective.ts';
import { CASES, leaf, ring, shows } from '../../fixtures/failure-cases.ts';
import { DAY, NOW } from '../../fixtures/pki.ts';
import { address, good, healthyState, makeRing, NODES } from '../../fixtures/ring.ts';
import { judged, registered, type Seen, wordOf, yamlOf } from './environments.ts';

const page = readFileSync(new URL('../../../docs/guide/profiles.md', import.meta.url), 'utf8');

/** Rows of the table whose first column is called so, without its head. */
function tableOf(firstColumn: string): { readonly environments: readonly string[]; readonly rows: readonly (readonly string[])[] } {
  const lines = page.split('\n');
  const head = lines.findIndex((line) => line.startsWith(`| ${firstColumn} |`));
  const cells = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const rest = lines.slice(head + 2);
  return {
    environments: cells(lines[head] ?? '').slice(1),
    rows: rest
      .slice(
        0,
        rest.findIndex((line) => !line.startsWith('|')),
      )
      .map(cells),
  };
}

const expiredOn = (nodes: readonly number[]) =>
  makeRing(
    NODES.map((_, i) =>
      nodes.includes(i)
        ? { ...healthyState(i), ...shows(good.leaf(address(i), { notAfter: NOW - DAY }), good.intermediate), accepted: false }
        : healthyState(i),
    ),
  );
const nameless = ring(shows(leaf({ addresses: ['192.0.2.9', 'elsewhere.example'] }), good.intermediate));
const seenDown = CASES[33]?.().ring ?? ring();

const EVIDENCE: Readonly<Record<string, Seen>> = {
  'every check passes since 200 s; staging kept its like': { ring: ring(), goodFor: 200, stagingKept: true },
  'every check passes since 200 s; staging never kept it': { ring: ring(), goodFor: 200 },
  'every check passes since 460 s; staging never kept it': { ring: ring(), goodFor: 460 },
  'a leaf without the node’s name on one node, at once': { ring: nameless },
  'a leaf without the node’s name on one node, since 200 s': { ring: nameless, goodFor: 200 },
  'an expired leaf on one node': { ring: expiredOn([2]) },
  'an expired leaf on every node': { ring: expiredOn([0, 1, 2]) },
  'one node sees another down until the deadline': { ring: seenDown, goodFor: 400, atDeadline: true, stagingKept: true },
  'replication fails until the deadline, and did not before': {
    ring: ring(),
    goodFor: 400,
    atDeadline: true,
    stagingKept: true,
    health: { replication: { before: 'passed', now: 'failed' } },
  },
  'replication fails until the deadline, and did before': {
    ring: ring(),
    goodFor: 400,
    atDeadline: true,
    stagingKept: true,
    health: { replication: { before: 'failed', now: 'failed' } },
  },
};

test('the example is a cluster.yaml that can be registered', () => {
  const example = parse(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '') as Record<string, unknown>;
  const cloudwatch = { kind: 'cloudwatch', name: 'errors', namespace: 'n', metric: 'm', expect: { below: 1 } };
  const registration = readRegistration({ ...yamlOf('production'), ...example, health: { checks: [cloudwatch] } });
  expect(profileOf(registration)).toMatchObject({
    limits: { soakSeconds: 300, windowSeconds: 10 },
    measured: { thresholds: { tlsFailures: 0.05, responseTimeRatio: 1.5 } },
    rollBack: { cluster: 'hold', node: 'automatic' },
    consistency: { requireStaging: true },
  });
  const from = new Map(explainProfile(registration).map((one) => [one.field, one.at]));
  expect(from.get('measured.thresholds.tlsFailures')).toBe('profiles.careful.measured.thresholds.tlsFailures');
  expect(from.get('rollBack.cluster')).toBe('profile.rollBack.cluster');
  expect(from.get('limits.windowSeconds')).toBe('limits.windowSeconds');
});

test('what differs between the four environments: every field, with its values, and no other', () => {
  const { environments, rows } = tableOf('field');
  expect(environments).toEqual(Environment.options);
  const stated = new Map(
    rows.flatMap(([fields = '', ...values]) => [...fields.matchAll(/`([^`]+)`/g)].map(([, field = '']) => [field, values] as const)),
  );
  const four = Environment.options.map((environment) => valuesOf(profileOf(registered(environment))));
  const differing = [...new Set(four.flatMap((values) => [...values.keys()]))]
    .map((field) => [field, four.map((values) => String(values.get(field) ?? 'by default'))] as const)
    .filter(([, values]) => new Set(values).size > 1);
  expect(stated).toEqual(new Map(differing));
});

test('the same evidence gives the verdicts that the guide states', () => {
  const { environments, rows } = tableOf('evidence');
  expect(environments).toEqual(Environment.options);
  const told = Object.entries(EVIDENCE).map(([words, seen]) => [
    words,
    ...Environment.options.map((environment) => wordOf(judged(registered(environment), seen).decision)),
  ]);
  expect(told).toEqual(rows);
}, 60_000);
