/** Votes and verdicts: conditional transactions, tried again with a jittered pause where the table was busy or the answer was lost. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { Registration } from '../../core/cluster/registration.ts';
import { Verdict } from '../../core/decide/verdict.ts';
import { partitionOfEpoch, roundOf, verdictKey } from '../../core/quorum/epoch-record.ts';
import { type Cast, type Concluded, castVotes, concludeEpoch } from '../../core/quorum/protocols.ts';
import type { Protocol, StoreAnswer, StoreRequest, StoreTable } from '../../core/quorum/store.ts';
import { checkVoter, Vote } from '../../core/quorum/vote.ts';
import { environment } from '../environment/environment.ts';
import { writeOf } from './conditions.ts';
import { getItem, queryItems, transact } from './table.ts';
import type { DeploymentKey } from './timeline.ts';

type OfEpoch = DeploymentKey & { readonly epoch: number };

/** Answers one request of a protocol. */
export type Store = (request: Exclude<StoreRequest, { readonly ask: 'pause' }>) => Promise<StoreAnswer>;

/** Casts the votes of one registered host. Throws VANTAGE_POINT_UNKNOWN, EPOCH_STALE, STATE_STORE_BUSY. */
export async function cast(votes: readonly Vote[], registration: Registration): Promise<Cast[]> {
  for (const vote of votes) checkVoter(vote, registration);
  return run(castVotes(votes), dynamoStore);
}

/** Writes the one verdict of an epoch, or gives the one that stands. Throws EPOCH_STALE, STATE_STORE_BUSY. */
export async function conclude(of: DeploymentKey, verdict: Verdict): Promise<Concluded> {
  return run(concludeEpoch(of, verdict, randomUUID()), dynamoStore);
}

/** Votes of these rounds, as they were taken. */
export async function loadVotes(of: OfEpoch, rounds: readonly number[]): Promise<Vote[]> {
  const partition = { name: 'of', value: partitionOfEpoch(of) };
  const found = await Promise.all(
    [...new Set(rounds)].map((round) =>
      queryItems(environment('DECISIONS_TABLE'), partition, { startsWith: { name: 'entry', value: roundOf(round) } }),
    ),
  );
  return found.flat().map(({ vote }) => Vote.parse(vote));
}

/** The verdict of an epoch, where it was written already. */
export async function loadVerdict(of: OfEpoch): Promise<Verdict | null> {
  const item = await getItem(environment('DECISIONS_TABLE'), verdictKey(of));
  return item ? Verdict.parse(item['verdict']) : null;
}

/** Runs a protocol against a store. */
export async function run<Result>(
  protocol: Protocol<Result>,
  store: Store,
  pause: (ms: number) => Promise<unknown> = sleep,
): Promise<Result> {
  let step = protocol.next();
  while (!step.done) {
    const request = step.value;
    if (request.ask === 'pause') {
      await pause(Math.random() * request.upToMs);
      step = protocol.next({ answer: 'paused' });
    } else step = protocol.next(await store(request));
  }
  return step.value;
}

const tableOf = (table: StoreTable): string => environment(table === 'decisions' ? 'DECISIONS_TABLE' : 'DEPLOYMENTS_TABLE');

/** The real tables. */
export const dynamoStore: Store = async (request) => {
  try {
    if (request.ask === 'read') return { answer: 'item', item: (await getItem(tableOf(request.table), request.key)) ?? null };
    await transact(request.operations.map((operation) => writeOf(operation, tableOf(operation.table))));
    return { answer: 'committed' };
  } catch (error) {
    return answerOf(error);
  }
};

const BUSY =
  /^(TransactionConflict(Exception)?|TransactionInProgressException|Throttl(ing|ed).*|ProvisionedThroughputExceeded(Exception)?|RequestLimitExceeded|LimitExceededException)$/;
const LOST =
  /^(InternalServerError|InternalServerException|ServiceUnavailable(Exception)?|TimeoutError|AbortError|ECONN[A-Z]+|EPIPE|ETIMEDOUT|NetworkingError)$/;

/** What an error of DynamoDB says of the write; throws what no further attempt would mend. */
export function answerOf(error: unknown): StoreAnswer {
  if (error instanceof TransactionCanceledException) {
    const reasons = (error.CancellationReasons ?? []).map(({ Code }) => Code ?? 'None').filter((code) => code !== 'None');
    if (reasons.includes('ConditionalCheckFailed')) return { answer: 'refused' };
    if (reasons.some((code) => BUSY.test(code))) return { answer: 'busy' };
    throw error;
  }
  const names = error instanceof Error ? [error.name, String((error as { code?: unknown }).code)] : [];
  if (names.some((name) => BUSY.test(name))) return { answer: 'busy' };
  if (names.some((name) => LOST.test(name))) return { answer: 'lost' };
  throw error;
}
