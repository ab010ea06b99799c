/** `ringward backup`: a person starts what the Starting event starts otherwise. */
import type { HumanStart } from '../core/events/deployment-events.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { followExecution } from './follow.ts';
import { type AddVerb, executionName, findDeployment, parseDuration } from './verb.ts';

interface BackupOptions {
  readonly cluster: string;
  readonly deployment: string;
  readonly watch: boolean;
  readonly timeout: number;
}

export const addBackup: AddVerb = (program, run) => {
  const backup = program.command('backup').description('backups of certificates, configuration and service state');
  backup
    .command('start')
    .description('back every node up again for a deployment whose backup failed')
    .requiredOption('--cluster <name>', 'registered cluster')
    .option('--deployment <id>', 'deployment, or latest', 'latest')
    .option('-w, --watch', 'follow until every backup is verified; Ctrl-C lets go', false)
    .option('--timeout <duration>', 'with --watch: stop following after this long', parseDuration, 900_000)
    .action((options: BackupOptions, command) => run(command, start, options));
};

async function start(context: Context, options: BackupOptions): Promise<ExitCode> {
  const installation = await context.installation();
  const { deployment } = await findDeployment(installation, options.cluster, options.deployment);
  const input: HumanStart = { cluster: options.cluster, deployment, scope: 'cluster', mode: 'automated' };
  const execution = await installation.start('back-up-cluster', input, executionName(`back-up-${deployment}`, context.terminal.now()));
  context.say(`The backup of ${options.cluster} has started: ${execution}`);
  if (options.watch) {
    const followed = await followExecution(context, installation, {
      execution,
      cluster: options.cluster,
      deployment,
      timeout: options.timeout,
    });
    if (followed.end !== 'ended') return followed.end === 'detached' ? EXIT.detached : EXIT.timedOut;
    if (followed.state.status !== 'SUCCEEDED')
      throw new Error(
        [followed.state.error, followed.state.cause].filter(Boolean).join(': ') || `the execution ended ${followed.state.status}`,
      );
  }
  const backups = await installation.backups(options.cluster, deployment);
  await context.print({
    value: {
      cluster: options.cluster,
      deployment,
      execution,
      backups: backups.map(({ node, status, reason }) => ({ node, status, reason: reason ?? null })),
    },
    columns: ['node', 'backup', 'reason'],
    rows: backups.map(({ node, status, reason }) => [
      node,
      context.tone(status, status === 'verified' ? 'good' : 'attention'),
      reason ?? '',
    ]),
    summary: options.watch ? '' : `Wait for it: ringward gate --cluster ${options.cluster} --deployment ${deployment}`,
  });
  return !options.watch || (backups.length > 0 && backups.every(({ status }) => status === 'verified')) ? EXIT.good : EXIT.attention;
}
