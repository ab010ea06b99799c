/** `ringward status`: where deployments stand; `-w` follows one until it ends. */
import type { Installation } from '../adapters/stack/installation.ts';
import { sinceOf } from '../adapters/stack/installation.ts';
import type { CataloguedBackup } from '../core/backup/catalogue.ts';
import type { DeploymentRecord, DeploymentState } from '../core/intake/deployment-record.ts';
import type { TimelineEntry } from '../core/report/model.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { duration, harmless, type Tone, timeOf } from './output.ts';
import { type AddVerb, findDeployment, parseDuration } from './verb.ts';

interface StatusOptions {
  readonly cluster?: string;
  readonly deployment?: string;
  readonly watch: boolean;
  readonly timeout: number;
}

const POLL_MS = 500;
const REASON_AT_MOST = 100;

const MEANING: Readonly<Record<DeploymentState, { readonly tone: Tone; readonly exit: ExitCode; readonly next: string }>> = {
  registered: { tone: 'quiet', exit: EXIT.good, next: 'the backup begins' },
  'backing-up': { tone: 'quiet', exit: EXIT.good, next: 'every node’s backup is verified, then the gate opens' },
  'backed-up': { tone: 'good', exit: EXIT.good, next: 'the deployer puts the files in place and sends the Completed event' },
  'backup-failed': { tone: 'bad', exit: EXIT.attention, next: 'do not deploy; mend what is named, then send a new Starting event' },
  verifying: { tone: 'quiet', exit: EXIT.good, next: 'the verdict' },
  decided: { tone: 'quiet', exit: EXIT.good, next: 'the verdict is carried out' },
  'rolling-back': { tone: 'attention', exit: EXIT.good, next: 'the nodes are proven to serve the old certificates' },
  'rolled-back': {
    tone: 'attention',
    exit: EXIT.rolledBack,
    next: 'find out why the new files were bad; a new attempt needs a new deploymentId',
  },
  'handed-over': { tone: 'bad', exit: EXIT.rollbackFailed, next: 'a person puts the named nodes right; their state is in the report' },
  held: { tone: 'attention', exit: EXIT.attention, next: 'a person decides: ringward report, then ringward rollback or leave it' },
  kept: { tone: 'good', exit: EXIT.good, next: 'nothing' },
};
const ENDS: readonly DeploymentState[] = ['kept', 'held', 'rolled-back', 'handed-over', 'backup-failed'];

export const addStatus: AddVerb = (program, run) => {
  program
    .command('status')
    .description('where deployments stand; with --deployment (or latest), one of them in full')
    .option('--cluster <name>', 'registered cluster; all when left out')
    .option('--deployment <id>', 'deployment, or latest')
    .option('-w, --watch', 'follow until it ends; Ctrl-C lets go', false)
    .option('--timeout <duration>', 'with --watch: give up after this long', parseDuration, 3_600_000)
    .action((options: StatusOptions, command) => run(command, status, options));
};

async function status(context: Context, options: StatusOptions): Promise<ExitCode> {
  const installation = await context.installation();
  if (options.cluster !== undefined) await installation.registration(options.cluster);
  if (options.deployment === undefined && !options.watch) return list(context, installation, options.cluster);
  const cluster = options.cluster ?? (await onlyCluster(installation));
  const record = await findDeployment(installation, cluster, options.deployment ?? 'latest');
  return options.watch ? watch(context, installation, record, options.timeout) : showOne(context, installation, record);
}

async function onlyCluster(installation: Installation): Promise<string> {
  const names = (await installation.registrations()).map(({ cluster }) => cluster);
  if (names.length !== 1)
    throw new Error(`Name the cluster with --cluster: ${names.length === 0 ? 'none is registered' : names.join(', ')}.`);
  return names[0] as string;
}

async function list(context: Context, installation: Installation, cluster: string | undefined): Promise<ExitCode> {
  const clusters = cluster === undefined ? (await installation.registrations()).map((one) => one.cluster) : [cluster];
  const records = (await Promise.all(clusters.map((name) => installation.deployments(name))))
    .flat()
    .toSorted((a, b) => sinceOf(b) - sinceOf(a));
  const now = context.terminal.now();
  await context.print({
    value: records.map(brief),
    columns: ['cluster', 'deployment', 'state', 'since', 'change', 'by', 'reason'],
    rows: records.map((record) => [
      record.cluster,
      record.deployment,
      context.tone(record.state, MEANING[record.state].tone),
      timeOf(sinceOf(record), now),
      record.detail.change,
      record.detail.requestedBy,
      inShort(record.verdict?.reason ?? '', context.options.plain),
    ]),
    ...(records.length === 0
      ? { summary: 'No deployment yet. A deployer announces one with the event "Certificate Deployment Starting".' }
      : {}),
  });
  return EXIT.good;
}

