/** `ringward replay --batch`: many recorded deployments under one policy, or under two, and what would have ended otherwise. */
import { join } from 'node:path';
import type { MeasuredVerdict } from '../core/decide/measured/conclude.ts';
import type { MeasuredPolicy } from '../core/decide/measured/policy.ts';
import { RingwardError } from '../core/errors/catalogue.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type ReplayOptions, readPolicy, readTrace, unreadable, VERDICT_TONES } from './read-trace.ts';

/** How one record ends under one policy. */
interface Ending {
  readonly verdict: MeasuredVerdict['verdict'];
  /** Seconds since the deployment; null where nothing was decided. */
  readonly decisionS: number | null;
  readonly scope: readonly string[];
  readonly error?: string;
}

interface Result extends Ending {
  readonly trace: string;
  /** Under the policy of --against, where one is given. */
  readonly against?: Ending;
}

/** Judges every *.jsonl of the folder. @param policy that of `--profile` */
export async function batch(context: Context, options: ReplayOptions, policy: MeasuredPolicy): Promise<ExitCode> {
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
  const { against } = options;
  const other = against === undefined ? null : await readPolicy(context.terminal, against, '--against');
  const results: Result[] = [];
  for (const trace of traces) {
    const ending = await endingOf(context, folder, trace, options, policy);
    const otherwise = other === null ? {} : { against: ending.error ? ending : await endingOf(context, folder, trace, options, other) };
    results.push({ trace, ...ending, ...otherwise });
  }
  await (against === undefined ? printAll(context, results) : printChanged(context, results, options.profile, against));
  return results.some(({ error }) => error !== undefined) ? EXIT.error : EXIT.good;
}

/** What says nothing is held, as everywhere; one broken file does not hide the others. */
async function endingOf(context: Context, folder: string, trace: string, options: ReplayOptions, policy: MeasuredPolicy): Promise<Ending> {
  try {
    const { verdict, decisionS, scope } = await readTrace(context.terminal, join(folder, trace), options, policy);
    return { verdict, decisionS, scope };
  } catch (error) {
    if (!(error instanceof RingwardError)) throw error;
    context.say(`${trace}: ${error.message}`);
    return { verdict: 'hold', decisionS: null, scope: [], error: error.code };
  }
}

async function printAll(context: Context, results: readonly Result[]): Promise<void> {
  await context.print({
    value: { results },
    columns: ['trace', 'verdict', 'after', 'scope'],
    rows: results.map(({ trace, verdict, decisionS, scope, error }) => [
      trace,
      context.tone(verdict, VERDICT_TONES[verdict]),
      after(decisionS),
      error ?? scope.join(', '),
    ]),
  });
}

async function printChanged(context: Context, results: readonly Result[], profile: string, against: string): Promise<void> {
  const changed = results.flatMap(({ trace, against: otherwise, ...ending }) =>
    otherwise && differs(ending, otherwise) ? [{ trace, ending, otherwise }] : [],
  );
  const told = ({ verdict, decisionS, scope }: Ending): string =>
    `${context.tone(verdict, VERDICT_TONES[verdict])}${decisionS === null ? '' : ` ${after(decisionS)}`}${scope.length > 0 ? ` ${scope.join(', ')}` : ''}`;
  const ways = new Map<string, number>();
  for (const { ending, otherwise } of changed) {
    const way = ending.verdict === otherwise.verdict ? `${ending.verdict}, other nodes` : `${ending.verdict} → ${otherwise.verdict}`;
    ways.set(way, (ways.get(way) ?? 0) + 1);
  }
  const counted = [...ways].map(([way, count]) => `${count} ${way}`).join(' · ');
  await context.print({
    value: { results, changed: changed.map(({ trace }) => trace) },
    columns: ['trace', profile, against],
    rows: changed.map(({ trace, ending, otherwise }) => [trace, told(ending), told(otherwise)]),
    summary: `${changed.length} of ${results.length} would have ended otherwise${counted === '' ? '' : `: ${counted}`}.`,
  });
}

/** Another verdict, or other nodes; how long it took is no other ending. */
const differs = (a: Ending, b: Ending): boolean => a.verdict !== b.verdict || a.scope.join() !== b.scope.join();

const after = (decisionS: number | null): string => (decisionS === null ? '-' : `${decisionS} s`);
