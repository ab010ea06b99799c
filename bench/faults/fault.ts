/** What can go wrong with one call, and how it is put in: once, at one call, and never again in that world. */
import { sha256Hex } from '../../core/canonical.ts';
import type { Call, Carry } from '../../stand/simulated/aws/call.ts';
import { halt } from '../../stand/simulated/node/run-program.ts';
import { lifeHere, never } from '../../stand/simulated/time/life.ts';

/**
 * `crash-before` and `crash-after`: whoever makes the call dies there: the controller with all its functions, or, of a node's call, its
 * program · `error`: an exception that a retry may mend · `time-out`: it happened, and no answer comes · `duplicate`: it happens twice ·
 * `stale`: the answer of the read before, of the same question.
 */
export const FAULTS = ['crash-before', 'crash-after', 'error', 'time-out', 'duplicate', 'stale'] as const;
export type Fault = (typeof FAULTS)[number];

/** Which call of a run: where it is made, what it asks, and the how-manieth of its kind it is. */
export const kindOf = ({ place, service, operation, target }: Call): string => `${place}:${service}.${operation} ${target}`.trim();

/** A command that was sent and not heard of may still come: in the middle of what follows, or when that is over; ms. */
const LATE_MS = [8000, 45_000] as const;
/** By the call, so that it is the same again. */
const lateness = (kind: string): number => LATE_MS[Number.parseInt(sha256Hex(kind).slice(2, 4), 16) % 2 === 0 ? 0 : 1];

/** Which faults a call can have. `repeats` says that it asks what was asked before. */
export function faultsOf({ from, service, reads }: Call, repeats: boolean): Fault[] {
  const crashes: Fault[] = ['crash-before', 'crash-after'];
  // Step Functions reads items by itself: that fails and is tried again, and hangs for nobody.
  if (from === 'workflow' && service === 's3') return [...crashes, 'error'];
  const answers: Fault[] = reads === undefined ? ['duplicate'] : repeats ? ['stale'] : [];
  return [...crashes, 'error', 'time-out', ...answers];
}

interface Wanted {
  readonly kind: string;
  readonly ordinal: number;
  readonly fault: Fault;
}

/** Counts calls by kind, and keeps what each question was answered last. */
export class Calls {
  readonly #seen = new Map<string, number>();
  readonly #answers = new Map<string, () => Promise<unknown>>();

  /** The how-manieth of its kind, from 1. */
  number(call: Call): number {
    const ordinal = (this.#seen.get(kindOf(call)) ?? 0) + 1;
    this.#seen.set(kindOf(call), ordinal);
    return ordinal;
  }

  lastAnswer({ reads }: Call): (() => Promise<unknown>) | undefined {
    return reads === undefined ? undefined : this.#answers.get(reads);
  }

  /** Carries the call out and keeps its answer, be it an exception. */
  async perform(call: Call, lateMs = 0): Promise<unknown> {
    const answered = call.perform(lateMs);
    const { reads } = call;
    if (reads !== undefined)
      answered.then(
        (answer) => this.#answers.set(reads, async () => answer),
        (error: unknown) => this.#answers.set(reads, () => Promise.reject(error)),
      );
    return answered;
  }
}

/** Carries every call out but the wanted one, which has the fault. `crash` ends the controller. */
export function withFault(wanted: Wanted, crash: () => void, hit: () => void): Carry {
  const calls = new Calls();
  return async (call) => {
    const ordinal = calls.number(call);
    if (ordinal !== wanted.ordinal || kindOf(call) !== wanted.kind) return calls.perform(call);
    hit();
    const late = isCommand(call) ? lateness(wanted.kind) : 0;
    switch (wanted.fault) {
      case 'crash-before':
        return die(call, crash);
      case 'crash-after': {
        await calls.perform(call, late).catch(() => undefined);
        return die(call, crash);
      }
      case 'error':
        throw call.failure();
      case 'time-out':
        if (call.unanswered && call.from === 'node') return call.unanswered();
        await calls.perform(call).catch(() => undefined);
        return never();
      case 'duplicate':
        await calls.perform(call, late).catch(() => undefined);
        return calls.perform(call);
      case 'stale': {
        const last = calls.lastAnswer(call);
        return last ? last() : calls.perform(call);
      }
    }
  };
}

const isCommand = ({ operation }: Call): boolean => operation === 'SendCommand';

function die({ from }: Call, crash: () => void): Promise<never> {
  if (from === 'node') return Promise.resolve().then(() => halt(lifeHere()));
  crash();
  return never();
}
