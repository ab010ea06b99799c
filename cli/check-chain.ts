/**
 * `ringward check chain`: would a careful client accept this chain? From files alone; no network, no AWS. Three engines: ours,
 * OpenSSL, a JVM; and what client runtimes that are not here would say, by a measured table.
 */
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { askEngines } from '../adapters/engines/ask-engines.ts';
import { type ChainQuestion, checkChain } from '../core/certificate/path/check-chain.ts';
import { type DialledName, readDialledName } from '../core/certificate/path/dialled-name.ts';
import { type EngineAnswer, withEngines } from '../core/certificate/path/engines.ts';
import { type ChainFinding, chainFinding } from '../core/certificate/path/finding.ts';
import type { Purpose } from '../core/certificate/path/own-policy.ts';
import { type ReadFile, readCertificates, readLists } from '../core/certificate/path/read-files.ts';
import { askRuntimes, inWords, type RuntimeAnswer } from '../core/certificate/runtimes/ask-runtimes.ts';
import { KNOWN_RUNTIMES, RUNTIME_NAMES, type RuntimeVersion, readRuntime } from '../core/certificate/runtimes/runtime.ts';
import { RingwardError } from '../core/errors/catalogue.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { AddVerb } from './verb.ts';

interface ChainOptions {
  readonly leaf: string;
  readonly intermediates?: readonly string[];
  readonly roots: readonly string[];
  readonly name?: readonly DialledName[];
  readonly purpose: Purpose;
  readonly crls?: readonly string[];
  readonly at?: number;
  readonly engines: boolean;
  readonly runtimes: readonly RuntimeVersion[];
}

/** The node program, where `npm run build` puts it; it holds the JVM’s part. */
const NODE_PROGRAM = join(import.meta.dirname, '../dist/ringward-node.jar');
const LARGEST_FILE = 32 * 1024 * 1024;
const PURPOSES: readonly Purpose[] = ['server', 'client', 'both'];

export const addCheckChain: AddVerb = (check, run) => {
  check
    .command('chain')
    .description('would a careful client accept this chain? RFC 5280, revocation by the lists given, and a policy of our own')
    .requiredOption('--leaf <file>', 'the leaf, PEM or DER; what follows it in the file counts as intermediates')
    .option('--intermediates <file...>', 'authorities between leaf and root')
    .requiredOption('--roots <file...>', 'the authorities to trust')
    .option('--name <dns:… | ip:…>', 'name under which the leaf’s holder is dialled; may be given several times', collectName)
    .option('--purpose <server|client|both>', 'role that the leaf must be fit for', parsePurpose, 'both')
    .option('--crls <file...>', 'revocation lists; with them every certificate must be known not to be revoked')
    .option('--at <RFC 3339>', 'moment of the judgement; now by default', parseMoment)
    .option(
      '--runtimes <java,node@22,…>',
      `client runtimes to predict, each with a version or without: ${RUNTIME_NAMES.join(', ')}; all known by default, or none`,
      parseRuntimes,
      KNOWN_RUNTIMES,
    )
    .option('--no-engines', 'our own validation alone: neither OpenSSL nor a JVM of this machine is asked')
    .addHelpText(
      'after',
      '\nExample: ringward check chain --leaf node.pem --intermediates issuing.pem --roots root.pem --name ip:10.0.1.7 --json\nExit codes: 0 accepted · 2 refused · 1 error.',
    )
    .action((options: ChainOptions, command: Command) => run(command, chain, options));
};

function collectName(text: string, before: readonly DialledName[] = []): readonly DialledName[] {
  const name = readDialledName(text);
  if (!name) throw new InvalidArgumentError(`"${text}" is neither dns:host.example nor ip:10.0.1.7.`);
  return [...before, name];
}

function parsePurpose(text: string): Purpose {
  const found = PURPOSES.find((purpose) => purpose === text);
  if (!found) throw new InvalidArgumentError(`"${text}" is none of ${PURPOSES.join(', ')}.`);
  return found;
}

function parseRuntimes(text: string): readonly RuntimeVersion[] {
  if (text === 'none') return [];
  return text.split(',').map((one) => {
    const runtime = readRuntime(one);
    if (!runtime) throw new InvalidArgumentError(`"${one}" is no runtime such as node or node@22; known: ${RUNTIME_NAMES.join(', ')}.`);
    return runtime;
  });
}

function parseMoment(text: string): number {
  const at = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text.replace(' ', 'T'))
    : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError(`"${text}" is no moment such as 2026-11-24T03:00:00Z.`);
  return at;
}

