/** `ringward replay`: verdicts, exit codes, and what it says of traces and profiles that it cannot take. */
import { expect, test } from 'vitest';
import { type Planted, STYLES, type Style, traceOf } from '../core/decide/measured/traces.ts';
import { World } from './world.ts';

const trace = (planted: Planted = {}): string =>
  traceOf(21, STYLES.calm as Style, { baseline: [-200, 0], lengthS: 240, ...planted })
    .map((row) => JSON.stringify(row))
    .join('\n');
const healthy = trace();
const failing = trace({ tlsFails: (t, n) => (t >= 30 && n === 0 ? 0.6 : 0) });

async function run(
  files: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ code: number; out: string; err: string; opened: number }> {
  const world = new World();
  for (const [name, text] of Object.entries(files)) world.files.set(name, text);
  const code = await world.run('replay', ...args);
  return { code, out: world.out, err: world.err, opened: world.opened };
}

test('a healthy record: kept, exit 0, without AWS', async () => {
  const { code, out, opened } = await run({ 'a.jsonl': healthy }, '--trace', 'a.jsonl', '--json');
  expect([code, opened]).toEqual([0, 0]);
  expect(JSON.parse(out)).toMatchObject({
    verdict: 'keep',
    scope: [],
    because: expect.stringMatching(/^Keep/),
    accounts: expect.any(Array),
  });
});

test('a failing node: rolled back by its name, exit 3', async () => {
  const { code, out } = await run({ 'a.jsonl': failing }, '--trace', 'a.jsonl', '--json');
  expect(code).toBe(3);
  const answer = JSON.parse(out) as { decisionS: number };
  expect(answer).toMatchObject({ verdict: 'roll-back', scope: ['n1'] });
  expect(answer.decisionS).toBeGreaterThan(30);
});

test('too short a record is held, exit 2, with null for the moment', async () => {
  const { code, out } = await run({ 'a.jsonl': trace({ lengthS: 60 }) }, '--trace', 'a.jsonl', '--json');
  expect([code, JSON.parse(out)]).toEqual([2, expect.objectContaining({ verdict: 'hold', decisionS: null })]);
});

test('another profile is another verdict: by name, by YAML, by JSON', async () => {
  const mild = trace({ tlsFails: (t) => (t >= 10 ? 0.17 : 0), lengthS: 400 });
  const verdicts = await Promise.all(
    ['production', 'development', 'strict.yaml', 'lax.json'].map(async (profile) => {
      const files = {
        'a.jsonl': mild,
        'strict.yaml': 'thresholds:\n  tlsFailures: 0.05\n',
        'lax.json': '{"thresholds":{"tlsFailures":0.4}}',
      };
      const { out } = await run(files, '--trace', 'a.jsonl', '--profile', profile, '--json');
      return (JSON.parse(out) as { verdict: string }).verdict;
    }),
  );
  expect(verdicts).toEqual(['roll-back', 'keep', 'roll-back', 'keep']);
});

test('--explain draws the wealth of accounts with the line at which one alone decides', async () => {
  const { out } = await run({ 'a.jsonl': failing }, '--trace', 'a.jsonl', '--explain');
  expect(out).toMatch(/tlsFailures, n1: log10 of its wealth/);
  expect(out).toMatch(/\d\.\d \|-.*decides alone/);
  expect(out).toMatch(/\*{3}/);
  const { out: json } = await run({ 'a.jsonl': failing }, '--trace', 'a.jsonl', '--explain', '--json');
  const [curve] = (JSON.parse(json) as { evidence: { factor: string; decidesAt: number; points: [number, number][] }[] }).evidence;
  expect(curve?.factor).toBe('tlsFailures');
  expect(curve?.points.at(-1)?.[1]).toBeGreaterThan(3);
});

