/** `ringward report`: what happened in a deployment, in short here, in full as a page or as JSON. */
import { RingwardError } from '../core/errors/catalogue.ts';
import type { Report } from '../core/report/model.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type AddVerb, findDeployment } from './verb.ts';

interface ReportOptions {
  readonly cluster: string;
  readonly deployment: string;
  readonly save?: string;
}

const OUTCOME_EXIT: Readonly<Record<Report['outcome'], ExitCode>> = {
  kept: EXIT.good,
  'rolled-back': EXIT.rolledBack,
  held: EXIT.attention,
  refused: EXIT.attention,
  'handed-over': EXIT.rollbackFailed,
};

export const addReport: AddVerb = (program, run) => {
  program
    .command('report')
    .description('verdict, reason, and each node before and after; -o json for everything, --save for the page')
    .requiredOption('--cluster <name>', 'registered cluster')
    .option('--deployment <id>', 'deployment, or latest', 'latest')
    .option('--save <file.html>', 'also save the page, which needs nothing but a browser')
    .action((options: ReportOptions, command) => run(command, report, options));
};

async function report(context: Context, options: ReportOptions): Promise<ExitCode> {
  const installation = await context.installation();
  const { deployment, state } = await findDeployment(installation, options.cluster, options.deployment);
  const text = await installation.report(options.cluster, deployment, 'json');
  if (text === undefined) {
    throw new RingwardError('DEPLOYMENT_UNKNOWN', {
      message: `There is no report of ${deployment} yet: it is ${state}.`,
      fix: `Follow it: ringward status --cluster ${options.cluster} --deployment ${deployment} -w`,
    });
  }
  const [{ Report: Schema }, { summarise }] = await Promise.all([import('../core/report/model.ts'), import('../core/report/summarise.ts')]);
  const told = Schema.parse(JSON.parse(text));
  if (options.save !== undefined) {
    const page = await installation.report(options.cluster, deployment, 'html');
    if (page === undefined) throw new Error(`The page of ${deployment} is not in the evidence bucket.`);
    await context.terminal.writeFile(options.save, page);
    context.say(`The page is saved: ${options.save}`);
  }
  const exit = OUTCOME_EXIT[told.outcome];
  const short = (fingerprint: string | null): string => (fingerprint === null ? '-' : fingerprint.slice(0, 23));
  await context.print({
    value: told,
    columns: ['node', 'address', 'outcome', 'way', 'before', 'deployed', 'after'],
    rows: told.nodes.map((node) => [
      node.node,
      node.address,
      context.tone(node.outcome, node.outcome === 'handed-over' || node.outcome === 'unknown' ? 'bad' : 'good'),
      node.way ?? '-',
      short(node.before),
      short(node.deployed),
      short(node.after),
    ]),
    lines: summarise(told),
  });
  return exit;
}