/** A reason can be a paragraph; the list shows how it begins, --deployment all of it. */
const inShort = (reason: string, plain: boolean): string =>
  plain || reason.length <= REASON_AT_MOST ? reason : `${reason.slice(0, REASON_AT_MOST - 1)}…`;

const brief = ({ cluster, deployment, state, epoch, detail, verdict, startingAt, completedAt }: DeploymentRecord) => ({
  cluster,
  deployment,
  state,
  epoch,
  change: detail.change,
  requestedBy: detail.requestedBy,
  startingAt: startingAt ?? null,
  completedAt: completedAt ?? null,
  verdict: verdict?.verdict ?? null,
  reason: verdict?.reason ?? null,
  nextStep: verdict?.nextStep ?? MEANING[state].next,
});

async function showOne(context: Context, installation: Installation, record: DeploymentRecord): Promise<ExitCode> {
  const [timeline, backups, asked] = await Promise.all([
    installation.timeline(record.cluster, record.deployment),
    installation.backups(record.cluster, record.deployment),
    record.state === 'verifying' ? installation.decisionPoint(record) : null,
  ]);
  const now = context.terminal.now();
  const meaning = MEANING[record.state];
  await context.print({
    value: { ...brief(record), backups: backups.map(briefBackup), executions: record.executions, timeline },
    columns: ['time', 'area', 'node', 'what'],
    rows: timeline.map((entry) => lineOf(entry, now)),
    summary: [
      `${record.cluster} · ${record.deployment} · ${context.tone(record.state, meaning.tone)} · epoch ${record.epoch}`,
      ...(record.verdict === undefined ? [] : [`Verdict: ${record.verdict.verdict}: ${record.verdict.reason}`]),
      ...backups.map(({ node, status: state, reason }) => `Backup of ${node}: ${state}${reason === undefined ? '' : `: ${reason}`}`),
      ...(asked && asked.answer === null
        ? [`A person is asked: ringward decide --cluster ${record.cluster} --deployment ${record.deployment}`]
        : []),
      `Next: ${record.verdict?.nextStep ?? meaning.next}`,
    ].join('\n'),
  });
  return meaning.exit;
}

const briefBackup = ({ node, backupId, status: state, reason }: CataloguedBackup) => ({
  node,
  backupId,
  status: state,
  reason: reason ?? null,
});
const lineOf = (entry: TimelineEntry, now: number): string[] => [timeOf(entry.at, now), entry.area, entry.node ?? '', entry.what];

/** One line a change, on stdout (the data are the changes); the end of it is the state. */
async function watch(context: Context, installation: Installation, first: DeploymentRecord, timeout: number): Promise<ExitCode> {
  const { terminal, options } = context;
  const { cluster, deployment } = first;
  const deadline = terminal.now() + timeout;
  const structured = options.output !== 'table';
  let seen = 0;
  let state = '';
  for (let record = first; ; record = await findDeployment(installation, cluster, deployment)) {
    const timeline = await installation.timeline(cluster, deployment);
    for (const entry of timeline.slice(seen))
      terminal.out(structured ? `${JSON.stringify(entry)}\n` : `${harmless(lineOf(entry, terminal.now()).filter(Boolean).join('  '))}\n`);
    seen = timeline.length;
    if (record.state !== state)
      context.say(
        `${deployment} is ${record.state} (after ${duration(terminal.now() - sinceOf(record))}); next: ${record.verdict?.nextStep ?? MEANING[record.state].next}`,
      );
    state = record.state;
    if (ENDS.includes(record.state)) {
      if (record.verdict !== undefined) context.say(`${record.verdict.verdict}: ${record.verdict.reason}`);
      return MEANING[record.state].exit;
    }
    if (terminal.detach.aborted) {
      context.say(`Detached: the work goes on. Follow it again: ringward status --cluster ${cluster} --deployment ${deployment} -w`);
      return EXIT.detached;
    }
    if (terminal.now() >= deadline) {
      context.say(
        `Timed out after ${duration(timeout)}; the work goes on: ringward status --cluster ${cluster} --deployment ${deployment} -w`,
      );
      return EXIT.timedOut;
    }
    await terminal.sleep(POLL_MS);
  }
}
