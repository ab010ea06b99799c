/** Records of deployments and policies to judge them by, from files. */
import type { MeasuredVerdict } from '../core/decide/measured/conclude.ts';
import type { EvidenceRecorder } from '../core/decide/measured/explain.ts';
import { type MeasuredPolicy, readMeasuredPolicy } from '../core/decide/measured/policy.ts';
import { TraceReader } from '../core/decide/measured/replay.ts';
import { RingwardError } from '../core/errors/catalogue.ts';
import { BUILT_IN_POLICIES } from '../core/profile/built-in-policies.ts';
import type { Tone } from './output.ts';
import type { Terminal } from './terminal.ts';

/** What `ringward replay` was asked. */
export interface ReplayOptions {
  readonly trace?: string;
  readonly batch?: string;
  readonly profile: string;
  readonly against?: string;
  readonly deployed?: readonly string[];
  readonly explain: boolean;
}

export const VERDICT_TONES: Readonly<Record<MeasuredVerdict['verdict'], Tone>> = { keep: 'good', hold: 'attention', 'roll-back': 'bad' };

/** What a policy says of one record. Throws TRACE_UNUSABLE, or ARGUMENT_INVALID where the file cannot be read. */
export async function readTrace(
  terminal: Terminal,
  file: string,
  { deployed }: { readonly deployed?: readonly string[] },
  policy: MeasuredPolicy,
  recorder: EvidenceRecorder | null = null,
): Promise<ReturnType<TraceReader['end']>> {
  const reader = new TraceReader(policy, deployed === undefined ? {} : { deployed }, recorder?.observe);
  try {
    for await (const line of terminal.readLines(file)) reader.line(line);
  } catch (error) {
    throw unreadable('--trace', file, error as Error, 'Give the path of a readable file of JSON lines.');
  }
  return reader.end();
}

/** A built-in policy by its name, or one of a file. Throws ARGUMENT_INVALID or FIELD_INVALID, naming the `field`. */
export async function readPolicy(terminal: Terminal, profile: string, field: string): Promise<MeasuredPolicy> {
  if (Object.hasOwn(BUILT_IN_POLICIES, profile)) return BUILT_IN_POLICIES[profile as keyof typeof BUILT_IN_POLICIES];
  const text = await terminal.readFile(profile).catch((error: Error) => {
    throw unreadable(field, profile, error, `Give ${Object.keys(BUILT_IN_POLICIES).join(', ')}, or the path of a file.`);
  });
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new RingwardError('FIELD_INVALID', {
      message: `The policy is neither JSON nor YAML: ${(error as Error).message}`,
      field,
      value: profile,
      fix: 'Mend the named line.',
    });
  }
  return readMeasuredPolicy(value);
}

export const unreadable = (field: string, value: string, error: Error, fix: string): RingwardError =>
  new RingwardError('ARGUMENT_INVALID', { message: `It cannot be read: ${error.message}`, field, value, fix });
