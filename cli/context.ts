/** What every verb gets: how to print, whom to ask, and the installation, opened when it is first needed. */
import type { Installation } from '../adapters/stack/installation.ts';
import type { ExitCode } from './exit-codes.ts';
import { type Format, harmless, paint, render, type Shown, type Tone, wantsColour } from './output.ts';
import type { Terminal } from './terminal.ts';

export interface GlobalOptions {
  readonly output: Format;
  readonly plain: boolean;
  readonly quiet: boolean;
  readonly stack: string;
}

export interface Context {
  readonly terminal: Terminal;
  readonly options: GlobalOptions;
  /** Data on stdout, in the asked form. */
  readonly print: (shown: Shown) => Promise<void>;
  /** Progress on stderr, one line. */
  readonly say: (text: string) => void;
  /** Colours a word for stdout. */
  readonly tone: (text: string, tone: Tone) => string;
  /** Reads the stack's outputs once. */
  readonly installation: () => Promise<Installation>;
}

/** A verb's work; its exit code is the state that it found. */
export type Verb<O> = (context: Context, options: O) => Promise<ExitCode>;

export function contextOf(terminal: Terminal, options: GlobalOptions, open: (stack: string) => Promise<Installation>): Context {
  let opened: Promise<Installation> | undefined;
  const say = (text: string): void => {
    if (!options.quiet) terminal.err(`${harmless(text)}\n`);
  };
  return {
    terminal,
    options,
    say,
    print: async (shown) => terminal.out(await render(shown, options.output, options.plain)),
    tone: (text, tone) => paint(text, tone, options.output === 'table' && wantsColour(terminal, options.plain, 'out')),
    installation: () => {
      if (opened === undefined) {
        // Said before the first call, so that something is seen at once.
        if (terminal.isTty.err) say(`reading the stack ${options.stack} …`);
        opened = open(options.stack);
      }
      return opened;
    },
  };
}