test('--batch --against tells what would have ended otherwise, and how; an unreadable trace ends alike under both', async () => {
  const mild = trace({ tlsFails: (t) => (t >= 10 ? 0.17 : 0), lengthS: 400 });
  const files = { 'day/a.jsonl': healthy, 'day/b.jsonl': failing, 'day/c.jsonl': mild, 'day/d.jsonl': 'garbage\n' };
  const two = ['--batch', 'day', '--profile', 'production', '--against', 'development'];
  const { code, out } = await run(files, ...two, '--json');
  const { results, changed } = JSON.parse(out) as { results: readonly Record<string, unknown>[]; changed: readonly string[] };
  expect([code, changed]).toEqual([1, ['c.jsonl']]);
  expect(results.find((one) => one['trace'] === 'c.jsonl')).toMatchObject({ verdict: 'roll-back', against: { verdict: 'keep' } });
  const pretty = await run(files, ...two);
  expect(pretty.out).toContain('1 of 4 would have ended otherwise: 1 roll-back → keep.');
  expect(pretty.out).not.toContain('a.jsonl');
  const same = await run(files, '--batch', 'day', '--against', 'production');
  expect(same.out).toContain('0 of 4 would have ended otherwise.');
  const alone = await run(files, '--trace', 'day/a.jsonl', '--against', 'production');
  expect([alone.code, alone.err]).toEqual([1, expect.stringContaining('--against')]);
});

test('--batch takes every *.jsonl of a folder, one broken trace hides no other', async () => {
  const files = { 'all/b.jsonl': failing, 'all/a.jsonl': healthy, 'all/c.jsonl': 'garbage\n', 'all/notes.txt': 'x' };
  const { code, out, err } = await run(files, '--batch', 'all', '--json');
  const { results } = JSON.parse(out) as { results: readonly Record<string, unknown>[] };
  expect(results.map(({ trace: name, verdict }) => [name, verdict])).toEqual([
    ['a.jsonl', 'keep'],
    ['b.jsonl', 'roll-back'],
    ['c.jsonl', 'hold'],
  ]);
  expect([code, results[2]?.error]).toEqual([1, 'TRACE_UNUSABLE']);
  expect(err).toContain('c.jsonl');
  expect((await run({ 'all/a.jsonl': healthy }, '--batch', 'all')).code).toBe(0);
});

test('--deployed leaves the other nodes as control: they are never in the scope', async () => {
  const { out } = await run({ 'a.jsonl': failing }, '--trace', 'a.jsonl', '--deployed', 'n2', '--deployed', 'n3', '--json');
  expect(JSON.parse(out)).toMatchObject({ verdict: 'keep', scope: [] });
});

test('garbage lines are told by number, and the rest is judged', async () => {
  const { code, err } = await run({ 'a.jsonl': `oops\n${healthy}\n{"t_ms":5}` }, '--trace', 'a.jsonl');
  expect(code).toBe(0);
  expect(err).toMatch(/a\.jsonl: 1 line: no JSON \(line 1\)/);
  expect(err).toMatch(/1 line: node is no name/);
});

test.each([
  ['neither trace nor folder', [], /ARGUMENT_INVALID.*Either --trace or --batch/],
  ['both', ['--trace', 'a.jsonl', '--batch', 'x'], /Either --trace or --batch/],
  ['a file that is not there', ['--trace', 'gone.jsonl'], /ARGUMENT_INVALID.*--trace.*gone\.jsonl/],
  ['a folder that is not there', ['--batch', 'gone'], /ARGUMENT_INVALID.*--batch/],
  ['an empty trace', ['--trace', 'empty.jsonl'], /TRACE_UNUSABLE/],
  ['a profile that is neither', ['--trace', 'a.jsonl', '--profile', 'produktion'], /ARGUMENT_INVALID.*produktion.*production/],
  ['a profile with a misspelt key', ['--trace', 'a.jsonl', '--profile', 'bad.yaml'], /FIELD_INVALID.*Did you mean "thresholds"/],
  ['a profile that is no YAML', ['--trace', 'a.jsonl', '--profile', 'broken.yaml'], /neither JSON nor YAML/],
])('%s: exit 1, and what to do', async (_, args, message) => {
  const files = { 'a.jsonl': healthy, 'empty.jsonl': '\n', 'bad.yaml': 'tresholds: {}\n', 'broken.yaml': '{[' };
  const { code, err } = await run(files, ...args);
  expect(code).toBe(1);
  expect(err).toMatch(message);
});
