/** `ringward replay`: what measured evidence would decide about a recorded deployment. From files alone; no AWS. */
import { basename } from 'node:path';
import type { MeasuredVerdict } from '../core/decide/measured/conclude.ts';
import { draw, EvidenceRecorder } from '../core/decide/measured/explain.ts';
import type { MeasuredPolicy } from '../core/decide/measured/policy.ts';
import type { TraceNotice } from '../core/decide/measured/replay.ts';
import { RingwardError } from '../core/errors/catalogue.ts';
import { BUILT_IN_POLICIES } from '../core/profile/built-in-policies.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type ReplayOptions, readPolicy, readTrace, VERDICT_TONES } from './read-trace.ts';
import { batch } from './replay-batch.ts';
import { type AddVerb, collect } from './verb.ts';

const MOST_ACCOUNTS = 8;
const EXITS: Readonly<Record<MeasuredVerdict['verdict'], ExitCode>> = {
  keep: EXIT.good,
  hold: EXIT.attention,
  'roll-back': EXIT.rolledBack,
};

export const addReplay: AddVerb = (program, run) => {
  program
    .command('replay')
    .description('what would be decided about a recorded deployment, by any policy; from files alone')
    .option('--trace <file.jsonl>', 'probes of one deployment, one JSON object a line')
    .option('--batch <folder>', 'every *.jsonl of a folder instead')
    .option(
      '--profile <name|file>',
      `${Object.keys(BUILT_IN_POLICIES).join(', ')}, or a JSON or YAML file of a measured policy`,
      'production',
    )
    .option(
      '--deployed <node>',
      'a node that was deployed to, may be given several times; the others serve as control; all by default',
      collect,
    )
    .option('--against <name|file>', 'with --batch: another policy, and what would have ended otherwise by it')
    .option('--explain', 'draw how the evidence grew', false)
    .addHelpText(
      'after',
      `
A line of a trace: {"t_ms":1200,"node":"n1","kind":"tls","ok":true,"ms":4.2}; t_ms since the deployment, before it the baseline.

Examples: ringward replay --trace d-1.jsonl --explain
          ringward replay --trace d-1.jsonl --profile staging --json
          ringward replay --batch traces --profile my-policy.yaml --json
          ringward replay --batch yesterday --profile production --against my-policy.yaml
Exit codes: 0 would be kept · 2 would be held · 3 would be rolled back · 1 error. With --batch: 0 when every trace was read.`,
    )
    .action((options: ReplayOptions, command) => run(command, replay, options));
};

async function replay(context: Context, options: ReplayOptions): Promise<ExitCode> {
  if ((options.trace === undefined) === (options.batch === undefined))
    throw new RingwardError('ARGUMENT_INVALID', {
      message: 'Either --trace or --batch is needed.',
      field: '--trace',
      fix: 'Give one of them.',
    });
  if (options.against !== undefined && options.batch === undefined)
    throw new RingwardError('ARGUMENT_INVALID', {
      message: '--against compares many records.',
      field: '--against',
      value: options.against,
      fix: 'Give --batch too; one record under another policy is: --trace F --profile P.',
    });
  const policy = await readPolicy(context.terminal, options.profile, '--profile');
  return options.trace === undefined ? batch(context, options, policy) : single(context, options, options.trace, policy);
}

async function single(context: Context, options: ReplayOptions, file: string, policy: MeasuredPolicy): Promise<ExitCode> {
  const recorder = options.explain ? new EvidenceRecorder() : null;
  const { verdict, decisionS, scope, because, accounts, notices } = await readTrace(context.terminal, file, options, policy, recorder);
  for (const notice of notices) context.say(`${basename(file)}: ${told(notice)}`);
  const curves = recorder?.strongest();
  const shown = accounts.slice(0, MOST_ACCOUNTS);
  await context.print({
    value: { verdict, decisionS, scope, because, accounts, notices, ...(curves ? { evidence: curves } : {}) },
    columns: ['account', 'of', 'wealth (log10)', 'safe (log10)', 'since'],
    rows: shown.map(({ factor, node, log10Wealth, log10Safe, sinceS }) => [
      factor,
      node ?? 'cluster',
      log10Wealth.toFixed(2),
      log10Safe?.toFixed(2) ?? '-',
      sinceS === null ? '-' : `${sinceS} s`,
    ]),
    summary: [
      ...(curves ?? []).flatMap((curve) => [...draw(curve), '']),
      `${context.tone(verdict, VERDICT_TONES[verdict])}${decisionS === null ? '' : ` after ${decisionS} s`}${scope.length > 0 ? `: ${scope.join(', ')}` : ''}`,
      because,
    ].join('\n'),
  });
  return EXITS[verdict];
}

const told = ({ what, count, lines }: TraceNotice): string =>
  `${count} ${count === 1 ? 'line' : 'lines'}: ${what}${lines.length > 0 ? ` (line ${lines.join(', ')}${count > lines.length ? ', …' : ''})` : ''}`;
