import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { end, isOurs, readRecord, startTimeFrom, startTimeOf } from '../../stand/ring/processes.ts';

const children: ReturnType<typeof spawn>[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process whose command line names `folder`, as a node's does. */
async function processOf(folder: string, script = 'process.stdout.write("on"); setInterval(() => {}, 1000)') {
  const child = spawn(process.execPath, ['-e', script, '--', `-Dstand.node=${folder}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const pid = child.pid as number;
  return { pid, startTime: startTimeOf(pid) as string };
}

describe('the start time in /proc/<pid>/stat', () => {
  const fields = (state: string) => `${state} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 123456 20 21`;
  test('is found behind a name that itself looks like fields', () => {
    expect(startTimeFrom(`42 (a) R 1 (b c) ${fields('S')}`)).toBe('123456');
  });
  test('is none for a zombie, which no longer runs', () => {
    expect(startTimeFrom(`42 (java) ${fields('Z')}`)).toBeUndefined();
  });
  test('is none for an id without a process', () => {
    expect(startTimeOf(2 ** 22 + 1)).toBeUndefined();
  });
});

describe('a record on disk', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'stand-record-')), 'cassandra.process');
  test.each([
    ['17 4711\n', { pid: 17, startTime: '4711' }],
    ['17 \n', undefined],
    ['17', undefined],
    ['', undefined],
    ['x 1\n', undefined],
  ])('%j reads as %j', (text, record) => {
    writeFileSync(file, text);
    expect(readRecord(file)).toEqual(record);
  });
  test('that is missing reads as none', () => {
    expect(readRecord(`${file}.missing`)).toBeUndefined();
  });
});

describe('ending processes', () => {
  test('ends one of ours', async () => {
    const record = await processOf('/stand/net-3/nodes/i-1');
    expect(isOurs(record, '/stand/net-3/nodes/i-1')).toBe(true);
    expect(await end(record, '/stand/net-3/nodes/i-1', 'SIGTERM')).toBe(true);
    expect(startTimeOf(record.pid)).toBeUndefined();
  });
  test('kills one that does not heed SIGTERM', async () => {
    const record = await processOf('/stand/a', 'process.on("SIGTERM", () => {}); process.stdout.write("on"); setInterval(() => {}, 1000)');
    expect(await end(record, '/stand/a', 'SIGTERM', 100)).toBe(true);
    expect(startTimeOf(record.pid)).toBeUndefined();
  });
  test.each([
    ['of another folder', { folder: '/stand/net-4/nodes/i-1' }],
    ['of a folder whose name only begins alike', { folder: '/stand/net-3/nodes/i' }],
    ['that took over the id of a recorded one', { startTime: '1' }],
  ])(
    'leaves a process alone %s',
    async (_what, { folder = '/stand/net-3/nodes/i-1', startTime }: { folder?: string; startTime?: string }) => {
      const record = await processOf('/stand/net-3/nodes/i-1');
      expect(await end({ ...record, ...(startTime ? { startTime } : {}) }, folder, 'SIGKILL')).toBe(false);
      expect(startTimeOf(record.pid)).toBe(record.startTime);
    },
  );
});
