/** One contract for where breakers are kept: what a map in memory does, DynamoDB does too. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BreakerStore } from '../../adapters/dynamodb/breakers.ts';
import { type Breaker, policyFor } from '../../core/breaker/breaker.ts';
import { createTables } from '../fixtures/create-tables.ts';
import { standEnvironment } from '../ring/stand-environment.ts';
import { type SmallStand, smallStand } from '../stand/local-aws/small-stand.ts';

let stand: SmallStand;
let adapter: typeof import('../../adapters/dynamodb/breakers.ts');

beforeAll(async () => {
  stand = await smallStand(27);
  Object.assign(process.env, standEnvironment(stand.client));
  await createTables(stand.client, { BREAKERS_TABLE: ['cluster', 'source'] });
  adapter = await import('../../adapters/dynamodb/breakers.ts');
});
afterAll(() => stand?.end());

function inMemory(): BreakerStore {
  const kept = new Map<string, Breaker>();
  return {
    load: async (cluster, source) => kept.get(`${cluster} ${source}`) ?? null,
    store: async (breaker) => {
      const name = `${breaker.cluster} ${breaker.source}`;
      if ((kept.get(name)?.version ?? 0) !== breaker.version) return false;
      kept.set(name, { ...breaker, version: breaker.version + 1 });
      return true;
    },
  };
}

const stores: Readonly<Record<string, () => BreakerStore>> = {
  'in memory': inMemory,
  'DynamoDB of the local AWS': () => adapter.dynamoBreakers,
};

describe.each(Object.entries(stores))('breakers %s', (_, make) => {
  let breakers: BreakerStore;
  let cluster = '';
  let runs = 0;
  let now = 0;
  beforeEach(() => {
    breakers = make();
    runs += 1;
    now = 1_000_000;
    cluster = `payments-${process.pid}-${runs}`;
  });
  const asking = (more = {}) => ({ cluster, source: 'client' as const, policy: policyFor('client', 3), ...more });
  const ask = (source: () => Promise<string>, more = {}, health = {}) => adapter.ask(asking(more), source, health, breakers, () => now);
  const cut = () => ask(() => Promise.reject(new Error('cut off'))).catch(String);
  const state = async () => (await breakers.load(cluster, 'client'))?.state;

  test('three failures open it: not asked any more, and said since when; then one trial closes it', async () => {
    let asked = 0;
    const works = async () => {
      asked += 1;
      return 'seen';
    };
    expect([await cut(), await cut(), await cut()]).toEqual(Array(3).fill('Error: cut off'));
    expect(await state()).toBe('open');
    await expect(ask(works)).rejects.toMatchObject({
      code: 'SOURCE_BROKEN',
      message: expect.stringContaining('since 1970-01-01T00:16:40'),
    });
    expect(asked).toBe(0);
    now += 30_000;
    expect(await ask(works)).toBe('seen');
    expect([asked, await state()]).toEqual([1, 'closed']);
  });

  test('twenty callers at the moment of the trial: one asks, nineteen are refused', async () => {
    await Promise.all([cut(), cut(), cut()]);
    if ((await state()) !== 'open') await cut();
    expect(await state()).toBe('open');
    now += 30_000;
    const open = Promise.withResolvers<string>();
    let asked = 0;
    const slow = () => {
      asked += 1;
      return open.promise;
    };
    const all = Array.from({ length: 20 }, () => ask(slow).then(String, (error: { code: string }) => error.code));
    setTimeout(() => open.resolve('seen'), 3000);
    const answers = await Promise.all(all);
    expect(asked).toBe(1);
    expect(answers.filter((answer) => answer === 'SOURCE_BROKEN')).toHaveLength(19);
    expect(await state()).toBe('closed');
  });

  test('an answer that says that nothing could be asked counts as a failure, and is given all the same', async () => {
    const health = { failed: (answer: string) => (answer === 'nothing' ? 'nothing could be asked' : null) };
    for (let i = 0; i < 3; i++) expect(await ask(async () => 'nothing', {}, health)).toBe('nothing');
    expect(await breakers.load(cluster, 'client')).toMatchObject({ state: 'open', error: 'nothing could be asked' });
  });

  test('an error that is not of the source counts for it, and one that hangs against it', async () => {
    const health = { isFailure: () => false };
    for (let i = 0; i < 5; i++) await ask(() => Promise.reject(new Error('of one node')), {}, health).catch(String);
    expect(await state()).not.toBe('open');
    const hangs = () => ask(() => new Promise<string>(() => undefined), { deadlineMs: 20 }).catch(String);
    expect([await hangs(), await hangs(), await hangs()].at(-1)).toBe('Error: no answer within 20 ms');
    expect(await state()).toBe('open');
  });

  test('what is urgent is asked all the same, and its success closes it', async () => {
    for (let i = 0; i < 3; i++) await cut();
    expect(await ask(async () => 'seen', { urgent: true })).toBe('seen');
    expect(await state()).toBe('closed');
  });
});

test('a table that is away keeps nobody from asking', async () => {
  const away: BreakerStore = { load: () => Promise.reject(new Error('away')), store: () => Promise.reject(new Error('away')) };
  const asking = { cluster: 'payments', source: 'client' as const, policy: policyFor('client', 3) };
  expect(await adapter.ask(asking, async () => 'seen', {}, away)).toBe('seen');
  await expect(adapter.ask(asking, () => Promise.reject(new Error('its own')), {}, away)).rejects.toThrow('its own');
});
