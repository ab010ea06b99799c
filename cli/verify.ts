/** `ringward verify`: a person starts the verification of a deployment, or asks at once what the ports and files show. */
import type { HumanStart } from '../core/events/deployment-events.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { followExecution } from './follow.ts';
import { type AddVerb, collect, executionName, findDeployment, parseDuration } from './verb.ts';

interface VerifyOptions {
  readonly cluster: string;
  readonly deployment?: string;
  readonly certificates: boolean;
  readonly background: boolean;
  readonly node?: readonly string[];
  readonly reason?: string;
  readonly watch: boolean;
  readonly timeout: number;
}

export const addVerify: AddVerb = (program, run) => {
  program
    .command('verify')
    .description('verify a deployment again; with --certificates: files and ports only, answered in the call')
    .requiredOption('--cluster <name>', 'registered cluster')
    .option('--deployment <id>', 'deployment, or latest')
    .option('--certificates', 'files and ports of every node, no soak and no verdict', false)
    .option('--background', 'with --certificates: start it and do not wait for the answer', false)
    .option('--node <id>', 'only this node; may be given several times', collect)
    .option('--reason <text>', 'why; it stands in the timeline')
    .option('-w, --watch', 'follow until the verdict; Ctrl-C lets go', false)
    .option('--timeout <duration>', 'with --watch: stop following after this long', parseDuration, 3_600_000)
    .action((options: VerifyOptions, command) => run(command, verify, options));
};

async function verify(context: Context, options: VerifyOptions): Promise<ExitCode> {
  const installation = await context.installation();
  // A bare check of certificates needs no deployment; where one is named it is looked up, so a typo is found here.
  const deployment =
    options.certificates && options.deployment === undefined
      ? 'latest'
      : (await findDeployment(installation, options.cluster, options.deployment ?? 'latest')).deployment;
  const start: HumanStart = {
    cluster: options.cluster,
    deployment,
    scope: options.node === undefined ? 'cluster' : 'node',
    mode: 'automated',
    ...(options.node === undefined ? {} : { nodes: [...options.node] }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  };
  if (options.certificates && !options.background) {
    context.say('asking every node …');
    const { status, output, error, cause } = await installation.answer('check-certificates', start);
    return showAnswer(context, status === 'SUCCEEDED', output, [error, cause].filter(Boolean).join(': '));
  }
  const machine = options.certificates ? 'check-certificates' : 'verify-deployment';
  const execution = await installation.start(machine, start, executionName(`${machine}-${deployment}`, context.terminal.now()));
  context.say(`${machine} has started: ${execution}`);
  // An express execution cannot be asked how it stands; its answer is in the log of the state machine.
  if (!options.watch || options.certificates) {
    await context.print({
      value: { started: true, cluster: options.cluster, deployment, execution },
      columns: ['cluster', 'deployment', 'execution'],
      rows: [[options.cluster, deployment, execution]],
    });
    return EXIT.good;
  }
  const followed = await followExecution(context, installation, {
    execution,
    cluster: options.cluster,
    deployment,
    timeout: options.timeout,
  });
  if (followed.end !== 'ended') return followed.end === 'detached' ? EXIT.detached : EXIT.timedOut;
  const { status, output, error, cause } = followed.state;
  return showAnswer(context, status === 'SUCCEEDED', output, [error, cause].filter(Boolean).join(': '));
}

const GOOD = ['keep', 'kept', 'passed'];

/** An answer tells its outcome or verdict, the reason and the next step; without one of them nothing is taken for good. */
async function showAnswer(context: Context, succeeded: boolean, output: unknown, failure: string): Promise<ExitCode> {
  const told = (output ?? {}) as {
    outcome?: string;
    verdict?: string;
    reason?: string;
    why?: string;
    nextStep?: string;
    nodes?: readonly { node: string; outcome: string }[];
  };
  const outcome = succeeded ? (told.outcome ?? told.verdict ?? 'unknown') : 'failed';
  const good = GOOD.includes(outcome);
  await context.print({
    value: succeeded ? output : { outcome, reason: failure },
    columns: ['outcome', 'reason'],
    rows: [[context.tone(outcome, good ? 'good' : 'bad'), told.reason ?? told.why ?? failure]],
    summary: [
      ...(told.nodes ?? []).map((node) => `${node.node}: ${context.tone(node.outcome, GOOD.includes(node.outcome) ? 'good' : 'bad')}`),
      ...(told.nextStep === undefined ? [] : [`Next: ${told.nextStep}`]),
    ].join('\n'),
  });
  if (!succeeded) return EXIT.error;
  if (outcome === 'rolled-back') return EXIT.rolledBack;
  return outcome === 'handed-over' ? EXIT.rollbackFailed : good ? EXIT.good : EXIT.attention;
}
