/**
 * Bookkeeping of the stand's processes: which are ours, which still run, and how they end.
 *
 * A process is known by its id together with its start time (a reused id has another one), and it counts as
 * ours only while its command line names the stand's own folder.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process as it was when it was recorded. `startTime` is in clock ticks since boot, from /proc/<pid>/stat. */
export interface ProcessRecord {
  readonly pid: number;
  readonly startTime: string;
}

/** Start time (field 22) from the text of /proc/<pid>/stat; undefined for a zombie, which no longer runs. */
export function startTimeFrom(stat: string): string | undefined {
  // The command's name stands in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

/** Start time of a running process, undefined when there is none of this id. */
export function startTimeOf(pid: number): string | undefined {
  try {
    return startTimeFrom(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The record `<pid> <start time>` in a file; undefined when the file is missing or broken off. */
export function readRecord(path: string): ProcessRecord | undefined {
  try {
    const match = /^(\d+) (\d+)\s*$/.exec(readFileSync(path, 'utf8'));
    return match ? { pid: Number(match[1]), startTime: match[2] as string } : undefined;
  } catch {
    return undefined;
  }
}

/** Is the recorded process still running, and is it one that was started for `folder`? */
export function isOurs(record: ProcessRecord, folder: string): boolean {
  return (
    startTimeOf(record.pid) === record.startTime &&
    commandLine(record.pid).some((part) => part === folder || part.includes(`${folder}/`) || part.endsWith(`=${folder}`))
  );
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Sends a signal to a process if it is ours, and waits until it is gone (SIGKILL after `patienceMs`). True when one was ended. */
export async function end(record: ProcessRecord, folder: string, signal: 'SIGTERM' | 'SIGKILL', patienceMs = 10_000): Promise<boolean> {
  if (!isOurs(record, folder)) return false;
  process.kill(record.pid, signal);
  const deadline = Date.now() + patienceMs;
  let killed = signal === 'SIGKILL';
  while (startTimeOf(record.pid) === record.startTime) {
    if (!killed && Date.now() > deadline) {
      process.kill(record.pid, 'SIGKILL');
      killed = true;
    }
    await sleep(20);
  }
  return true;
}
