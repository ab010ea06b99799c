/** Runs a program of this machine that nobody vouches for: never longer, and never with more output, than is allowed. */
import { spawn } from 'node:child_process';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Bounds {
  readonly ms: number;
  /** Of standard output and error together. */
  readonly bytes: number;
}

const BOUNDS: Bounds = { ms: 15_000, bytes: 1024 * 1024 };

/** Null when the program is not there, did not end in time, said too much, or was ended by a signal. */
export function runProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { ms, bytes }: Bounds = BOUNDS,
): Promise<Ended | null> {
  return new Promise((done) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { out: '', err: '' };
    let said = 0;
    // What it started itself may hold the pipes open after its end: neither that nor a trap for SIGTERM may hold us.
    const giveUp = (): void => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      end(null);
    };
    const timer = setTimeout(giveUp, ms);
    const end = (ended: Ended | null): void => {
      clearTimeout(timer);
      done(ended);
    };
    for (const [stream, name] of [
      [child.stdout, 'out'],
      [child.stderr, 'err'],
    ] as const) {
      stream.on('data', (part: Buffer) => {
        said += part.length;
        texts[name] += part.toString();
        if (said > bytes) giveUp();
      });
    }
    child.on('error', () => end(null));
    child.on('close', (code, signal) => end(signal ? null : { code, ...texts }));
  });
}
