import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeScript } from './ssm-document.ts';

/** A node of the stand as SSM knows it: its folder stands for the host's root. */
export interface ManagedNode {
  readonly node: string;
  readonly address: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** False for a node whose agent does not answer: commands to it are never delivered. */
  readonly online?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface ShellOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: 'exit' | 'timed-out' | 'cancelled';
}

export interface RunningShell {
  readonly outcome: Promise<ShellOutcome>;
  cancel(): void;
}

/** SSM keeps this much of a plugin's output. */
const STDOUT_LIMIT = 24_000;
const STDERR_LIMIT = 8_000;

/** The exit code that a script ended by the agent has. */
const KILLED = 137;

/** Runs a script on a node as SSM's agent does: from a file of its own, as a process group that ends as a whole. */
export function runOnNode(node: ManagedNode, script: NodeScript, folder: string): RunningShell {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, '_script.sh');
  writeFileSync(file, script.script, { mode: 0o700 });
  const child = spawn('/bin/sh', [file], {
    cwd: script.workingDirectory || node.folder,
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      AWS_SSM_INSTANCE_ID: node.node,
      ...node.env,
      ...script.environment,
    },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let ended: ShellOutcome['ended'] = 'exit';
  const stop = (why: ShellOutcome['ended']): void => {
    ended = why;
    try {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended by itself in this moment.
    }
  };
  const timer = setTimeout(() => stop('timed-out'), script.timeoutSeconds * 1000);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < STDOUT_LIMIT) stdout = (stdout + text).slice(0, STDOUT_LIMIT);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < STDERR_LIMIT) stderr = (stderr + text).slice(0, STDERR_LIMIT);
  });
  const outcome = new Promise<ShellOutcome>((settle) => {
    const finish = (exitCode: number): void => {
      clearTimeout(timer);
      rmSync(folder, { recursive: true, force: true });
      settle({ exitCode, stdout, stderr, ended });
    };
    child.on('error', (error) => {
      stderr = String(error);
      finish(1);
    });
    child.on('close', (code) => finish(ended === 'exit' ? (code ?? KILLED) : KILLED));
  });
  return { outcome, cancel: () => stop('cancelled') };
}
