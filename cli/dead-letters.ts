/** `ringward dead-letters`: inputs that could not be taken, with the reason; redriven after mending. */
import type { QueuedLetter } from '../adapters/sqs/dead-letter-queue.ts';
import { RingwardError } from '../core/errors/catalogue.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { timeOf } from './output.ts';
import { type AddVerb, collect } from './verb.ts';

export const addDeadLetters: AddVerb = (program, run) => {
  const letters = program.command('dead-letters').description('inputs that could not be taken, until they are mended and redriven');
  letters
    .command('list')
    .description('every letter, oldest first')
    .action((options: object, command) => run(command, list, options));
  letters
    .command('redrive')
    .description('send letters through the intake again, and take them out of the queue')
    .option('--id <id>', 'this letter; may be given several times', collect)
    .option('--all', 'every letter', false)
    .action((options: RedriveOptions, command) => run(command, redrive, options));
};

interface RedriveOptions {
  readonly id?: readonly string[];
  readonly all: boolean;
}

interface Told {
  readonly error: string;
  readonly cause: string;
  readonly what: string;
}

/** What a letter says of itself; one that EventBridge put there itself is the bare event. */
function read({ body }: QueuedLetter): Told {
  const {
    error = 'not delivered',
    cause = '',
    input = body,
  } = (typeof body === 'object' && body !== null ? body : {}) as { error?: string; cause?: string; input?: unknown };
  const about = (input ?? {}) as {
    'detail-type'?: string;
    detail?: { cluster?: string; deploymentId?: string };
    cluster?: string;
    deployment?: string;
  };
  const what = [
    about['detail-type'] ?? 'start by a person',
    about.detail?.cluster ?? about.cluster,
    about.detail?.deploymentId ?? about.deployment,
  ]
    .filter(Boolean)
    .join(' · ');
  return { error, cause: causeText(cause), what };
}

/** A Lambda's cause is JSON around the message. */
function causeText(cause: string): string {
  try {
    return (JSON.parse(cause) as { errorMessage?: string }).errorMessage ?? cause;
  } catch {
    return cause;
  }
}

async function list(context: Context): Promise<ExitCode> {
  const installation = await context.installation();
  const letters = await installation.deadLetters();
  await installation.returnLetters(letters);
  const now = context.terminal.now();
  await context.print({
    value: letters.map((letter) => ({ id: letter.id, sentAt: letter.sentAt, ...read(letter), body: letter.body })),
    columns: ['id', 'time', 'error', 'what', 'why'],
    rows: letters.map((letter) => {
      const { error, cause, what } = read(letter);
      return [letter.id, timeOf(letter.sentAt, now), context.tone(error, 'bad'), what, cause];
    }),
    summary: letters.length === 0 ? 'The queue is empty.' : 'When the cause is mended: ringward dead-letters redrive --id <id> (or --all)',
  });
  return letters.length === 0 ? EXIT.good : EXIT.attention;
}

async function redrive(context: Context, { id = [], all }: RedriveOptions): Promise<ExitCode> {
  if (!all && id.length === 0)
    throw new RingwardError('ARGUMENT_INVALID', {
      message: 'No letter is named.',
      fix: 'Give --id (see ringward dead-letters list) or --all.',
    });
  const installation = await context.installation();
  const letters = await installation.deadLetters();
  const chosen = letters.filter((letter) => all || id.includes(letter.id));
  await installation.returnLetters(letters.filter((letter) => !chosen.includes(letter)));
  const missing = id.filter((one) => !letters.some((letter) => letter.id === one));
  if (missing.length > 0) {
    await installation.returnLetters(chosen);
    throw new RingwardError('ARGUMENT_INVALID', {
      message: 'There is no such letter; nothing was redriven.',
      field: '--id',
      value: missing.join(', '),
      fix: 'See ringward dead-letters list; another look may hide letters for half a minute.',
    });
  }
  const sent: { readonly id: string; readonly started: string | null; readonly error: string | null }[] = [];
  for (const letter of chosen) {
    try {
      sent.push({ id: letter.id, started: await installation.redrive(letter, context.terminal.now()), error: null });
    } catch (error) {
      // The others still go; this one stays in the queue.
      sent.push({ id: letter.id, started: null, error: (error as Error).message });
      await installation.returnLetters([letter]);
    }
  }
  await context.print({
    value: sent,
    columns: ['id', 'result'],
    rows: sent.map((one) => [one.id, one.started ?? context.tone(`failed: ${one.error}`, 'bad')]),
    summary: `${sent.filter(({ error }) => error === null).length} of ${sent.length} redriven. One that fails again comes back: ringward dead-letters list`,
  });
  return sent.every(({ error }) => error === null) ? EXIT.good : EXIT.error;
}