async function chain(context: Context, options: ChainOptions): Promise<ExitCode> {
  const read = async <T>(option: string, files: readonly string[], reader: (bytes: Uint8Array) => ReadFile<T>): Promise<ReadFile<T>> => {
    const all = await Promise.all(files.map(async (file) => reader(await bytesOf(context, option, file))));
    return { found: all.flatMap(({ found }) => found), unreadable: all.flatMap(({ unreadable }) => unreadable) };
  };
  const [leaves, intermediates, roots, lists] = await Promise.all([
    read('--leaf', [options.leaf], readCertificates),
    read('--intermediates', options.intermediates ?? [], readCertificates),
    read('--roots', options.roots, readCertificates),
    options.crls ? read('--crls', options.crls, readLists) : null,
  ]);
  if (roots.found.length === 0) {
    const why = roots.unreadable[0] ?? 'it holds no certificate';
    throw invalid(
      '--roots',
      options.roots.join(', '),
      `There is no authority to trust: ${why}.`,
      'Give a PEM or DER file with at least one certificate.',
    );
  }
  if (lists && lists.found.length === 0)
    throw invalid(
      '--crls',
      (options.crls ?? []).join(', '),
      `There is no revocation list: ${lists.unreadable[0] ?? 'no CRL block'}.`,
      'Give PEM or DER revocation lists, or leave --crls out.',
    );
  const [leaf, ...following] = leaves.found;
  const unread = [
    ...unreadable(leaves.unreadable, 'refuse'),
    ...unreadable(intermediates.unreadable, 'refuse'),
    ...unreadable([...roots.unreadable, ...(lists?.unreadable ?? [])], 'notice'),
  ];
  if (!leaf || leaves.unreadable.length > 0) {
    const findings = unread.length > 0 ? unread : [...unreadable(['the file holds no certificate'], 'refuse')];
    return answer(context, { verdict: 'refuse', findings, path: [], engines: [], runtimes: [] });
  }
  const question: ChainQuestion = {
    leaf,
    intermediates: [...following, ...intermediates.found],
    roots: roots.found,
    at: options.at ?? context.terminal.now(),
    purpose: options.purpose,
    names: options.name ?? [],
    lists: lists?.found ?? null,
  };
  const engines = options.engines ? await askEngines(question, NODE_PROGRAM, context.terminal.env) : [];
  const judged = withEngines(checkChain(question), engines);
  const { at, intermediates: pool, names = [] } = question;
  const runtimes = askRuntimes({ chain: [leaf, ...pool], anchors: roots.found, at, names }, options.runtimes);
  const refused = judged.verdict === 'refuse' || unread.some(({ severity }) => severity === 'refuse');
  const findings = [...unread, ...judged.findings, ...disagreement(runtimes)];
  return answer(context, { verdict: refused ? 'refuse' : 'accept', findings, path: judged.path, engines, runtimes });
}

/** Told where some clients would connect and others not; the verdict is that of the engines. */
function disagreement(runtimes: readonly RuntimeAnswer[]): ChainFinding[] {
  if (new Set(runtimes.map(({ verdict }) => verdict)).size < 2) return [];
  const rule = 'our measurement of each runtime; docs/guide/client-runtimes.md';
  return [chainFinding('RUNTIMES_DISAGREE', null, 'one answer of every client runtime', inWords(runtimes) ?? '', rule)];
}

function unreadable(reasons: readonly string[], severity: ChainFinding['severity']): ChainFinding[] {
  return reasons.map((reason) => ({
    ...chainFinding('CERTIFICATE_UNPARSABLE', null, 'DER as RFC 5280, 4.1 defines it', reason, 'RFC 5280, 4.1'),
    severity,
  }));
}

async function answer(
  context: Context,
  judged: {
    readonly verdict: 'accept' | 'refuse';
    readonly findings: readonly ChainFinding[];
    readonly path: readonly string[];
    readonly engines: readonly EngineAnswer[];
    readonly runtimes: readonly RuntimeAnswer[];
  },
): Promise<ExitCode> {
  const accepted = judged.verdict === 'accept';
  const word = context.tone(judged.verdict, accepted ? 'good' : 'bad');
  await context.print({
    value: judged,
    columns: ['severity', 'code', 'certificate', 'expected', 'observed', 'rule'],
    rows: judged.findings.map(({ severity, code, certificate, expected, observed, rule }) => [
      context.tone(severity, severity === 'refuse' ? 'bad' : 'quiet'),
      code,
      certificate?.subject ?? '-',
      expected,
      observed,
      rule,
    ]),
    summary: [
      `${word}${judged.path.length > 0 ? `: ${judged.path.join(' → ')}` : ''}`,
      ...judged.engines.map(({ engine, verdict, reason }) => `${engine}: ${verdict}${reason === null ? '' : `, ${reason}`}`),
      ...(judged.runtimes.length > 0 ? [`client runtimes, predicted: ${inWords(judged.runtimes)}`] : []),
    ].join('\n'),
  });
  return accepted ? EXIT.good : EXIT.attention;
}

async function bytesOf(context: Context, option: string, file: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await context.terminal.readBytes(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : code === 'EACCES'
            ? 'it may not be read'
            : String((error as Error).message);
    throw invalid(option, file, `The file cannot be read: ${why}.`, 'Give the path of a readable file.');
  }
  if (bytes.length === 0) throw invalid(option, file, 'The file is empty.', 'Give a PEM or DER file.');
  if (bytes.length > LARGEST_FILE)
    throw invalid(option, file, `The file has ${bytes.length} bytes, more than ${LARGEST_FILE}.`, 'Give the certificates alone.');
  return bytes;
}

const invalid = (field: string, value: string, message: string, fix: string): RingwardError =>
  new RingwardError('ARGUMENT_INVALID', { field, value, message, fix });
