import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process of ours: a pid alone may have been given to a stranger since, pid and start time together cannot. */
export interface ProcessRecord {
  readonly pid: number;
  readonly startedAt: string;
}

export type ProcessRecords = Readonly<Record<string, ProcessRecord>>;

/** When a process started, in whatever form the system tells it; null when there is none (a zombie counts as none). */
function startOf(pid: number): string | null {
  try {
    if (existsSync('/proc/self/stat')) {
      // The name, in parentheses, may hold spaces; fields are counted after it. State is the 3rd, start time the 22nd.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return fields[0] === 'Z' ? null : (fields[19] ?? null);
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

/** The record of a process that runs now. */
export function recordOf(pid: number): ProcessRecord {
  return { pid, startedAt: startOf(pid) ?? '' };
}

/** Whether the very process of the record still runs. */
export function isAlive(record: ProcessRecord | undefined): record is ProcessRecord {
  return record !== undefined && record.startedAt !== '' && startOf(record.pid) === record.startedAt;
}

export function readRecords(file: string): ProcessRecords {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ProcessRecords) : {};
}

/** Whoever reads meanwhile sees the records of before or the new ones, never half of them. */
export function writeRecords(file: string, records: ProcessRecords): void {
  writeFileSync(`${file}.making`, `${JSON.stringify(records, null, 2)}\n`);
  renameSync(`${file}.making`, file);
}

/** Ends the process of a record, politely and then by force; does nothing to a stranger with its pid. */
export async function endProcess(record: ProcessRecord | undefined, graceMs = 4000): Promise<void> {
  if (!isAlive(record)) return;
  process.kill(record.pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (isAlive(record) && Date.now() < deadline) await sleep(20);
  if (isAlive(record)) process.kill(record.pid, 'SIGKILL');
  while (isAlive(record)) await sleep(10);
}
