/** What processes of the stand used between two moments: CPU, memory, bytes on the ring's ports. From /proc and the loopback device. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** /proc counts CPU in hundredths of a second (`getconf CLK_TCK`). */
const TICKS = 100;

/** CPU seconds of a process; with `children`, of those that it has waited for. */
export function cpuSeconds(pid: number, whose: 'own' | 'children'): number {
  // Fields after the name in parentheses: utime, stime, cutime, cstime are the 14th to 17th of all (proc_pid_stat(5)).
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  const [user = 0, system = 0] = whose === 'own' ? fields.slice(11, 13) : fields.slice(13, 15);
  return (user + system) / TICKS;
}

export const processors = cpus().length;

/** Largest resident memory of all processes of one node's program at one moment, as percent of the host's. */
export class ProgramMemory {
  #most = 0;
  #timer = setInterval(() => this.#look(), 100);

  #look(): void {
    const byNode = new Map<string, number>();
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        // Its environment tells that it is the node's program, and whose.
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        if (!environment.includes('\0RINGWARD_REQUEST=')) continue;
        const node = /AWS_SSM_INSTANCE_ID=([^\0]+)/.exec(environment)?.[1] ?? 'unknown';
        const kib = Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
        byNode.set(node, (byNode.get(node) ?? 0) + kib * 1024);
      } catch {
        // It ended in this moment.
      }
    }
    this.#most = Math.max(this.#most, ...byNode.values());
  }

  /** Bytes; ends the watching. */
  stop(): number {
    clearInterval(this.#timer);
    return this.#most;
  }
}

export const hostMemory = totalmem();

/** Bytes on the wire of the ring's ports. */
export class Traffic {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(ports: readonly number[]): Promise<Traffic> {
    const script = join(import.meta.dirname, 'traffic.py');
    const child = spawn('python3', [script, ...ports.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const died = once(child, 'exit').then(() =>
      Promise.reject(new Error('packets cannot be counted → run the bench as root (CAP_NET_RAW)')),
    );
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), died]);
    died.catch(() => undefined);
    return new Traffic(child);
  }

  async stop(): Promise<number> {
    const told = once(this.#child.stdout as NodeJS.ReadableStream, 'data') as Promise<[Buffer]>;
    this.#child.stdin?.end('\n');
    return Number((await told)[0].toString());
  }
}
