/** `ringward`: reads the command line, runs one verb, and ends with its exit code. */

import { runRingward } from './run.ts';
import { processTerminal } from './terminal.ts';

const terminal = processTerminal();
const open = async (stack: string) => (await import('../adapters/stack/installation.ts')).openInstallation(stack);
process.exitCode = await runRingward(process.argv.slice(2), terminal, open);
