/** Circuit breakers, shared by every function: each change is a conditional write on the version that was read. */
import { randomUUID } from 'node:crypto';
import {
  afterAsking,
  Breaker,
  type BreakerPolicy,
  closedBreaker,
  type Heard,
  mayAsk,
  notAsked,
  type Source,
} from '../../core/breaker/breaker.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { environment } from '../environment/environment.ts';
import { getItem, putItemIf, queryItems } from './table.ts';

/** Callers that change one breaker at the same moment try again this often; after that the outcome is not counted. */
const ATTEMPTS = 6;

/** Where breakers are kept. */
export interface BreakerStore {
  readonly load: (cluster: string, source: Source) => Promise<Breaker | null>;
  /** Stores `breaker` with the next version if the stored one has its version still (0: there is none). */
  readonly store: (breaker: Breaker) => Promise<boolean>;
}

export const dynamoBreakers: BreakerStore = {
  load: async (cluster, source) => {
    const item = await getItem(environment('BREAKERS_TABLE'), { cluster, source });
    return item ? Breaker.parse(item) : null;
  },
  store: async ({ version, ...breaker }) => {
    const item = { ...breaker, version: version + 1 };
    const table = environment('BREAKERS_TABLE');
    if (version === 0) return putItemIf(table, item, 'attribute_not_exists(#source)', {}, { '#source': 'source' });
    return putItemIf(table, item, '#version = :version', { ':version': version }, { '#version': 'version' });
  },
};

export interface Asking {
  readonly cluster: string;
  readonly source: Source;
  readonly policy: BreakerPolicy;
  /** What is asked, such as one node; the source itself where left out. */
  readonly who?: string;
  /** Asked whatever is known: a person waits, or a rollback is to be proven. */
  readonly urgent?: boolean;
  /** An answer that does not come within this counts as a failure, ms. */
  readonly deadlineMs?: number;
}

/** What an answer or an error says about the source itself: a failure in words, or null when the source works. */
export interface SourceHealth<Answer> {
  readonly failed?: (answer: Answer) => string | null;
  readonly isFailure?: (error: unknown) => boolean;
}

/**
 * Asks a source through its breaker. Throws SOURCE_BROKEN instead of asking while it is open, and what the source itself throws. A breaker
 * that cannot be read or written never keeps anybody from asking.
 */
export async function ask<Answer>(
  asking: Asking,
  source: () => Promise<Answer>,
  { failed = () => null, isFailure = () => true }: SourceHealth<Answer> = {},
  breakers: BreakerStore = dynamoBreakers,
  clock: () => number = Date.now,
): Promise<Answer> {
  const caller = randomUUID();
  if (!asking.urgent) await permitted(asking, caller, breakers, clock);
  const who = asking.who ?? asking.source;
  const told = (heard: Heard): Promise<void> => heardOf(asking, caller, heard, breakers, clock);
  let answer: Answer;
  try {
    answer = await withDeadline(source, asking.deadlineMs);
  } catch (error) {
    await told(isFailure(error) ? { ok: false, who, error: String(error instanceof Error ? error.message : error) } : { ok: true });
    throw error;
  }
  const failure = failed(answer);
  await told(failure === null ? { ok: true } : { ok: false, who, error: failure });
  return answer;
}

/** Every breaker of a cluster. */
export async function loadBreakers(cluster: string): Promise<Breaker[]> {
  const items = await queryItems(environment('BREAKERS_TABLE'), { name: 'cluster', value: cluster });
  return items.map((item) => Breaker.parse(item));
}

async function permitted({ cluster, source, policy }: Asking, caller: string, breakers: BreakerStore, clock: () => number): Promise<void> {
  const breaker = await unlessBroken(() => breakers.load(cluster, source));
  const permit = mayAsk(breaker ?? closedBreaker(cluster, source), caller, clock(), policy);
  if (permit.permit === 'ask') return;
  if (permit.permit === 'trial' && (await unlessBroken(() => breakers.store(permit.next))) !== false) return;
  throw new RingwardError('SOURCE_BROKEN', {
    field: 'source',
    value: source,
    message: `not asked: ${notAsked(breaker ?? closedBreaker(cluster, source))}`,
  });
}

async function heardOf(asking: Asking, caller: string, heard: Heard, breakers: BreakerStore, clock: () => number): Promise<void> {
  await unlessBroken(async () => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const stored = await breakers.load(asking.cluster, asking.source);
      const before = stored ?? closedBreaker(asking.cluster, asking.source);
      const after = afterAsking(before, caller, heard, clock(), asking.policy);
      if (after === before || (await breakers.store(after))) return;
    }
  });
}

/** A table that is away is told in the log and stops nobody: undefined then. */
async function unlessBroken<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    console.error(JSON.stringify({ message: 'a circuit breaker could not be read or written', error: String(error) }));
    return undefined;
  }
}

async function withDeadline<T>(source: () => Promise<T>, deadlineMs: number | undefined): Promise<T> {
  if (deadlineMs === undefined) return source();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
  try {
    return await Promise.race([source(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
