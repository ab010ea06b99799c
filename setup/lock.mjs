/** A lock between processes on one machine: a folder that names its holder. A dead holder's lock is taken over. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Waits until the lock is ours; returns the function that releases it. `onWait` is called once, with the holder. */
export async function holdLock(folder, onWait) {
  mkdirSync(dirname(folder), { recursive: true });
  for (let told = false; ; ) {
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, 'pid'), String(process.pid));
      return () => rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = holderOf(folder);
    if (holder !== null && !isAlive(holder)) rmSync(folder, { recursive: true, force: true });
    else if (!told) {
      onWait(holder ?? 'just started');
      told = true;
    }
    await pause(200);
  }
}

/** Process id of the holder; null while it is being written. */
function holderOf(folder) {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8')) || null;
  } catch {
    return null;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
