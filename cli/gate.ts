/**
 * `ringward gate`: a deployer waits here until every backup of before is verified, and asks again before each
 * wave. An event alone cannot hold a deployer back.
 */
import type { Installation } from '../adapters/stack/installation.ts';
import type { CataloguedBackup } from '../core/backup/catalogue.ts';
import type { DeploymentRecord, DeploymentState } from '../core/intake/deployment-record.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { timeOf } from './output.ts';
import { type AddVerb, lookForDeployment, parseDuration } from './verb.ts';

interface GateOptions {
  readonly cluster: string;
  readonly deployment: string;
  readonly timeout: number;
}

const POLL_MS = 500;

/** What each state tells a deployer; a state that is not here means: go on waiting. */
const ANSWER: Readonly<Partial<Record<DeploymentState, { readonly exit: ExitCode; readonly word: string; readonly nextStep: string }>>> = {
  'backed-up': { exit: EXIT.good, word: 'open', nextStep: 'deploy, then send the Completed event' },
  verifying: { exit: EXIT.good, word: 'open', nextStep: 'deploy, then send the Completed event' },
  decided: { exit: EXIT.good, word: 'open', nextStep: 'deploy, then send the Completed event' },
  kept: { exit: EXIT.good, word: 'open', nextStep: 'nothing: the deployment was kept' },
  'backup-failed': { exit: EXIT.attention, word: 'closed', nextStep: 'do not deploy; mend what is named, then send a new Starting event' },
  held: { exit: EXIT.attention, word: 'closed', nextStep: 'do not deploy; a person decides' },
  'handed-over': { exit: EXIT.attention, word: 'closed', nextStep: 'do not deploy; a person puts the named nodes right' },
  'rolling-back': { exit: EXIT.rolledBack, word: 'closed', nextStep: 'do not deploy; the deployment is being rolled back' },
  'rolled-back': { exit: EXIT.rolledBack, word: 'closed', nextStep: 'do not deploy; a new attempt needs a new deploymentId' },
};

export const addGate: AddVerb = (program, run) => {
  program
    .command('gate')
    .description('wait until every node’s backup of before is verified; a deployer calls it before each wave')
    .requiredOption('--cluster <name>', 'registered cluster')
    .requiredOption('--deployment <id>', 'deployment, as in the Starting event')
    .option('--timeout <duration>', 'give up after this long', parseDuration, 600_000)
    .action((options: GateOptions, command) => run(command, gate, options));
};

async function gate(context: Context, options: GateOptions): Promise<ExitCode> {
  const { terminal } = context;
  const deadline = terminal.now() + options.timeout;
  const installation = await context.installation();
  // A misspelt name would wait for ever for an event that came long ago.
  await installation.registration(options.cluster);
  let told = '';
  for (;;) {
    const record = await lookForDeployment(installation, options.cluster, options.deployment);
    const backups = record === null ? [] : await installation.backups(options.cluster, record.deployment);
    const answer = answerFor(record);
    if (answer !== undefined && record !== null) {
      await show(context, options, record, backups, await reasonOf(installation, record, backups));
      return answer.exit;
    }
    const waiting = await waitingFor(installation, options.cluster, record, backups);
    if (waiting !== told) context.say(`${waiting}; until ${timeOf(deadline, terminal.now())} at the latest`);
    told = waiting;
    if (terminal.detach.aborted) {
      context.say('Detached: nothing was decided, so do not deploy. Ask again with the same command.');
      return EXIT.detached;
    }
    if (terminal.now() >= deadline) {
      context.say(`Timed out: still ${waiting}. Do not deploy; see ringward status --cluster ${options.cluster}.`);
      return EXIT.timedOut;
    }
    await terminal.sleep(POLL_MS);
  }
}

/** A decided deployment is open only when the decision was to keep. */
function answerFor(record: DeploymentRecord | null): (typeof ANSWER)[DeploymentState] {
  if (record?.state === 'decided' && record.verdict !== undefined && record.verdict.verdict !== 'keep') {
    return record.verdict.verdict === 'hold' ? ANSWER.held : ANSWER['rolling-back'];
  }
  return record === null ? undefined : ANSWER[record.state];
}

async function waitingFor(
  installation: Installation,
  cluster: string,
  record: DeploymentRecord | null,
  backups: readonly CataloguedBackup[],
): Promise<string> {
  if (record === null) return 'waiting for the Starting event of this deployment';
  const nodes = record.detail.nodes?.map(({ node }) => node) ?? (await installation.registration(cluster)).nodes.map(({ node }) => node);
  const open = nodes.flatMap((node) => {
    const status = backups.find((backup) => backup.node === node)?.status ?? 'not begun';
    return status === 'verified' ? [] : [`${node} (${status})`];
  });
  return open.length === 0 ? 'every backup is verified; waiting for the record' : `waiting for verified backups of ${open.join(', ')}`;
}

/** Why the gate is as it is: open by its backups; shut by the verdict, the refused backups, or the last that was noted. */
async function reasonOf(installation: Installation, record: DeploymentRecord, backups: readonly CataloguedBackup[]): Promise<string> {
  if (answerFor(record)?.exit === EXIT.good)
    return record.verdict?.reason ?? `${backups.filter(({ status }) => status === 'verified').length} backups are verified`;
  if (record.verdict !== undefined) return record.verdict.reason;
  const refused = backups.filter(({ status }) => status === 'refused').map(({ node, reason }) => `${node}: ${reason ?? 'refused'}`);
  if (refused.length > 0) return refused.join('; ');
  return (await installation.timeline(record.cluster, record.deployment)).at(-1)?.what ?? `the deployment is ${record.state}`;
}

async function show(
  context: Context,
  options: GateOptions,
  record: DeploymentRecord,
  backups: readonly CataloguedBackup[],
  reason: string,
): Promise<void> {
  const answer = answerFor(record) ?? { word: record.state, nextStep: '', exit: EXIT.good };
  const value = {
    gate: answer.word,
    cluster: options.cluster,
    deployment: record.deployment,
    state: record.state,
    reason,
    nextStep: answer.nextStep,
    backups: backups.map(({ node, backupId, status, reason: why }) => ({
      node,
      backupId,
      status,
      ...(why === undefined ? {} : { reason: why }),
    })),
  };
  await context.print({
    value,
    columns: ['gate', 'deployment', 'state', 'reason'],
    rows: [[context.tone(answer.word, answer.exit === EXIT.good ? 'good' : 'bad'), record.deployment, record.state, reason]],
    summary: `Next: ${answer.nextStep}.`,
  });
}
