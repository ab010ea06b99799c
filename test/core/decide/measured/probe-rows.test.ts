/** What a trace may hold: nothing of it breaks the reader, and what is not taken is told with its line. */
import { describe, expect, test } from 'vitest';
import { PRODUCTION } from '../../../../core/decide/measured/policy.ts';
import { type ProbeRow, readProbe } from '../../../../core/decide/measured/probe-row.ts';
import { replayTrace, TraceReader } from '../../../../core/decide/measured/replay.ts';
import { WindowBuilder } from '../../../../core/decide/measured/window-builder.ts';
import { STYLES, traceOf } from './traces.ts';

const good: ProbeRow = { t_ms: 0, node: 'n1', kind: 'tls', ok: true, ms: 5 };
const calm = (planted = {}) => traceOf(3, STYLES.calm as never, { lengthS: 240, baseline: [-120, 0], ...planted });

test.each([
  ['no-object', null],
  ['no-object', [good]],
  ['time', { ...good, t_ms: Number.NaN }],
  ['time', { ...good, t_ms: '12' }],
  ['time', { ...good, t_ms: Number.POSITIVE_INFINITY }],
  ['node', { ...good, node: '' }],
  ['node', { ...good, node: '__proto__' }],
  ['node', { ...good, node: 'a\u001b[2J' }],
  ['kind', { ...good, kind: 'http' }],
  ['ok', { ...good, ok: 'true' }],
  ['duration', { ...good, ms: Number.NaN }],
  ['duration', { ...good, ms: -1 }],
  ['duration', { ...good, ms: 1e9 }],
  ['duration', { ...good, ms: undefined }],
])('a row with a fault of %s is told, not taken', (fault, row) => {
  expect(readProbe(row)).toBe(fault);
});

test('a failed probe needs no duration', () => {
  expect(readProbe({ t_ms: 1, node: 'n1', kind: 'cql', ok: false })).toEqual({ t_ms: 1, node: 'n1', kind: 'cql', ok: false, ms: 0 });
});

test('a success past its time-out counts as failed', () => {
  const builder = new WindowBuilder(5000, 900);
  builder.add({ ...good, ms: 5001 });
  expect(builder.takeUntil(10)[0]?.nodes[0]?.cells.tls).toEqual({ failed: 1, ms: [] });
});

test('garbage lines are counted by kind, with the first of their numbers, and the rest is judged', () => {
  const reader = new TraceReader();
  const lines = [
    '',
    'garbage',
    '{"t_ms":1}',
    ...calm().map((row) => JSON.stringify(row)),
    '{',
    '{"t_ms":1e99,"node":"n1","kind":"tls","ok":true,"ms":1}',
  ];
  for (const line of lines) reader.line(line);
  const { verdict, notices } = reader.end();
  expect(verdict).toBe('keep');
  expect(notices.map(({ fault, count, lines: named }) => [fault, count, named])).toEqual([
    ['no-json', 2, [2, lines.length - 1]],
    ['node', 1, [3]],
    ['out-of-range', 1, [lines.length]],
  ]);
});

test('a trace in which nothing is usable is an error with its code', () => {
  const reader = new TraceReader();
  for (const line of ['x', '[]', '{"t_ms":null}']) reader.line(line);
  expect(() => reader.end()).toThrow(/TRACE_UNUSABLE .*None of 3 lines/);
});

test('with more than a tenth of all rows refused nothing is kept', () => {
  const rows = calm();
  const broken = rows.map((row, i) => (i % 4 === 0 && row.t_ms > 0 ? { ...row, ms: Number.NaN } : row));
  expect([replayTrace(rows).verdict, replayTrace(broken).verdict]).toEqual(['keep', 'hold']);
});

describe('order and repetition', () => {
  const rows = calm({ slower: (t: number) => (t > 100 ? Math.log(2) : 0) });
  const shuffled = (): ProbeRow[] => {
    const copy = [...rows];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = (i * 7919 + 13) % (i + 1);
      [copy[i], copy[j]] = [copy[j] as ProbeRow, copy[i] as ProbeRow];
    }
    return copy;
  };
  test('rows in any order give the same bytes', () => {
    expect(JSON.stringify(replayTrace(shuffled()))).toBe(JSON.stringify(replayTrace(rows)));
  });
  test('the same rows twice give the same verdict, and are counted', () => {
    const reader = new TraceReader();
    for (const row of [...rows, ...rows]) reader.line(JSON.stringify(row));
    const { notices, ...replay } = reader.end();
    expect(JSON.stringify(replay)).toBe(JSON.stringify(replayTrace(rows)));
    expect(notices.find(({ fault }) => fault === 'duplicate')?.count).toBe(rows.length);
  });
});

test('a clock that jumps ahead leaves a gap, and a gap is held', () => {
  const jumped = calm().map((row) => (row.t_ms > 100_000 ? { ...row, t_ms: row.t_ms + 3_600_000 } : row));
  expect(replayTrace(jumped)).toMatchObject({ verdict: 'hold', decisionS: null });
});

test('a clock that jumps ahead once all is well hides what comes then: it is not kept', () => {
  const last = Math.max(...calm().map(({ t_ms }) => t_ms));
  const failing = calm().map((row) => ({ ...row, t_ms: row.t_ms + last + 3_600_000, ok: false }));
  expect(replayTrace(calm()).verdict).toBe('keep');
  expect(replayTrace([...calm(), ...failing])).toMatchObject({ verdict: 'hold', decisionS: null });
});

test('a clock that jumps back does not accuse anybody', () => {
  const jumped = calm().map((row) => (row.t_ms > 100_000 ? { ...row, t_ms: row.t_ms - 30_000 } : row));
  expect(replayTrace(jumped).verdict).not.toBe('roll-back');
});

test('a node that vanishes is held, by its name; one that appears without a baseline too', () => {
  const gone = calm().filter((row) => !(row.node === 'n2' && row.t_ms > 60_000));
  expect(replayTrace(gone)).toMatchObject({ verdict: 'hold', because: expect.stringMatching(/n2: tls probes: none for [0-9]+ s/) });
  const came = calm().filter((row) => !(row.node === 'n2' && row.t_ms < 60_000));
  expect(replayTrace(came)).toMatchObject({ verdict: 'hold', because: expect.stringContaining('n2') });
});

test('no baseline at all: held, and the reason says so', () => {
  const rows = calm().filter(({ t_ms }) => t_ms >= 0);
  expect(replayTrace(rows)).toMatchObject({ verdict: 'hold', because: expect.stringContaining('no fresh baseline') });
});

test('nothing after the deployment is held, never kept', () => {
  expect(replayTrace(calm().filter(({ t_ms }) => t_ms < 0)).verdict).toBe('hold');
  expect(replayTrace([]).verdict).toBe('hold');
});

test('a million lines take seconds and no memory to speak of', () => {
  const lines = calm().map((row) => JSON.stringify(row));
  const reader = new TraceReader(PRODUCTION);
  const before = process.memoryUsage().heapUsed;
  const cpu = process.cpuUsage();
  for (let i = 0; i < 1_000_000; i++) reader.line(lines[i % lines.length] as string);
  reader.end();
  const used = process.cpuUsage(cpu);
  expect((used.user + used.system) / 1e6).toBeLessThan(20);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * 1024 * 1024);
}, 60_000);
