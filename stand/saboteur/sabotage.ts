/** Causes of bad performance on a node of the stand: inside its JVM a burner, a leak, a slow or a failing client port; from outside a throttle and a pause. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findJdk } from '../ring/java.ts';
import { mainPid } from '../ring/service.ts';
import { CASSANDRA_CACHE, REPOSITORY, type RingNode } from '../ring/topology.ts';

const run = promisify(execFile);
const FOLDER = join(REPOSITORY, '.cache', 'saboteur');
const JAR = join(FOLDER, 'saboteur.jar');
let built: Promise<void> | undefined;

/**
 * `burn`: threads that do nothing but count · `leak`: MiB a second that are never given back before the end · `slow`: ms by which
 * everything that clients send is held back · `refuse`: percent of fresh connections that are cut · `fail`: the same after their handshake.
 */
export async function sabotage(
  node: RingNode,
  what: 'burn' | 'leak' | 'slow' | 'refuse' | 'fail',
  seconds: number,
  amount: number,
): Promise<void> {
  await order(node, `${what} ${seconds} ${amount}`);
}

/** Ends what is being done to the client port. */
export async function spare(node: RingNode): Promise<void> {
  await order(node, 'stop 0 0');
}

async function order(node: RingNode, words: string): Promise<void> {
  const { home } = findJdk();
  // Once a process: the sources may have changed since the jar was made.
  built ??= build(home);
  await built;
  await run(join(home, 'bin/java'), ['-cp', JAR, 'Saboteur', String(pidOf(node)), JAR, words]);
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

/** Stops the process once, as a long collection does. */
export async function freeze(node: RingNode, seconds: number): Promise<void> {
  const pid = pidOf(node);
  process.kill(pid, 'SIGSTOP');
  try {
    await pause(seconds * 1000);
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
  const sources = ['Saboteur.java', 'ClientPort.java'].map((file) => join(import.meta.dirname, file));
  const classes = join(FOLDER, 'classes');
  await rm(classes, { recursive: true, force: true });
  await run(join(home, 'bin/javac'), ['-cp', join(CASSANDRA_CACHE, 'lib', '*'), '-d', classes, ...sources]);
  await writeFile(join(FOLDER, 'manifest'), 'Agent-Class: Saboteur\n');
  await run(join(home, 'bin/jar'), ['cfm', JAR, join(FOLDER, 'manifest'), '-C', classes, '.']);
}
