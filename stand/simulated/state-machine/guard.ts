/** Retry, then Catch, around a task, a map or a parallel state. Waits are of virtual time. */
import type { Catcher, Retrier } from './definition.ts';
import { matches, StateFailure } from './failure.ts';

export interface Caught {
  readonly catcher: Catcher;
  readonly errorOutput: { readonly Error: string; readonly Cause: string };
}

export interface Waits {
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
}

/** What the attempt gave, or the catcher that takes its failure. Throws a failure that nobody catches. */
export async function guarded<T>(
  { Retry = [], Catch = [] }: { readonly Retry?: readonly Retrier[]; readonly Catch?: readonly Catcher[] },
  attempt: () => Promise<T>,
  { sleep, random }: Waits,
): Promise<{ readonly result: T } | Caught> {
  const tried = new Map<Retrier, number>();
  for (;;) {
    try {
      return { result: await attempt() };
    } catch (failure) {
      if (!(failure instanceof StateFailure)) throw failure;
      const retrier = Retry.find(({ ErrorEquals }) => matches(ErrorEquals, failure.error));
      const before = retrier ? (tried.get(retrier) ?? 0) : 0;
      if (retrier && before < (retrier.MaxAttempts ?? 3)) {
        tried.set(retrier, before + 1);
        const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY, JitterStrategy } = retrier;
        const seconds = Math.min(IntervalSeconds * BackoffRate ** before, MaxDelaySeconds);
        await sleep(1000 * (JitterStrategy === 'FULL' ? random() * seconds : seconds));
        continue;
      }
      const catcher = Catch.find(({ ErrorEquals }) => matches(ErrorEquals, failure.error));
      if (!catcher) throw failure;
      return { catcher, errorOutput: { Error: failure.error, Cause: failure.cause } };
    }
  }
}
