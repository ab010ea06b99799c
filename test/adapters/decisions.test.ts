/** One contract for the store of votes and verdicts: what the tables in memory do, DynamoDB does too. */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../adapters/dynamodb/decisions.ts';
import { deploymentKey, partitionOfEpoch, transactionOfVerdict } from '../../core/quorum/epoch-record.ts';
import { castVotes, concludeEpoch } from '../../core/quorum/protocols.ts';
import type { Operation } from '../../core/quorum/store.ts';
import { recordOf, saw, verdictOf, voteOf } from '../core/quorum/votes.ts';
import { createTables } from '../fixtures/create-tables.ts';
import { MemoryStore } from '../fixtures/memory-store.ts';
import { standEnvironment } from '../ring/stand-environment.ts';
import { type SmallStand, smallStand } from '../stand/local-aws/small-stand.ts';

let stand: SmallStand;
let adapter: typeof import('../../adapters/dynamodb/decisions.ts');
const TABLES = { DECISIONS_TABLE: ['of', 'entry'], DEPLOYMENTS_TABLE: ['cluster', 'deployment'], BREAKERS_TABLE: ['cluster', 'source'] };

beforeAll(async () => {
  stand = await smallStand(26);
  Object.assign(process.env, standEnvironment(stand.client));
  await createTables(stand.client, TABLES);
  adapter = await import('../../adapters/dynamodb/decisions.ts');
});
afterAll(() => stand?.end());

const stores: Readonly<Record<string, () => Store>> = {
  'in memory': () => new MemoryStore().answer,
  'DynamoDB of the local AWS': () => adapter.dynamoStore,
};

describe.each(Object.entries(stores))('the store %s', (_, make) => {
  let store: Store;
  let deployment = '';
  let runs = 0;
  beforeEach(async () => {
    store = make();
    runs += 1;
    deployment = `d-${process.pid}-${runs}`;
    await put(recordOf(7, { deployment }));
  });

  const put = (record: ReturnType<typeof recordOf>) => {
    const key = deploymentKey(record);
    const operation: Operation = { table: 'deployments', key, put: { ...record }, condition: {} };
    return store({ ask: 'transact', operations: [operation] });
  };
  const vote = (findings = [saw('node', 'n1', 'n1')], bent = {}) => voteOf('node', 'n1', findings, { deployment, epoch: 7, ...bent });
  const cast = (...votes: ReturnType<typeof vote>[]) => adapter.run(castVotes(votes), store);
  const conclude = (nodes: string[], epoch = 7, writer = 'one') =>
    adapter.run(concludeEpoch({ cluster: 'payments', deployment }, verdictOf(nodes, epoch), writer), store);
  const read = async (entry: string, epoch = 7) => {
    const key = { of: partitionOfEpoch({ cluster: 'payments', deployment, epoch }), entry };
    const found = await store({ ask: 'read', table: 'decisions', key });
    return found.answer === 'item' ? found.item : null;
  };
  const record = async () => {
    const found = await store({ ask: 'read', table: 'deployments', key: { cluster: 'payments', deployment } });
    return found.answer === 'item' ? found.item : null;
  };

  test('takes a vote once: the same again changes nothing, another one is refused and written down', async () => {
    expect(await cast(vote())).toEqual(['accepted']);
    expect(await cast(vote([saw('node', 'n1', 'n1')], { judgedAt: 9 }))).toEqual(['repeated']);
    expect(await cast(vote([]))).toEqual(['contradicts']);
    expect(await read('vote#000000#node/n1')).toMatchObject({ vote: { accuses: [{ node: 'n1' }], judgedAt: 1 } });
  });

  test('takes what a host votes as two kinds in one transaction, and of two the one that is missing', async () => {
    const peer = voteOf('peer', 'n1', [], { deployment, epoch: 7 });
    expect(await cast(vote())).toEqual(['accepted']);
    expect(await cast(vote(), peer)).toEqual(['repeated', 'accepted']);
    expect(await read('vote#000000#peer/n1')).toMatchObject({ vote: { kind: 'peer' } });
  });

  test('refuses the vote of an older epoch, and of one that never was', async () => {
    await expect(cast(vote([], { epoch: 6 }))).rejects.toMatchObject({ code: 'EPOCH_STALE' });
    await expect(cast(vote([], { epoch: 8 }))).rejects.toMatchObject({ code: 'EPOCH_STALE' });
    await expect(cast(vote([], { deployment: 'd-none' }))).rejects.toMatchObject({ code: 'DEPLOYMENT_UNKNOWN' });
    expect(await read('vote#000000#node/n1', 6)).toBeNull();
  });

  test('writes one verdict, with the state of its deployment; a second writer is told which', async () => {
    expect(await conclude(['n1'])).toMatchObject({ ours: true, verdict: { verdict: 'roll-back' } });
    expect(await record()).toMatchObject({ state: 'decided', version: 2, verdict: { verdict: 'roll-back', epoch: 7 } });
    expect(await conclude([], 7, 'two')).toMatchObject({ ours: false, verdict: { verdict: 'roll-back', nodes: ['n1'] } });
    expect(await conclude(['n1'], 7, 'one')).toMatchObject({ ours: true });
    expect(await record()).toMatchObject({ version: 2 });
    expect(await cast(vote())).toEqual(['closed']);
  });

  test('ten writers at once: one verdict, and all are told the same', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, (_, i) => conclude(i % 2 ? ['n1'] : [], 7, `writer-${i}`)));
    expect(all.filter(({ ours }) => ours)).toHaveLength(1);
    expect(new Set(all.map(({ verdict }) => verdict.verdict)).size).toBe(1);
    expect(await record()).toMatchObject({ version: 2, verdict: { verdict: all[0]?.verdict.verdict } });
  });

  test('writes no verdict of an epoch that a newer one took over, and neither half of it', async () => {
    await put(recordOf(8, { deployment, version: 2 }));
    await expect(conclude(['n1'])).rejects.toMatchObject({ code: 'EPOCH_STALE' });
    const rogue = transactionOfVerdict(recordOf(7, { deployment, version: 2 }), verdictOf(['n1'], 7), 'late');
    expect(await store({ ask: 'transact', operations: rogue })).toEqual({ answer: 'refused' });
    expect([await read('verdict'), (await record())?.['verdict']]).toEqual([null, undefined]);
  });

  test('a verdict that was carried over from an earlier epoch closes the new one too', async () => {
    await put(recordOf(9, { deployment, state: 'decided', verdict: verdictOf(['n2'], 9) }));
    expect(await conclude([], 9)).toMatchObject({ ours: false, verdict: { nodes: ['n2'] } });
  });
});

