import { describe, expect, test } from 'vitest';
import type { Answer, AnswerWord, DecisionPoint, Standing } from '../../../core/decision-point/point.ts';
import { answerKey, pointKey } from '../../../core/decision-point/point-record.ts';
import { type Answered, answerPoint, askPerson } from '../../../core/decision-point/protocols.ts';
import type { DeploymentRecord } from '../../../core/intake/deployment-record.ts';
import { type Concluded, concludeEpoch } from '../../../core/quorum/protocols.ts';
import type { Protocol, StoreAnswer, StoreKey, StoreRequest } from '../../../core/quorum/store.ts';
import { seededRandom } from '../../../stand/random.ts';
import { MemoryStore } from '../../fixtures/memory-store.ts';
import { recordOf, verdictOf } from '../quorum/votes.ts';

const DEPLOYMENT = { cluster: 'payments', deployment: 'd-1' };
const OF = { ...DEPLOYMENT, epoch: 1 };
const point: DecisionPoint = {
  epoch: 1,
  about: 'one-kind',
  question: 'Only the client says so.',
  askedAt: 1000,
  dueAt: 61_000,
  default: 'hold',
  nodes: ['n1'],
};
const answer = (word: AnswerWord, by: string | null = 'ada@desk', at = 2000): Answer => ({ answer: word, by, reason: 'known trouble', at });

function storeOf(record: DeploymentRecord = recordOf(1)): MemoryStore {
  const store = new MemoryStore();
  store.items.set('deployments payments d-1', record as never);
  return store;
}

async function done<T>(protocol: Protocol<T>, store: MemoryStore): Promise<T> {
  let step = protocol.next();
  while (!step.done) step = protocol.next(step.value.ask === 'pause' ? { answer: 'paused' } : await store.answer(step.value));
  return step.value;
}

describe('a question', () => {
  test('is asked once: who asks again is told the one that stands, with its deadline and answer', async () => {
    const store = storeOf();
    expect(await done(askPerson(OF, point), store)).toEqual({ point, answer: null });
    expect(await done(askPerson(OF, { ...point, dueAt: 99_000 }), store)).toEqual({ point, answer: null });
    await done(answerPoint(OF, answer('keep')), store);
    expect(await done(askPerson(OF, { ...point, dueAt: 99_000 }), store)).toEqual({ point, answer: answer('keep') });
  });

  test('is not asked once the verdict is written, and not by an epoch that was overtaken', async () => {
    expect(await done(askPerson(OF, point), storeOf(recordOf(1, { verdict: verdictOf([], 1) })))).toBeNull();
    await expect(done(askPerson(OF, point), storeOf(recordOf(2)))).rejects.toMatchObject({ code: 'EPOCH_STALE' });
  });
});

describe('an answer', () => {
  async function asked(record?: DeploymentRecord, bent: Partial<DecisionPoint> = {}): Promise<MemoryStore> {
    const store = storeOf();
    await done(askPerson(OF, { ...point, ...bent }), store);
    if (record) store.items.set('deployments payments d-1', record as never);
    return store;
  }

  test('stands once it is given; the same again changes nothing, another one is told what stands', async () => {
    const store = await asked();
    expect(await done(answerPoint(OF, answer('keep')), store)).toEqual({ point, answer: answer('keep'), ours: true });
    expect(await done(answerPoint(OF, answer('keep', 'ada@desk', 3000)), store)).toMatchObject({ answer: answer('keep'), ours: false });
    expect(await done(answerPoint(OF, answer('roll-back', 'bo@desk')), store)).toMatchObject({ answer: answer('keep'), ours: false });
    expect(await done(answerPoint(OF, answer('hold', null)), store)).toMatchObject({ answer: { by: 'ada@desk' } });
  });

  test('is refused where nobody was asked, and where the verdict is written', async () => {
    await expect(done(answerPoint(OF, answer('keep')), storeOf())).rejects.toMatchObject({
      code: 'DECISION_NOT_WAITING',
      message: expect.stringContaining('nobody was asked'),
    });
    const decided = await asked(recordOf(1, { verdict: verdictOf(['n1'], 1) }));
    await expect(done(answerPoint(OF, answer('keep')), decided)).rejects.toMatchObject({
      code: 'DECISION_NOT_WAITING',
      message: expect.stringContaining('the verdict is roll-back: test'),
    });
    expect(decided.get('decisions', answerKey(OF))).toBeNull();
  });

  test('of an older epoch is refused, although it was asked', async () => {
    const overtaken = await asked(recordOf(2));
    await expect(done(answerPoint(OF, answer('keep')), overtaken)).rejects.toMatchObject({ code: 'EPOCH_STALE' });
    await expect(done(answerPoint({ ...OF, epoch: 2 }, answer('keep')), overtaken)).rejects.toMatchObject({ code: 'DECISION_NOT_WAITING' });
  });

  test('roll-back is refused where nothing can go back, with the reason; the others are not', async () => {
    const store = await asked(undefined, { nodes: [], noRollBack: 'n1 has no backup.' });
    await expect(done(answerPoint(OF, answer('roll-back')), store)).rejects.toMatchObject({
      code: 'DECISION_NOT_POSSIBLE',
      message: expect.stringContaining('n1 has no backup'),
    });
    expect(await done(answerPoint(OF, answer('hold')), store)).toMatchObject({ ours: true });
  });

  test('roll-back of nobody, the default, is noted where nothing can go back: its verdict says so, and the execution goes on', async () => {
    const store = await asked(undefined, { nodes: [], noRollBack: 'n1 has no backup.' });
    expect(await done(answerPoint(OF, { ...answer('roll-back'), by: null }), store)).toMatchObject({ ours: true });
  });

  test('to a deployment that is not there is told so', async () => {
    await expect(done(answerPoint(OF, answer('keep')), new MemoryStore())).rejects.toMatchObject({ code: 'DEPLOYMENT_UNKNOWN' });
  });
});

