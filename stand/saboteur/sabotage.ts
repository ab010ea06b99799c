/** Causes of bad performance on a node of the stand: a burner and a leak inside its JVM, and a throttle from outside. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findJdk } from '../ring/java.ts';
import { mainPid } from '../ring/service.ts';
import { REPOSITORY, type RingNode } from '../ring/topology.ts';

const run = promisify(execFile);
const FOLDER = join(REPOSITORY, '.cache', 'saboteur');
const JAR = join(FOLDER, 'saboteur.jar');

/** `burn`: threads that do nothing but count · `leak`: MiB a second that are never given back before the end. */
export async function sabotage(node: RingNode, what: 'burn' | 'leak', seconds: number, amount: number): Promise<void> {
  const { home } = findJdk();
  if (!existsSync(JAR)) await build(home);
  await run(join(home, 'bin/java'), ['-cp', JAR, 'Saboteur', String(pidOf(node)), JAR, `${what} ${seconds} ${amount}`]);
}

/** Stops the process for most of each moment, as a host does that has given its CPU away. Resolves when it runs freely again. */
export async function throttle(node: RingNode, seconds: number, share: number): Promise<void> {
  const pid = pidOf(node);
  try {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
      process.kill(pid, 'SIGSTOP');
      await pause(100 * share);
      process.kill(pid, 'SIGCONT');
      await pause(100 * (1 - share));
    }
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

function pidOf(node: RingNode): number {
  const pid = mainPid(node);
  if (pid === null) throw new Error(`node ${node.number} does not run`);
  return pid;
}

async function build(home: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await run(join(home, 'bin/javac'), ['-d', FOLDER, join(import.meta.dirname, 'Saboteur.java')]);
  await writeFile(join(FOLDER, 'manifest'), 'Agent-Class: Saboteur\n');
  await run(join(home, 'bin/jar'), ['cfm', JAR, join(FOLDER, 'manifest'), '-C', FOLDER, 'Saboteur.class']);
}
