/** `ringward approve | reject | pause | resume | cancel | retry`: what a person says about a rollback that is under way. */
import { hostname, userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { RingwardError } from '../core/errors/catalogue.ts';
import type { HumanStart } from '../core/events/deployment-events.ts';
import type { ControlWord } from '../core/roll-back/course/control.ts';
import { RollbackMode } from '../core/roll-back/course/wave.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type AddVerb, executionName, findDeployment } from './verb.ts';

interface ControlOptions {
  readonly cluster: string;
  readonly deployment: string;
  readonly reason?: string;
  /** Of approve and reject, counted from 1. */
  readonly wave?: string;
  /** Of retry. */
  readonly confirm?: string;
  readonly mode?: RollbackMode;
}

export const addControl: AddVerb = (program, run) => {
  const verb = (name: string, description: string, example: string): Command =>
    program
      .command(name)
      .description(description)
      .requiredOption('--cluster <name>', 'registered cluster')
      .option('--deployment <id>', 'deployment, or latest', 'latest')
      .option('--reason <text>', 'why; it stands in the timeline')
      .addHelpText(
        'after',
        `\nExample:\n  ringward ${name} --cluster payments --deployment d-7${example}\n\nExit codes: 0 it is so · 1 error, such as said otherwise before.`,
      );
  const saying = (name: string, description: string, word: ControlWord): Command =>
    verb(name, description, ' --reason "the network is being mended"').action((options: ControlOptions, command) =>
      run(command, (context, given: ControlOptions) => say(context, given, word), options),
    );
  const answering = (name: 'approve' | 'reject', description: string): Command =>
    verb(name, description, ' --wave 1 --reason "seen with the team"')
      .option('--wave <n>', 'refuse unless this wave is the one that waits, counted from 1')
      .action((options: ControlOptions, command) =>
        run(command, (context, given: ControlOptions) => answer(context, given, name), options),
      );
  answering('approve', 'approve the wave of a rollback that waits for it');
  answering('reject', 'reject the wave of a rollback that waits; the rollback ends there');
  saying('pause', 'begin nothing new in a rollback; what is at work ends', 'pause');
  saying('resume', 'go on with a paused rollback', 'go');
  saying('cancel', 'end a rollback after what is at work; nodes that are left are handed over', 'cancel');
  verb('retry', 'roll back once more what a rollback handed over; nodes that are back are left alone', ' --confirm payments')
    .option('--confirm <cluster>', 'the cluster’s name: nodes are changed')
    .addOption(new Option('--mode <mode>', 'as in rollback').choices(RollbackMode.options).default('automated'))
    .action((options: ControlOptions, command) => run(command, retry, options));
};

const me = (): string => `${userInfo().username}@${hostname()}`;
const because = ({ reason }: ControlOptions): { reason?: string } => (reason === undefined ? {} : { reason });

async function say(context: Context, options: ControlOptions, word: ControlWord): Promise<ExitCode> {
  const installation = await context.installation();
  const { cluster, deployment } = await findDeployment(installation, options.cluster, options.deployment);
  const { control } = await installation.control(
    { cluster, deployment },
    { word, by: me(), ...because(options), at: context.terminal.now() },
  );
  const now = control?.word ?? 'go';
  await context.print({
    value: { cluster, deployment, control: control ?? null },
    columns: ['deployment', 'rollback', 'by'],
    rows: [[deployment, WORDS[now], control?.by ?? '-']],
    summary: `Follow it: ringward status --cluster ${cluster} --deployment ${deployment} -w`,
  });
  return EXIT.good;
}

const WORDS: Readonly<Record<ControlWord, string>> = {
  go: 'goes on',
  pause: 'begins nothing new until it is resumed',
  cancel: 'ends after what is at work',
};

async function answer(context: Context, options: ControlOptions, given: 'approve' | 'reject'): Promise<ExitCode> {
  const installation = await context.installation();
  const { cluster, deployment, asking: seen } = await findDeployment(installation, options.cluster, options.deployment);
  const about = { wave: seen?.wave ?? 0, planHash: seen?.planHash ?? '' };
  if (options.wave !== undefined && Number(options.wave) !== about.wave + 1)
    throw new RingwardError('DECISION_NOT_WAITING', {
      message: seen ? `Wave ${about.wave + 1} waits (${seen.name}), not wave ${options.wave}.` : 'No wave waits.',
      field: '--wave',
      value: options.wave,
    });
  const said = { answer: given, ...about, by: me(), ...because(options), at: context.terminal.now() };
  const { asking } = await installation.approve({ cluster, deployment }, said);
  await context.print({
    value: {
      cluster,
      deployment,
      answer: given,
      wave: asking?.wave ?? null,
      name: asking?.name ?? null,
      nodes: asking?.nodes ?? [],
      planHash: asking?.planHash ?? null,
    },
    columns: ['deployment', 'wave', 'nodes', 'answer'],
    rows: [[deployment, asking?.name ?? '-', asking?.nodes.join(' ') ?? '', given]],
    summary: `Follow it: ringward status --cluster ${cluster} --deployment ${deployment} -w`,
  });
  return EXIT.good;
}

async function retry(context: Context, options: ControlOptions): Promise<ExitCode> {
  const installation = await context.installation();
  const record = await findDeployment(installation, options.cluster, options.deployment);
  const { cluster, deployment, state, verdict } = record;
  if (state !== 'handed-over')
    throw new RingwardError('ROLLBACK_NOT_RUNNING', {
      message: `The deployment ${deployment} is ${state}: no rollback of it was handed over.`,
      field: 'deployment',
      value: deployment,
    });
  if (options.confirm !== cluster)
    throw new RingwardError('ARGUMENT_INVALID', {
      message: `Rolling back changes the nodes of ${cluster}.`,
      field: '--confirm',
      value: options.confirm ?? 'missing',
      fix: `Say so with --confirm=${cluster}.`,
    });
  const nodes = verdict?.nodes ?? [];
  const start: HumanStart = {
    cluster,
    deployment,
    scope: nodes.length > 0 ? 'node' : 'cluster',
    mode: options.mode ?? 'automated',
    requestedBy: me(),
    ...because(options),
    ...(nodes.length > 0 ? { nodes: [...nodes] } : {}),
  };
  const execution = await installation.start('roll-back', start, executionName(`retry-${deployment}`, context.terminal.now()));
  await context.print({
    value: { started: true, cluster, deployment, execution },
    columns: ['cluster', 'deployment', 'execution'],
    rows: [[cluster, deployment, execution]],
    summary: `Follow it: ringward status --cluster ${cluster} --deployment ${deployment} -w`,
  });
  return EXIT.good;
}
