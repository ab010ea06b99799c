/** `npm run bench -- <name>`: each measurement beside its comparator, today's value whatever it is. */
import { Command, InvalidArgumentError } from 'commander';
import { progressOn } from '../stand/progress.ts';
import { figureTable } from './figures.ts';
import { type BenchResult, benchRollback } from './rollback.ts';

const wholeNumber =
  (least: number) =>
  (text: string): number => {
    if (!/^\d+$/.test(text) || Number(text) < least) throw new InvalidArgumentError(`a whole number from ${least} on is wanted.`);
    return Number(text);
  };

const progress = progressOn(process.stderr, performance.now());
const program = new Command('bench')
  .description('measurements, each beside its comparator')
  .showHelpAfterError(
    'There are: rollback, failure-modes, verification, decision, planner, histories, faults. More by npm run bench -- --help.',
  )
  .addHelpText(
    'after',
    '\nExit codes: 0 measured, whatever the figures · 1 error.\nA bench on a real ring brings a stand up when there is none on its net, and takes it down again; decision, planner, histories and faults need none.',
  );

program
  .command('rollback')
  .description('hot rollback beside the script that people write; detection, clients and list price of whole deployments')
  .option('--runs <n>', 'pairs of runs of each comparison', wholeNumber(1), 10)
  .option('--deployments <n>', 'whole deployments', wholeNumber(1), 3)
  .option('--net <n>', 'which stand: addresses 127.0.<n>.x', wholeNumber(0), 0)
  .option('--json', 'print one JSON object as the last line', false)
  .action(async ({ json, ...options }: { runs: number; deployments: number; net: number; json: boolean }) => {
    print('rollback', await benchRollback(options, progress), json);
  });

program
  .command('failure-modes')
  .description('each way in which a certificate deployment goes wrong: provoked, found, named, and confirmed by another tool')
  .option('--row <n...>', 'only these rows of the table', (text: string, before: number[]) => [...before, wholeNumber(1)(text)], [])
  .option('--renewals <n>', 'good renewals of many forms, through the checks', wholeNumber(0), 50)
  .option('--deployments <n>', 'good deployments, through the whole workflow', wholeNumber(0), 12)
  .option('--net <n>', 'which stand: addresses 127.0.<n>.x', wholeNumber(0), 0)
  .option('--json', 'print one JSON object as the last line', false)
  .action(async ({ json, row, ...options }: { row: number[]; renewals: number; deployments: number; net: number; json: boolean }) => {
    const { benchFailureModes } = await import('./failure-modes/run.ts');
    const result = await benchFailureModes({ ...options, rows: row }, progress);
    print('failure-modes', result, json, { cases: result.cases });
  });

program
  .command('verification')
  .description('a good deployment with the limits of production, and what verifying it costs the cluster, with and without in one run')
  .option('--calm <seconds>', 'length of each period without verification', wholeNumber(5), 60)
  .option('--net <n>', 'which stand: addresses 127.0.<n>.x', wholeNumber(0), 0)
  .option('--json', 'print one JSON object as the last line', false)
  .action(async ({ json, ...options }: { calm: number; net: number; json: boolean }) => {
    const { benchVerification } = await import('./verification/run.ts');
    print('verification', await benchVerification(options, progress), json);
  });

program
  .command('decision')
  .description('when to roll back: the decider beside the rules of others, on simulated clusters from a seed')
  .option('--seeds <n>', 'worlds of each kind that must be found', wholeNumber(1), 400)
  .option('--kept-seeds <n>', 'worlds of each kind that must be kept', wholeNumber(1), 3000)
  .option(
    '--live-kept-seeds <n>',
    'how many of these are also watched live, at the rate of probes that the decider wants',
    wholeNumber(0),
    1000,
  )
  .option('--kind <name...>', 'only these kinds', (text: string, before: string[]) => [...before, text], [])
  .option('--run <n>', 'another run, other worlds', wholeNumber(0), 1)
  .option('--write <folder>', 'measure nothing; write traces of each kind there, for replay')
  .option('--write-each <n>', 'how many of each kind', wholeNumber(1), 1)
  .option('--json', 'print one JSON object as the last line', false)
  .action(async (options: DecisionOptions) => {
    const { seeds, keptSeeds, liveKeptSeeds, kind, run, write, writeEach, json } = options;
    if (write !== undefined) {
      const [{ writeTraces }, { ALL_KINDS }] = await Promise.all([import('./decision/write-traces.ts'), import('./decision/kinds.ts')]);
      const kinds = kind.length === 0 ? ALL_KINDS.map(({ name }) => name) : kind;
      progress(`${writeTraces(write, kinds, writeEach, run)} traces in ${write}`);
      return;
    }
    const { benchDecision } = await import('./decision/run.ts');
    const result = await benchDecision({ seeds, keptSeeds, liveKeptSeeds, kinds: kind, run }, progress);
    print('decision', result, json, { kinds: result.kinds });
  });

program
  .command('planner')
  .description('planning a rollback of 1,000 nodes with 256 tokens each and 50 keyspaces: time and memory')
  .option('--runs <n>', 'times that it is done; the slowest counts', wholeNumber(1), 3)
  .option('--json', 'print one JSON object as the last line', false)
  .action(async ({ json, ...options }: { runs: number; json: boolean }) => {
    const { benchPlanner } = await import('./planner.ts');
    print('planner', benchPlanner(options, progress), json);
  });

program
  .command('histories')
  .description(
    'random histories of rollbacks on twelve simulated nodes: executions that die and overlap, people, hosts; invariants after every event',
  )
  .option('--histories <n>', 'how many', wholeNumber(1), 500_000)
  .option('--run <n>', 'the seed of all', wholeNumber(0), 1)
  .option('--history <n>', 'play this one alone, and tell what was violated', wholeNumber(0))
  .option('--json', 'print one JSON object as the last line', false)
  .action(async ({ json, ...options }: { histories: number; run: number; history?: number; json: boolean }) => {
    const { benchHistories } = await import('./histories/run.ts');
    print('histories', await benchHistories(options, progress), json);
  });

program
  .command('faults')
  .description('each call of a rollback with everything that can go wrong with it, on a simulated ring; the checker sees only ring and AWS')
  .option('--seed <n>', 'the same seed, the same worlds', wholeNumber(0), 1)
  .option('--ground <name...>', 'only these, such as restart/person', (text: string, before: string[]) => [...before, text], [])
  .option('--every <n>', 'every how-manieth point', wholeNumber(1), 1)
  .option('--point <id>', 'only this point, as a violation names it')
  .option('--json', 'print one JSON object as the last line', false)
  .action(async ({ json, ground, ...options }: { seed: number; ground: string[]; every: number; point?: string; json: boolean }) => {
    const { benchFaults } = await import('./faults/run.ts');
    const result = await benchFaults({ ...options, grounds: ground }, progress);
    print('faults', result, json, { seed: options.seed, violations: result.violations });
  });

interface DecisionOptions {
  seeds: number;
  keptSeeds: number;
  liveKeptSeeds: number;
  kind: string[];
  run: number;
  write?: string;
  writeEach: number;
  json: boolean;
}

function print(bench: string, { figures, text }: BenchResult, json: boolean, more: object = {}): void {
  process.stdout.write(`\n${text}\n\n${figureTable(figures)}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ bench, figures, ...more })}\n`);
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
