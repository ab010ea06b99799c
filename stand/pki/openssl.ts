/** Runs the `openssl` command line, a prerequisite of the stand, and turns its failures into readable errors. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs `openssl` with the given arguments and returns its standard output.
 *
 * Passwords and keys go by file, never by argument. Throws an error that quotes openssl's own message.
 */
export async function openssl(args: readonly string[], options: { readonly cwd?: string } = {}): Promise<string> {
  try {
    const { stdout } = await run('openssl', [...args], { ...options, maxBuffer: 4 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new Error('openssl is not on the PATH → install OpenSSL 3 and run the command again', { cause: error });
    throw new Error(`openssl ${args[0]} failed: ${(stderr ?? String(error)).trim()}`, { cause: error });
  }
}
