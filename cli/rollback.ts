/** `ringward rollback`: a person starts the rollback of a deployment; `--dry-run` shows the plan and starts nothing on a node. */
import { hostname, userInfo } from 'node:os';
import { Option } from 'commander';
import type { Installation } from '../adapters/stack/installation.ts';
import type { HumanStart } from '../core/events/deployment-events.ts';
import { RollbackMode } from '../core/roll-back/course/wave.ts';
import type { NodePlan, RollbackPlan } from '../core/roll-back/plan.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { followExecution } from './follow.ts';
import { type AddVerb, collect, executionName, findDeployment, parseDuration } from './verb.ts';

interface RollbackOptions {
  readonly cluster: string;
  readonly deployment: string;
  readonly node?: readonly string[];
  readonly way?: 'hot' | 'restart';
  readonly mode: RollbackMode;
  readonly reason?: string;
  readonly dryRun: boolean;
  readonly confirm?: string;
  /** False for --no-input. */
  readonly input: boolean;
  readonly watch: boolean;
  readonly timeout: number;
}

export const addRollback: AddVerb = (program, run) => {
  program
    .command('rollback')
    .description('put the certificates of before back, by the verified backup of the deployment')
    .requiredOption('--cluster <name>', 'registered cluster')
    .option('--deployment <id>', 'deployment, or latest', 'latest')
    .option('--node <id>', 'only this node (instance id or address); may be given several times', collect)
    .addOption(new Option('--way <way>', 'force a way back; by default the planner picks per node').choices(['hot', 'restart']))
    .addOption(
      new Option(
        '--mode <mode>',
        'automated: without a pause; staged: a canary, then rack by rack, proven and soaked; interactive: the same, each wave approved; emergency: as parallel as availability permits',
      )
        .choices(RollbackMode.options)
        .default('automated'),
    )
    .option('--reason <text>', 'why; it stands in the report')
    .option('--dry-run', 'show the plan, start nothing', false)
    .option('--confirm <cluster>', 'the cluster’s name, instead of being asked for it')
    .option('--no-input', 'never ask; needs --confirm')
    .option('-w, --watch', 'follow until it ends; Ctrl-C lets go, the rollback goes on', false)
    .option('--timeout <duration>', 'with --watch: stop following after this long', parseDuration, 3_600_000)
    .action((options: RollbackOptions, command) => run(command, rollback, options));
};

async function rollback(context: Context, options: RollbackOptions): Promise<ExitCode> {
  const installation = await context.installation();
  // Fixed now, so that a deployment that begins meanwhile is not the one rolled back.
  const { deployment } = await findDeployment(installation, options.cluster, options.deployment);
  const start: HumanStart = {
    cluster: options.cluster,
    deployment,
    scope: options.node === undefined ? 'cluster' : 'node',
    mode: options.mode,
    requestedBy: `${userInfo().username}@${hostname()}`,
    ...(options.node === undefined ? {} : { nodes: [...options.node] }),
    ...(options.way === undefined ? {} : { way: options.way }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  };
  if (options.dryRun) return showPlan(context, await installation.plan(start));
  const refusal = await confirmation(context, options, deployment);
  if (refusal !== null) {
    context.terminal.err(`${refusal}\n`);
    return EXIT.error;
  }
  const execution = await installation.start('roll-back', start, executionName(`roll-back-${deployment}`, context.terminal.now()));
  context.say(`The rollback of ${deployment} has started: ${execution}`);
  if (options.watch) return follow(context, installation, { execution, cluster: options.cluster, deployment, timeout: options.timeout });
  await context.print({
    value: { started: true, cluster: options.cluster, deployment, execution },
    columns: ['cluster', 'deployment', 'execution'],
    rows: [[options.cluster, deployment, execution]],
    summary: `Follow it: ringward status --cluster ${options.cluster} --deployment ${deployment} -w`,
  });
  return EXIT.good;
}

/** Null when the person means it; otherwise what to do. */
async function confirmation(context: Context, { cluster, confirm, input }: RollbackOptions, deployment: string): Promise<string | null> {
  if (confirm !== undefined) return confirm === cluster ? null : `--confirm=${confirm} is not the cluster ${cluster}; nothing was started.`;
  if (!input || !context.terminal.isTty.in)
    return `Rolling back changes the nodes of ${cluster}. Say so with --confirm=${cluster}, or look first with --dry-run; nothing was started.`;
  const typed = await context.terminal.ask(
    `This puts the certificates of before ${deployment} back on ${cluster}. Type the cluster's name to go on: `,
  );
  return typed.trim() === cluster ? null : 'That is not its name; nothing was started.';
}

const OUTCOME_EXIT: Readonly<Record<string, ExitCode>> = {
  'rolled-back': EXIT.rolledBack,
  refused: EXIT.attention,
  held: EXIT.attention,
  kept: EXIT.attention,
};

async function follow(
  context: Context,
  installation: Installation,
  about: { execution: string; cluster: string; deployment: string; timeout: number },
): Promise<ExitCode> {
  const followed = await followExecution(context, installation, about);
  if (followed.end !== 'ended') return followed.end === 'detached' ? EXIT.detached : EXIT.timedOut;
  const { state } = followed;
  const told = (state.output ?? {}) as { outcome?: string; reason?: string; nextStep?: string };
  const outcome = state.status === 'SUCCEEDED' ? (told.outcome ?? 'unknown') : 'failed';
  const reason = told.reason ?? [state.error, state.cause].filter(Boolean).join(': ');
  const exit = OUTCOME_EXIT[outcome] ?? EXIT.rollbackFailed;
  await context.print({
    value: {
      cluster: about.cluster,
      deployment: about.deployment,
      execution: about.execution,
      outcome,
      reason,
      nextStep: told.nextStep ?? null,
    },
    columns: ['deployment', 'outcome', 'reason'],
    rows: [[about.deployment, context.tone(outcome, exit === EXIT.rolledBack ? 'good' : 'bad'), reason]],
    summary: `Next: ${told.nextStep ?? `ringward report --cluster ${about.cluster} --deployment ${about.deployment}`}`,
  });
  return exit;
}

async function showPlan(context: Context, plan: RollbackPlan): Promise<ExitCode> {
  const row = (order: string, { node, address, way, why, certificates, configuration }: NodePlan): string[] => [
    order,
    node,
    address,
    way,
    [...certificates, ...configuration].join(' ') || 'nothing differs',
    why,
  ];
  const refused = plan.refused.map(({ node, why, wayForward }) => [
    '-',
    node,
    '',
    context.tone('refused', 'bad'),
    '',
    `${why}; ${wayForward}`,
  ]);
  await context.print({
    value: plan,
    columns: ['step', 'node', 'address', 'way', 'files', 'why'],
    rows: [
      ...plan.hot.map((node) => row('1', node)),
      ...plan.restart.map((node, index) => row(String(index + (plan.hot.length > 0 ? 2 : 1)), node)),
      ...refused,
    ],
    summary: `${context.tone(plan.safety, plan.safety === 'safe' ? 'good' : 'attention')}: ${plan.safetyReason}\nNothing was started. Plan ${plan.hash.slice(0, 16)}`,
  });
  return plan.safety === 'safe' && plan.refused.length === 0 ? EXIT.good : EXIT.attention;
}
