/** `ringward replay`: what measured evidence would decide about a recorded deployment. From files alone; no AWS. */
import { basename, join } from 'node:path';
import { draw, EvidenceRecorder } from '../core/decide/measured/explain.ts';
import { type MeasuredPolicy, readMeasuredPolicy } from '../core/decide/measured/policy.ts';
import { type TraceNotice, TraceReader } from '../core/decide/measured/replay.ts';
import { RingwardError } from '../core/errors/catalogue.ts';
import { BUILT_IN_POLICIES } from '../core/profile/built-in-policies.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Tone } from './output.ts';
import type { Terminal } from './terminal.ts';
import { type AddVerb, collect } from './verb.ts';

interface ReplayOptions {
  readonly trace?: string;
  readonly batch?: string;
  readonly profile: string;
  readonly deployed?: readonly string[];
  readonly explain: boolean;
}

const MOST_ACCOUNTS = 8;
const TONES: Readonly<Record<string, Tone>> = { keep: 'good', hold: 'attention', 'roll-back': 'bad' };
const EXITS: Readonly<Record<string, ExitCode>> = { keep: EXIT.good, hold: EXIT.attention, 'roll-back': EXIT.rolledBack };

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
    .option('--explain', 'draw how the evidence grew', false)
    .addHelpText(
      'after',
      `
A line of a trace: {"t_ms":1200,"node":"n1","kind":"tls","ok":true,"ms":4.2}; t_ms since the deployment, before it the baseline.

Examples: ringward replay --trace d-1.jsonl --explain
          ringward replay --trace d-1.jsonl --profile staging --json
          ringward replay --batch traces --profile my-policy.yaml --json
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
  const policy = await readPolicy(context.terminal, options.profile);
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
      `${context.tone(verdict, TONES[verdict] ?? 'quiet')}${decisionS === null ? '' : ` after ${decisionS} s`}${scope.length > 0 ? `: ${scope.join(', ')}` : ''}`,
      because,
    ].join('\n'),
  });
  return EXITS[verdict] ?? EXIT.error;
}

async function batch(context: Context, options: ReplayOptions, policy: MeasuredPolicy): Promise<ExitCode> {
  const folder = options.batch as string;
  const names = await context.terminal.listFiles(folder).catch((error: Error) => {
    throw unreadable('--batch', folder, error, 'Give the path of a folder with *.jsonl files.');
  });
  const traces = names.filter((name) => name.endsWith('.jsonl'));
  if (traces.length === 0)
    throw new RingwardError('ARGUMENT_INVALID', {
      message: 'The folder holds no *.jsonl file.',
      field: '--batch',
      value: folder,
      fix: 'Name traces *.jsonl.',
    });
  const results: { trace: string; verdict: string; decisionS: number | null; scope: readonly string[]; error?: string }[] = [];
  for (const trace of traces) {
    try {
      const { verdict, decisionS, scope } = await readTrace(context.terminal, join(folder, trace), options, policy, null);
      results.push({ trace, verdict, decisionS, scope });
    } catch (error) {
      if (!(error instanceof RingwardError)) throw error;
      // What says nothing is held, as everywhere; one broken file does not hide the others.
      results.push({ trace, verdict: 'hold', decisionS: null, scope: [], error: error.code });
      context.say(`${trace}: ${error.message}`);
    }
  }
  await context.print({
    value: { results },
    columns: ['trace', 'verdict', 'after', 'scope'],
    rows: results.map(({ trace, verdict, decisionS, scope, error }) => [
      trace,
      context.tone(verdict, TONES[verdict] ?? 'quiet'),
      decisionS === null ? '-' : `${decisionS} s`,
      error ?? scope.join(', '),
    ]),
  });
  return results.some(({ error }) => error !== undefined) ? EXIT.error : EXIT.good;
}

async function readTrace(
  terminal: Terminal,
  file: string,
  { deployed }: ReplayOptions,
  policy: MeasuredPolicy,
  recorder: EvidenceRecorder | null,
): Promise<ReturnType<TraceReader['end']>> {
  const reader = new TraceReader(policy, deployed === undefined ? {} : { deployed }, recorder?.observe);
  try {
    for await (const line of terminal.readLines(file)) reader.line(line);
  } catch (error) {
    throw unreadable('--trace', file, error as Error, 'Give the path of a readable file of JSON lines.');
  }
  return reader.end();
}

async function readPolicy(terminal: Terminal, profile: string): Promise<MeasuredPolicy> {
  if (Object.hasOwn(BUILT_IN_POLICIES, profile)) return BUILT_IN_POLICIES[profile as keyof typeof BUILT_IN_POLICIES];
  const text = await terminal.readFile(profile).catch((error: Error) => {
    throw unreadable('--profile', profile, error, `Give ${Object.keys(BUILT_IN_POLICIES).join(', ')}, or the path of a file.`);
  });
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new RingwardError('FIELD_INVALID', {
      message: `The policy is neither JSON nor YAML: ${(error as Error).message}`,
      field: '--profile',
      value: profile,
      fix: 'Mend the named line.',
    });
  }
  return readMeasuredPolicy(value);
}

const unreadable = (field: string, value: string, error: Error, fix: string): RingwardError =>
  new RingwardError('ARGUMENT_INVALID', { message: `It cannot be read: ${error.message}`, field, value, fix });

const told = ({ what, count, lines }: TraceNotice): string =>
  `${count} ${count === 1 ? 'line' : 'lines'}: ${what}${lines.length > 0 ? ` (line ${lines.join(', ')}${count > lines.length ? ', …' : ''})` : ''}`;
