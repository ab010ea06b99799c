/** Runs one command line in a given terminal against a given installation; tests run it with their own. */
import { Command, CommanderError, Option } from 'commander';
import type { Installation } from '../adapters/stack/installation.ts';
import { addBackup } from './backup.ts';
import { addBaseline } from './baseline.ts';
import { addCheck } from './check.ts';
import { addCluster } from './cluster.ts';
import { contextOf, type GlobalOptions } from './context.ts';
import { addControl } from './control.ts';
import { addDeadLetters } from './dead-letters.ts';
import { addDecide } from './decide.ts';
import { addDoctor } from './doctor.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { addGate } from './gate.ts';
import { FORMATS, paint, wantsColour } from './output.ts';
import { addReplay } from './replay.ts';
import { addReport } from './report.ts';
import { addRollback } from './rollback.ts';
import { addStatus } from './status.ts';
import type { Terminal } from './terminal.ts';
import type { AddVerb } from './verb.ts';
import { addVerify } from './verify.ts';
import { addWatch } from './watch.ts';

const VERBS: readonly AddVerb[] = [
  addDoctor,
  addCheck,
  addCluster,
  addBackup,
  addGate,
  addVerify,
  addWatch,
  addBaseline,
  addStatus,
  addDecide,
  addRollback,
  addControl,
  addReport,
  addReplay,
  addDeadLetters,
];

const EXIT_CODES = `
Exit codes: 0 good · 1 error · 2 needs attention or differs · 3 rolled back · 4 rollback failed · 124 timed out · 130 detached (Ctrl-C)`;

/** The exit code of the command line. Never throws: what went wrong is told on stderr. */
export async function runRingward(
  args: readonly string[],
  terminal: Terminal,
  open: (stack: string) => Promise<Installation>,
): Promise<ExitCode> {
  let code: ExitCode = EXIT.good;
  const program = new Command('ringward')
    .description('Guards Apache Cassandra rings through certificate deployments.')
    .version('0.1.0')
    .addOption(new Option('-o, --output <form>', 'form of the data on stdout').choices(FORMATS).default('table'))
    .option('--json', 'the same as --output json', false)
    .option('--plain', 'tables as bare fields between tabs, no colour', false)
    .option('-q, --quiet', 'no progress on stderr', false)
    .option('--stack <name>', 'name of the CloudFormation stack', 'Ringward')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(see --help)')
    .exitOverride();
  for (const add of VERBS) {
    add(program, async (command, verb, options) => {
      const given = command.optsWithGlobals<GlobalOptions & { readonly json: boolean }>();
      const context = contextOf(terminal, given.json ? { ...given, output: 'json' } : given, open);
      code = await verb(context, options);
      // A verb that was let go of has seen no end, so it has no state to tell.
      if (terminal.detach.aborted) code = EXIT.detached;
    });
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.good : EXIT.error;
    if (terminal.detach.aborted) return EXIT.detached;
    terminal.err(
      `${paint('error', 'bad', wantsColour(terminal, false, 'err'))} ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return EXIT.error;
  }
}
