/** The real handlers of `functions/`, each invoked in this process with the time-out and the errors that Lambda would give it. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FUNCTIONS, type FunctionName } from '../../../infra/function-needs.ts';
import { definitionOf } from '../state-machine/definition.ts';
import { StateFailure } from '../state-machine/failure.ts';
import { Life, lifeHere, liveAs } from '../time/life.ts';
import type { VirtualClock } from '../time/virtual-clock.ts';

export type Handler = (event: never) => Promise<unknown>;
export type Handlers = ReadonlyMap<string, Handler>;

const loaded = new Map<string, Handler>();

/** Loads every function that these machines call. Loading is real input and output, so it comes before virtual time. */
export async function loadHandlers(machines: readonly string[], others: readonly FunctionName[]): Promise<Handlers> {
  const named = machines.flatMap((machine) =>
    [...JSON.stringify(definitionOf(machine)).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name as string),
  );
  for (const name of new Set([...named, ...others])) {
    const needs = (FUNCTIONS as Readonly<Record<string, { readonly file: string }>>)[name];
    if (!needs || loaded.has(name)) continue;
    const url = pathToFileURL(join(import.meta.dirname, '../../../functions', `${needs.file}.ts`)).href;
    loaded.set(name, ((await import(url)) as { readonly handler: Handler }).handler);
  }
  return loaded;
}

/**
 * Invokes one function as Step Functions does. Throws a {@link StateFailure} with the error's own name, which is what Retry and Catch
 * match; `Sandbox.Timedout` when it takes longer than it may.
 */
export async function invoke(clock: VirtualClock, name: string, handler: Handler, event: unknown, deadlines: boolean): Promise<unknown> {
  const { seconds } = FUNCTIONS[name as FunctionName];
  const life = new Life(name, lifeHere());
  const late = Promise.withResolvers<never>();
  const timer = clock.after(deadlines ? seconds * 1000 : Number.MAX_SAFE_INTEGER, () => {
    // Lambda ends the environment of an invocation that ran too long.
    life.end();
    late.reject(
      new StateFailure(
        'Sandbox.Timedout',
        JSON.stringify({ errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${seconds}.00 seconds` }),
      ),
    );
  });
  try {
    const result = await Promise.race([liveAs(life, () => handler(event as never)), late.promise]);
    return JSON.parse(JSON.stringify(result) ?? 'null');
  } catch (thrown) {
    if (thrown instanceof StateFailure) throw thrown;
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    throw new StateFailure(error.name, JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: [] }));
  } finally {
    clock.cancel(timer);
    life.end();
  }
}
