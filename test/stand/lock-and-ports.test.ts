import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withLock } from '../../stand/lock.ts';
import { checkPortsFree } from '../../stand/ring/ports.ts';
import { startTimeOf } from '../../stand/ring/processes.ts';

describe('the lock', () => {
  const path = () => join(mkdtempSync(join(tmpdir(), 'stand-lock-')), 'net-0.lock');

  test('keeps a second command out, names the holder, and is gone afterwards', async () => {
    const lock = path();
    await withLock(lock, async () => {
      await expect(withLock(lock, async () => 'never')).rejects.toThrow(`another command (process ${process.pid})`);
    });
    expect(existsSync(lock)).toBe(false);
    expect(await withLock(lock, async () => 'again')).toBe('again');
  });
  test('is given back when the work fails', async () => {
    const lock = path();
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(lock)).toBe(false);
  });
  test.each([
    ['a process that is gone', `${2 ** 22 + 1} 5\n`],
    ['an id that another process has now', `${process.pid} ${Number(startTimeOf(process.pid)) + 1}\n`],
    ['a broken-off write', ''],
  ])('left by %s does not count', async (_what, text) => {
    const lock = path();
    writeFileSync(lock, text);
    expect(await withLock(lock, async () => 'taken')).toBe('taken');
  });
});

describe('the port check', () => {
  test('names the taken port, its purpose and another net', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      const check = checkPortsFree([{ address: '127.0.0.1', port, purpose: 'CQL' }], 0);
      await expect(check).rejects.toThrow(`127.0.0.1:${port} (CQL: in use)`);
      await expect(check).rejects.toThrow('--net 7');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    await checkPortsFree([{ address: '127.0.0.1', port, purpose: 'CQL' }], 0);
  });
});
