/** The world outside a verb: streams, clock, Ctrl-C. Tests bring their own. */
import { createInterface } from 'node:readline/promises';
import { setTimeout as pause } from 'node:timers/promises';

export interface Terminal {
  /** Data. */
  readonly out: (text: string) => void;
  /** Progress and errors. */
  readonly err: (text: string) => void;
  /** Is the other end of stdout (stderr, stdin) a person's terminal? */
  readonly isTty: { readonly out: boolean; readonly err: boolean; readonly in: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Present time, ms since the epoch. */
  readonly now: () => number;
  /** Resolves after `ms`, at once when the person detaches. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Aborted by Ctrl-C. */
  readonly detach: AbortSignal;
  readonly ask: (question: string) => Promise<string>;
  /** Reads a file that the person named. */
  readonly readFile: (path: string) => Promise<string>;
  /** The same, for a file that is no text. */
  readonly readBytes: (path: string) => Promise<Uint8Array>;
  /** The same, line by line, for a file of any length. */
  readonly readLines: (path: string) => AsyncIterable<string>;
  /** Names of the files in a folder, ascending. */
  readonly listFiles: (folder: string) => Promise<readonly string[]>;
  readonly writeFile: (path: string, text: string) => Promise<void>;
}

/** The process's own terminal. The first Ctrl-C detaches, the second one ends the process. */
export function processTerminal(): Terminal {
  const detach = new AbortController();
  process.on('SIGINT', () => {
    if (detach.signal.aborted) process.exit(130);
    detach.abort();
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTty: { out: process.stdout.isTTY === true, err: process.stderr.isTTY === true, in: process.stdin.isTTY === true },
    env: process.env,
    now: Date.now,
    sleep: (ms) => pause(ms, undefined, { signal: detach.signal }).catch(() => undefined),
    detach: detach.signal,
    ask: async (question) => {
      const prompt = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await prompt.question(question, { signal: detach.signal });
      } finally {
        prompt.close();
      }
    },
    readFile: async (path) => (await import('node:fs/promises')).readFile(path, 'utf8'),
    readBytes: async (path) => (await import('node:fs/promises')).readFile(path),
    readLines: linesOf,
    listFiles: async (folder) =>
      (await (await import('node:fs/promises')).readdir(folder, { withFileTypes: true }))
        .filter((entry) => !entry.isDirectory())
        .map(({ name }) => name)
        .sort(),
    writeFile: async (path, text) => (await import('node:fs/promises')).writeFile(path, text),
  };
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const { createReadStream } = await import('node:fs');
  yield* createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
}
