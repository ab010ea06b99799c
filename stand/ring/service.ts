/** The node folder's own commands: systemctl and nodetool; and what its service is doing now. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { ProcessRecord } from './processes.ts';
import { isOurs, readRecord } from './processes.ts';
import type { RingNode } from './topology.ts';
import { PATHS, UNIT } from './topology.ts';

/** How a command of a node ended. */
export interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

/** Environment in which a node's commands run, as the SSM agent on it would have. */
export function nodeEnvironment(node: RingNode, javaHome: string): Record<string, string> {
  return {
    PATH: `${node.folder}/bin:${javaHome}/bin:${process.env.PATH ?? '/usr/bin:/bin'}`,
    JAVA_HOME: javaHome,
    RINGWARD_HOME: node.folder + PATHS.ringwardHome,
    RINGWARD_UNIT_DIR: node.folder + PATHS.unitDir,
  };
}

/** `systemctl <verb> cassandra` on a node. Resolves with the exit code, whatever it is. */
export async function systemctl(node: RingNode, verb: 'start' | 'stop' | 'restart' | 'daemon-reload'): Promise<Ended> {
  return await command(node, 'systemctl', verb === 'daemon-reload' ? [verb] : [verb, UNIT]);
}

/** Cassandra's nodetool against a node. Resolves with the exit code, whatever it is. */
export async function nodetool(node: RingNode, ...args: string[]): Promise<Ended> {
  return await command(node, 'nodetool', args, { NODETOOL_QUICK: '1' });
}

async function command(node: RingNode, name: string, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return await new Promise((resolve, reject) => {
    const options = { cwd: node.folder, timeout: 120_000, env: { ...process.env, ...env } };
    execFile(join(node.folder, 'bin', name), args, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim();
      if (!error) resolve({ exitCode: 0, output });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, output });
      else reject(new Error(`${name} ${args.join(' ')} on ${node.node} did not end by itself (${error.code ?? error.signal}): ${output}`));
    });
  });
}

/** Record that systemctl keeps of the node's process. */
export function serviceProcess(node: RingNode): ProcessRecord | undefined {
  return readRecord(join(node.folder, 'run', 'stand', `${UNIT}.process`));
}

/** As `systemctl is-active`, without a process of its own. */
export function activeState(node: RingNode): 'active' | 'failed' | 'inactive' {
  const record = serviceProcess(node);
  if (!record) return 'inactive';
  return isOurs(record, node.folder) ? 'active' : 'failed';
}

/** Process id of the running Cassandra, null when it does not run. */
export function mainPid(node: RingNode): number | null {
  const record = serviceProcess(node);
  return record && isOurs(record, node.folder) ? record.pid : null;
}
