/** `ringward decide`: what a person is asked about a deployment, and the answer. */
import { hostname, userInfo } from 'node:os';
import { Option } from 'commander';
import { Answer, AnswerWord, type DecisionPoint, type Standing } from '../core/decision-point/point.ts';
import { RingwardError } from '../core/errors/catalogue.ts';
import { parseOrExplain } from '../core/errors/from-schema.ts';
import type { DeploymentRecord } from '../core/intake/deployment-record.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { duration } from './output.ts';
import { type AddVerb, findDeployment } from './verb.ts';

interface DecideOptions {
  readonly cluster: string;
  readonly deployment: string;
  readonly answer?: AnswerWord;
  readonly reason?: string;
  readonly epoch?: string;
}

export const addDecide: AddVerb = (program, run) => {
  program
    .command('decide')
    .description('answer what Ringward asks about a deployment; without --answer, see what it asks')
    .requiredOption('--cluster <name>', 'registered cluster')
    .option('--deployment <id>', 'deployment, or latest', 'latest')
    .addOption(new Option('--answer <answer>', 'what to do').choices(AnswerWord.options))
    .option('--reason <text>', 'why; it stands in the report, needed with --answer')
    .option('--epoch <number>', 'refuse unless it is the question of this epoch')
    .addHelpText(
      'after',
      '\nExamples:\n  ringward decide --cluster payments\n  ringward decide --cluster payments --deployment d-7 --answer keep --reason "the flapping was our switch" --json\n\nExit codes: 0 the answer stands, or nothing is asked · 2 an answer is waited for · 1 error, such as answered otherwise.',
    )
    .action((options: DecideOptions, command) => run(command, decide, options));
};

async function decide(context: Context, options: DecideOptions): Promise<ExitCode> {
  const { answer, reason } = options;
  if (answer !== undefined && reason === undefined)
    throw new RingwardError('ARGUMENT_INVALID', {
      message: 'An answer needs its reason.',
      field: '--reason',
      value: 'missing',
      fix: 'Say why: --reason "…".',
    });
  const installation = await context.installation();
  const record = await findDeployment(installation, options.cluster, options.deployment);
  const epoch = options.epoch === undefined ? record.epoch : Number(options.epoch);
  if (epoch !== record.epoch)
    throw new RingwardError('EPOCH_STALE', {
      message: `The question is of epoch ${options.epoch}, ${record.epoch} is current.`,
      field: '--epoch',
      value: String(options.epoch),
    });
  const of = { cluster: options.cluster, deployment: record.deployment, epoch };
  if (answer === undefined) return show(context, record, await installation.decisionPoint(of));
  const by = `${userInfo().username}@${hostname()}`;
  const given = parseOrExplain(Answer, { answer, by, reason, at: context.terminal.now() }, 'answer');
  const { point, answer: stands, ours } = await installation.decide(of, given);
  if (stands.answer !== answer)
    throw new RingwardError('DECISION_ANSWERED', {
      message: `${stands.by ?? 'Nobody'} answered ${stands.answer} at ${iso(stands.at)}: ${stands.reason}`,
      field: 'answer',
      value: answer,
    });
  await context.print({
    value: { ...of, ...stands, repeated: !ours, nodes: answer === 'roll-back' ? point.nodes : [] },
    columns: ['deployment', 'answer', 'by', 'at', 'reason'],
    rows: [[record.deployment, stands.answer, stands.by ?? 'nobody', iso(stands.at), stands.reason]],
    summary: `${ours ? 'It is carried out at the next look' : 'It was answered so before, and that stands'}: ringward status --cluster ${of.cluster} --deployment ${of.deployment} -w`,
  });
  return EXIT.good;
}

async function show(context: Context, record: DeploymentRecord, standing: Standing | null): Promise<ExitCode> {
  const { cluster, deployment, epoch, verdict } = record;
  const decided = verdict?.epoch === epoch ? verdict : undefined;
  const waits = standing !== null && standing.answer === null && decided === undefined;
  const { point = null, answer = null } = standing ?? {};
  await context.print({
    value: { cluster, deployment, epoch, waiting: waits, point, answer, verdict: decided?.verdict ?? null },
    columns: ['deployment', 'asked about', 'until', 'then', 'roll-back takes back', 'answer'],
    rows: point
      ? [
          [
            deployment,
            point.about,
            iso(point.dueAt),
            point.default,
            point.nodes.join(' ') || `not possible: ${point.noRollBack}`,
            answer ? `${answer.answer} by ${answer.by ?? 'nobody'}` : '-',
          ],
        ]
      : [],
    summary: waits
      ? asking(record, point as DecisionPoint, context.terminal.now())
      : `No answer is waited for${decided ? `: the verdict is ${decided.verdict}` : ''}.`,
  });
  return waits ? EXIT.attention : EXIT.good;
}

const asking = ({ cluster, deployment, epoch }: DeploymentRecord, { question, dueAt }: DecisionPoint, now: number): string =>
  `${question}\n${dueAt > now ? `${duration(dueAt - now)} are left` : 'The time is over, and the default is about to happen'}: ringward decide --cluster ${cluster} --deployment ${deployment} --epoch ${epoch} --answer keep|roll-back|hold --reason "…"`;

const iso = (at: number): string => new Date(at).toISOString();