/** Askers, people, whoever writes the default, deciders and a newer execution, in any order, on a table that throttles and loses answers. */
function interleave(seed: number, seen: Record<string, number>): void {
  const random = seededRandom(seed);
  const store = storeOf();
  const told: Answer[] = [];
  const asked: DecisionPoint[] = [];
  let epoch = 1;
  let verdict = false;
  store.onCommit = (operations) => {
    for (const { table, key, put } of operations) {
      if (!put) continue;
      if (table === 'deployments') {
        verdict = (put['verdict'] as { epoch: number } | undefined)?.epoch === epoch;
        continue;
      }
      if (key['entry'] === 'verdict') continue;
      if (epoch !== 1 || verdict) throw new Error(`${key['entry']} was written although the epoch is over`);
      seen[String(key['entry'])] = (seen[String(key['entry'])] ?? 0) + 1;
    }
  };
  interface Process {
    readonly protocol: Protocol<Standing | Answered | Concluded | null>;
    request: StoreRequest | null;
  }
  const note = (result: Standing | Answered | Concluded | null): void => {
    if (!result || 'verdict' in result) return;
    asked.push(result.point);
    if (result.answer) told.push(result.answer);
  };
  const resume = (process: Process, reply?: StoreAnswer): void => {
    try {
      const step = reply ? process.protocol.next(reply) : process.protocol.next();
      process.request = step.done ? null : step.value;
      if (step.done) note(step.value);
    } catch (error) {
      process.request = null;
      const { code } = error as { code?: string };
      if (!code) throw error;
      seen[code] = (seen[code] ?? 0) + 1;
    }
  };
  const words: AnswerWord[] = ['keep', 'roll-back', 'hold'];
  const start: Process[] = [
    ...[1, 2].map((i) => ({ protocol: askPerson(OF, { ...point, dueAt: 60_000 + i }), request: null })),
    ...words.map((word, i) => ({ protocol: answerPoint(OF, answer(word, `person-${i}`)), request: null })),
    { protocol: answerPoint(OF, answer('hold', null)), request: null },
    ...(random() < 0.5 ? [{ protocol: concludeEpoch(DEPLOYMENT, verdictOf([], 1), 'w'), request: null }] : []),
  ];
  const waiting = [...start];
  const running: Process[] = [];
  for (let step = 0; step < 1500 && (waiting.length > 0 || running.some(({ request }) => request)); step++) {
    if (random() < 0.002) {
      const before = store.get('deployments', DEPLOYMENT) as unknown as DeploymentRecord;
      store.items.set('deployments payments d-1', { ...before, epoch: 2, version: before.version + 1 } as never);
      epoch = 2;
    }
    const open = running.filter(({ request }) => request);
    if (waiting.length > 0 && (open.length === 0 || random() < 0.15)) {
      const [next] = waiting.splice(Math.floor(random() * waiting.length), 1) as [Process];
      running.push(next);
      resume(next);
      continue;
    }
    const process = open[Math.floor(random() * open.length)] as Process;
    const { request } = process;
    if (!request) continue;
    if (request.ask === 'pause') resume(process, { answer: 'paused' });
    else if (random() < 0.1) resume(process, { answer: 'busy' });
    else if (request.ask === 'read') resume(process, { answer: 'item', item: store.get(request.table, request.key) });
    else {
      store.begin(request.operations);
      const answerOfStore = store.end(request.operations);
      resume(process, { answer: random() < 0.15 ? 'lost' : answerOfStore });
    }
  }
  const stored = (key: StoreKey, part: string): unknown => store.get('decisions', key)?.[part];
  const stands = stored(answerKey(OF), 'answer') as Answer | undefined;
  if (told.some(({ by }) => by !== stands?.by)) throw new Error('somebody was told another answer than the one that stands');
  const question = stored(pointKey(OF), 'point') as DecisionPoint | undefined;
  if (asked.some(({ dueAt }) => dueAt !== question?.dueAt)) throw new Error('two questions of one epoch');
}

test('interleavings: one question and one answer an epoch, none after its verdict or its end, and everybody is told the same', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000_000);
  const seen: Record<string, number> = {};
  for (let run = 0; run < 3000; run++) {
    try {
      interleave(seed + run * 7919, seen);
    } catch (error) {
      throw new Error(`seed ${seed + run * 7919}: ${String(error)}`, { cause: error });
    }
  }
  console.info(`seed ${seed}, 3000 interleavings: ${JSON.stringify(seen)}`);
  for (const kind of ['point#asked', 'point#answered', 'DECISION_NOT_WAITING', 'EPOCH_STALE']) expect(seen[kind]).toBeGreaterThan(100);
}, 30_000);
