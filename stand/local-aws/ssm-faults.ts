import { LocalAwsError } from './local-aws-error.ts';

/** What the stand's Run Command does wrong on purpose. All off by default. Times in milliseconds, shares from 0 to 1. */
export interface SsmFaults {
  /** Wait before a command starts on its node. */
  readonly delay: readonly [number, number];
  /** Share of commands that are accepted and never reach their node. */
  readonly loss: number;
  /** Share of commands that their node runs twice. */
  readonly duplicate: number;
  /** For so long after SendCommand, GetCommandInvocation says InvocationDoesNotExist. */
  readonly lateId: number;
  /** For so long SendCommand keeps its answer back while the command runs already. */
  readonly lateAnswer: number;
  /** Share of status events that never arrive. */
  readonly lostEvents: number;
  /** Share of status events that arrive twice. */
  readonly doubledEvents: number;
  readonly seed: number;
}

const NONE: SsmFaults = { delay: [0, 0], loss: 0, duplicate: 0, lateId: 0, lateAnswer: 0, lostEvents: 0, doubledEvents: 0, seed: 1 };

const EXAMPLE = 'delay=200-800,loss=0.1,duplicate=0.2,late-id=500,late-answer=200,lost-events=0.1,doubled-events=0.1,seed=7';

function number(key: string, text: string, highest: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0 || value > highest) {
    throw new LocalAwsError(
      `--ssm-faults: ${key}=${text} is not a number from 0 to ${highest}`,
      `Give ${key} a value in that range, as in ${EXAMPLE}`,
    );
  }
  return value;
}

/**
 * Reads `delay=200-800,loss=0.1,…`; an empty text is no fault.
 * @throws LocalAwsError that names the key, its value and an example
 */
export function parseSsmFaults(text: string): SsmFaults {
  const faults: { -readonly [K in keyof SsmFaults]: SsmFaults[K] } = { ...NONE };
  for (const part of text.trim() === '' || text.trim() === 'none' ? [] : text.trim().split(',')) {
    const [key = '', value = ''] = part.split('=').map((side) => side.trim());
    const milliseconds = () => number(key, value, 600_000);
    const share = () => number(key, value, 1);
    if (key === 'delay') {
      const [from = '', to = from] = value.split('-');
      faults.delay = [number(key, from, 600_000), number(key, to, 600_000)];
    } else if (key === 'loss') faults.loss = share();
    else if (key === 'duplicate') faults.duplicate = share();
    else if (key === 'late-id') faults.lateId = milliseconds();
    else if (key === 'late-answer') faults.lateAnswer = milliseconds();
    else if (key === 'lost-events') faults.lostEvents = share();
    else if (key === 'doubled-events') faults.doubledEvents = share();
    else if (key === 'seed') faults.seed = number(key, value, 2 ** 31);
    else throw new LocalAwsError(`--ssm-faults: unknown key "${key}"`, `Use keys of ${EXAMPLE}`);
  }
  return faults;
}

/** What happens to one command on one node. */
export interface CommandFate {
  readonly delayMs: number;
  readonly lost: boolean;
  /** Run twice: one after the other, or both at once; `reported` says whose outcome SSM keeps. */
  readonly duplicate: { readonly together: boolean; readonly reported: 0 | 1 } | null;
}

/** Draws one command's fate. It always draws the same count of numbers, so that one fault's share does not shift another's draws. */
export function drawFate(faults: SsmFaults, random: () => number): CommandFate {
  const [delay, loss, duplicate, together, reported] = [random(), random(), random(), random(), random()] as [
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    delayMs: Math.round(faults.delay[0] + delay * (faults.delay[1] - faults.delay[0])),
    lost: loss < faults.loss,
    duplicate: duplicate < faults.duplicate ? { together: together < 0.5, reported: reported < 0.5 ? 0 : 1 } : null,
  };
}
