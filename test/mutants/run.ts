/**
 * `npm run mutants`: applies small breaks to a private copy of the tree, one at a time; the named test of each
 * must be green without it and red with it. Ends 0 only when every mutant is killed.
 */
import { Command, Option } from 'commander';
import { progressOn } from '../../stand/progress.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { PrivateCopy } from './private-copy.ts';

/** `killed`: its test turned red · `survived`: it stayed green · `error`: it could not be tried. */
interface Trial {
  readonly name: string;
  readonly outcome: 'killed' | 'survived' | 'error';
  readonly breaks: string;
  readonly test: string;
  readonly ms: number;
  /** What the test said. */
  readonly said?: string;
  readonly problem?: string;
}

const program = new Command('mutants')
  .description('small breaks, one at a time: each must turn its named test red')
  .addOption(new Option('--only <name>', 'this mutant alone').choices(MUTANTS.map(({ name }) => name)))
  .option('--list', 'name them, and try none')
  .option('--json', 'print one JSON object as the last line')
  .addHelpText('after', '\nExit codes: 0 all are killed · 1 error · 2 one survived, or could not be tried.')
  .parse();
const options = program.opts<{ only?: string; list?: boolean; json?: boolean }>();
const chosen = MUTANTS.filter(({ name }) => options.only === undefined || name === options.only);
const progress = progressOn(process.stderr, performance.now());

async function tryAll(): Promise<number> {
  const copy = PrivateCopy.make();
  process.once('exit', () => copy.remove());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const green = await baseline(copy);
  const trials: Trial[] = [];
  for (const mutant of chosen) {
    const trial = await tryOne(copy, mutant, green);
    trials.push(trial);
    progress(`${trials.length}/${chosen.length} ${trial.outcome.padEnd(8)} ${mutant.name}${trial.problem ? `: ${trial.problem}` : ''}`);
  }
  print(trials);
  return trials.every(({ outcome }) => outcome === 'killed') ? 0 : 2;
}

/** Every named test once, without any mutation: `file` + title of those that are green. */
async function baseline(copy: PrivateCopy): Promise<ReadonlySet<string>> {
  const files = [...new Set(chosen.map(({ test }) => test.file))];
  progress(`without a mutation: ${chosen.length} named tests in ${files.length} files`);
  const ran = await copy.runTests(files, [...new Set(chosen.map(({ test }) => test.title))]);
  return new Set(ran.filter(({ status }) => status === 'passed').map(({ file, title }) => `${file} › ${title}`));
}

async function tryOne(copy: PrivateCopy, mutant: Mutant, green: ReadonlySet<string>): Promise<Trial> {
  const began = performance.now();
  const { name, breaks, test } = mutant;
  const wanted = `${test.file} › ${test.title}`;
  const end = (outcome: Trial['outcome'], told: Pick<Trial, 'said' | 'problem'>): Trial => ({
    name,
    outcome,
    breaks,
    test: wanted,
    ms: Math.round(performance.now() - began),
    ...told,
  });
  const error = (problem: string) => end('error', { problem });
  if (!green.has(wanted)) return error(`its test is not green without it, or is not there: ${wanted}`);
  const undo = copy.mutate(mutant);
  if (typeof undo === 'string') return error(undo);
  try {
    // A mutant that does not compile breaks every test, so it says nothing about this one.
    const complaint = mutant.file.endsWith('.java') ? copy.buildJar() : null;
    if (complaint !== null) return error(`it does not compile: ${complaint}`);
    const ran = (await copy.runTests([test.file], [test.title])).filter(({ title }) => title === test.title);
    // A file that does not even load proves nothing about the test in it.
    if (ran.length === 0) return error('with it the test’s file does not load');
    const red = ran.find(({ status }) => status === 'failed');
    return red ? end('killed', { said: red.reason ?? 'no reason given' }) : end('survived', { problem: `${wanted} stays green` });
  } finally {
    undo();
  }
}

function print(trials: readonly Trial[]): void {
  const width = Math.max(...trials.map(({ name }) => name.length));
  for (const { name, outcome, ms, breaks, test } of trials)
    process.stdout.write(
      `${outcome.padEnd(8)} ${name.padEnd(width)}  ${(ms / 1000).toFixed(1).padStart(5)} s  ${breaks}\n${' '.repeat(width + 19)}${test}\n`,
    );
  const killed = trials.filter(({ outcome }) => outcome === 'killed').length;
  process.stdout.write(`\n${killed} of ${trials.length} mutants killed in ${Math.round(performance.now() / 1000)} s\n`);
  if (options.json) process.stdout.write(`${JSON.stringify({ mutants: trials.length, killed, trials })}\n`);
}

try {
  if (options.list)
    for (const { name, breaks, file, test } of chosen) process.stdout.write(`${name}\t${file}\t${breaks}\t${test.file} › ${test.title}\n`);
  else process.exitCode = await tryAll();
} catch (error) {
  process.stderr.write(`mutants: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