describe('what DynamoDB answers', () => {
  const cancelled = (...codes: string[]) =>
    new TransactionCanceledException({ $metadata: {}, message: 'x', CancellationReasons: codes.map((Code) => ({ Code })) });
  const named = (name: string) => Object.assign(new Error('x'), { name });

  test.each([
    ['a condition that does not hold', cancelled('None', 'ConditionalCheckFailed'), 'refused'],
    ['a condition, beside a conflict', cancelled('TransactionConflict', 'ConditionalCheckFailed'), 'refused'],
    ['a conflict', cancelled('TransactionConflict', 'None'), 'busy'],
    ['throttling of one item', cancelled('ThrottlingError'), 'busy'],
    ['throttling', named('ThrottlingException'), 'busy'],
    ['throughput', named('ProvisionedThroughputExceededException'), 'busy'],
    ['a broken connection', Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'lost'],
    ['no answer in time', named('TimeoutError'), 'lost'],
    ['an error on its side', named('InternalServerError'), 'lost'],
  ])('%s', (_, error, answer) => {
    expect(adapter.answerOf(error)).toEqual({ answer });
  });

  test('an error that no further attempt mends is thrown', () => {
    expect(() => adapter.answerOf(named('AccessDeniedException'))).toThrow('x');
    expect(() => adapter.answerOf(cancelled('ValidationError'))).toThrow();
  });

  test('a table that stays throttled ends in a retryable error, and a vote in it is never half written', async () => {
    let asked = 0;
    const throttled: Store = async () => {
      asked += 1;
      return { answer: 'busy' };
    };
    const fast = adapter.run(castVotes([voteOf('node', 'n1', [])]), throttled, async () => undefined);
    await expect(fast).rejects.toMatchObject({ code: 'STATE_STORE_BUSY', class: 'retryable' });
    expect(asked).toBe(10);
  });
});
