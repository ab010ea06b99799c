/** One command at a time changes a stand; a lock left by a process that is gone does not count. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readRecord, startTimeOf } from './ring/processes.ts';

/** Runs `work` while holding the lock file. Throws an error that names the other process when it is held. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  take(path);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, `${process.pid} ${startTimeOf(process.pid)}\n`);
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        // A hard link is made whole or not at all, so nobody reads a half-written lock.
        linkSync(mine, path);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readRecord(path);
      if (holder && startTimeOf(holder.pid) === holder.startTime) {
        throw new Error(`another command (process ${holder.pid}) is changing this stand → wait for it to end, then try again`);
      }
      clearStale(path);
    }
    throw new Error(`the lock ${path} changes hands all the time → try again`);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Moves the stale lock aside before removing it, so that of two clearers only one removes it. */
function clearStale(path: string): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    const before = readFileSync(path, 'utf8');
    renameSync(path, aside);
    // Somebody else cleared and took it in between: give it back.
    if (readFileSync(aside, 'utf8') !== before) renameSync(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  rmSync(aside, { force: true });
}
