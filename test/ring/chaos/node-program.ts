/** The node's program as the kernel sees it: found by its node's folder, and ended by SIGKILL at a chosen moment. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { startTimeOf } from '../../../stand/ring/processes.ts';
import type { RingNode } from '../../../stand/ring/topology.ts';
import { PATHS } from '../../../stand/ring/topology.ts';
import { journalOf } from '../stand.ts';

export interface RunningProgram {
  readonly pid: number;
  readonly startTime: string;
  readonly step: string;
}

/** The programs at work on a node now. Only a JVM that runs a jar of this very node's folder counts. */
export function programsOf(node: RingNode): RunningProgram[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const pid = Number(name);
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const jar = command.find((part) => part.startsWith(`${node.folder}${PATHS.ringwardHome}/programs/`));
      if (!jar?.endsWith('.jar') || !command[0]?.endsWith('/java')) return [];
      const startTime = startTimeOf(pid);
      const request = /(?:^|\0)RINGWARD_REQUEST=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1];
      if (startTime === undefined || !request) return [];
      return [{ pid, startTime, step: (JSON.parse(Buffer.from(request, 'base64url').toString()) as { step: string }).step }];
    } catch {
      // It ended while it was looked at.
      return [];
    }
  });
}

export interface Killed {
  readonly step: string;
  /** Since its first sighting, ms. */
  readonly afterMs: number;
  /** Last line of the journal when it was dead. */
  readonly stood: string;
}

const LOOK_MS = 8;

/** Waits for a program with one of the steps, lets it work for `afterMs`, and kills it; undefined when it was quicker, or when `stop` was called for. */
export async function killProgram(
  node: RingNode,
  steps: readonly string[],
  afterMs: number,
  stop: () => boolean,
): Promise<Killed | undefined> {
  for (;;) {
    if (stop()) return undefined;
    const program = programsOf(node).find(({ step }) => steps.includes(step));
    if (program) return kill(node, program, afterMs);
    await pause(LOOK_MS);
  }
}

async function kill(node: RingNode, { pid, startTime, step }: RunningProgram, afterMs: number): Promise<Killed | undefined> {
  const seen = performance.now();
  while (performance.now() - seen < afterMs) {
    if (startTimeOf(pid) !== startTime) return undefined;
    await pause(Math.min(LOOK_MS, afterMs));
  }
  if (startTimeOf(pid) !== startTime) return undefined;
  process.kill(pid, 'SIGKILL');
  const after = performance.now() - seen;
  while (startTimeOf(pid) === startTime) await pause(1);
  const last = (await journalOf(node)).at(-1);
  return { step, afterMs: after, stood: last ? `journal ${last.seq}: ${last.step}/${last.phase} ${last.state}` : 'journal empty' };
}
