/** The shipped function in its loop, with its own adapters: a person is asked once, answers or does not, and the verdict is written once. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Answer } from '../../core/decision-point/point.ts';
import { clientObservationKey, observationKey } from '../../core/observe/evidence-keys.ts';
import { evidenceHash } from '../../core/quorum/vote.ts';
import { voteOfClient, votesOfNode } from '../../core/quorum/votes-of-view.ts';
import { registered } from '../core/profile/environments.ts';
import { decidingTables } from '../fixtures/deciding-tables.ts';
import { DAY, NOW } from '../fixtures/pki.ts';
import { address, backupOf, good, hash, healthyState, KEYSTORE, makeRing, NODES, type Ring } from '../fixtures/ring.ts';
import type { TablesAndObjects } from '../fixtures/tables-and-objects.ts';

const OF = { cluster: 'payments', deployment: 'd-1', epoch: 1 };
const LIMITS = { soakSeconds: 20, performanceSeconds: 50, verificationSeconds: 60 };

async function load() {
  return {
    decide: (await import('../../functions/decide/decide-deployment.ts')).handler as unknown as (input: object) => Promise<State>,
    clusters: await import('../../adapters/dynamodb/clusters.ts'),
    decisions: await import('../../adapters/dynamodb/decisions.ts'),
    points: await import('../../adapters/dynamodb/decision-points.ts'),
    answer: (await import('../../adapters/decision-point/answer-point.ts')).answerInTimeline,
    deployments: await import('../../adapters/dynamodb/deployments.ts'),
    timeline: await import('../../adapters/dynamodb/timeline.ts'),
    put: (await import('../../adapters/dynamodb/table.ts')).putItem,
  };
}

/** What travels through the state machine. */
interface State extends Record<string, unknown> {
  readonly decision: 'watch' | 'decided';
  readonly lookAgainAt: string;
  readonly window: number;
  readonly depth: 'full' | 'soak' | 'client';
  readonly askedUntil?: number;
}

let aws: TablesAndObjects;
let ringward: Awaited<ReturnType<typeof load>>;
const since = NOW;

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  aws = await decidingTables({ conditions: true });
  ringward = await load();
});
afterAll(async () => {
  vi.useRealTimers();
  await aws.end();
});
beforeEach(() => {
  aws.items.clear();
  aws.objects.clear();
  aws.events.length = 0;
  vi.setSystemTime(NOW);
});

const leaves = NODES.map((_, i) => good.leaf(address(i), { addresses: [address(i)] }));
const renewed = makeRing(NODES.map((_, i) => healthyState(i, leaves[i])));
const expired = (() => {
  const old = good.leaf(address(0), { addresses: [address(0)], notAfter: NOW - DAY });
  return makeRing(NODES.map((_, i) => (i === 0 ? { ...healthyState(0, old), accepted: false } : healthyState(i, leaves[i]))));
})();
/** Only the client says that the first node is bad. */
const clientAlone: Ring = { ...renewed, client: expired.client };
const deployed = NODES.map((node) => ({ node, artifacts: [{ path: KEYSTORE, sha256: hash('d'), kind: 'keystore' as const }] }));

async function begin(
  decisionPoint: object,
  { verified = true, ...profile }: { verified?: boolean; rollBack?: object } = {},
): Promise<State> {
  const registration = {
    ...registered('staging', { health: { checks: [] }, limits: LIMITS, profile: { measured: { soakS: 20 }, decisionPoint, ...profile } }),
    cluster: 'payments',
  };
  await ringward.put('Clusters', { cluster: 'payments', registration });
  await ringward.put('Deployments', {
    ...OF,
    state: 'verifying',
    completedAt: since,
    executions: [],
    version: 1,
    detail: {
      schema: 1,
      deploymentId: 'd-1',
      cluster: 'payments',
      change: 'leaf-renewal',
      activation: 'reload',
      requestedBy: 'p',
      nodes: deployed,
    },
  });
  for (const [i] of NODES.entries()) if (verified) await ringward.put('Backups', { of: 'payments#d-1', ...backupOf(i) });
  const start = new Date(NOW + 2000).toISOString();
  return {
    ...OF,
    purpose: 'deployed',
    occasion: 'abc',
    window: 0,
    since,
    earlier: [],
    depth: 'full',
    decision: 'watch',
    lookAgainAt: start,
  };
}

/** Waits until the state says, looks, and decides: one round of the state machine. */
async function look(state: State, ring: Ring): Promise<State> {
  vi.setSystemTime(Math.max(Date.now() + 1, Date.parse(state.lookAgainAt)));
  const now = Date.now();
  const registration = await ringward.clusters.loadRegistration('payments');
  const at = { ...OF, purpose: 'deployed' as const, window: state.window, occasion: 'abc' };
  const known = { registration, nodes: deployed, activation: 'reload' as const, completedAt: since };
  for (const [node, observed] of state.depth === 'client' ? [] : ring.observations) {
    const observation = { ...observed, at: now };
    aws.objects.set(`/evidence/${observationKey(at, node)}`, JSON.stringify(observation));
    await ringward.decisions.cast(votesOfNode(at, node, observation, evidenceHash(observation), known, now), registration);
  }
  const client = { ...ring.client, at: now };
  aws.objects.set(`/evidence/${clientObservationKey(at)}`, JSON.stringify(client));
  await ringward.decisions.cast([voteOfClient(at, client, evidenceHash(client), known, now)], registration);
  return { ...state, ...(await ringward.decide(state)) };
}

async function lookUntil(from: State, ring: Ring, end: (state: State) => boolean): Promise<State> {
  let state = from;
  for (let i = 0; i < 200 && !end(state); i++) state = await look(state, ring);
  return state;
}
const untilAsked = (from: State, ring: Ring): Promise<State> =>
  lookUntil(from, ring, ({ askedUntil, decision }) => askedUntil !== undefined || decision === 'decided');
const untilDecided = (from: State, ring: Ring): Promise<State> => lookUntil(from, ring, ({ decision }) => decision === 'decided');
const questions = () => aws.events.filter((event) => event['detail-type'] === 'Ringward Decision Needed');
const told = async (): Promise<string[]> =>
  (await ringward.timeline.loadTimeline(OF)).map(({ what, by }) => `${by ?? 'ringward'}: ${what}`);
const answerOf = (answer: Answer['answer'], by = 'ada@desk'): Answer => ({ answer, by, reason: 'our switch was it', at: Date.now() });

test('asks once, in the timeline before and after, by one event, with what the answers would do', async () => {
  const asked = await untilAsked(await begin({ seconds: 100 }), clientAlone);
  expect(asked).toMatchObject({
    decision: 'watch',
    askedUntil: Date.now() + 100_000,
    depth: 'client',
    why: expect.stringContaining('A person is asked until'),
  });
  const later = await look(await look(asked, clientAlone), clientAlone);
  expect(later.decision).toBe('watch');
  expect(questions()).toMatchObject([
    {
      detail: {
        ...OF,
        about: 'one-kind',
        default: 'hold',
        rollBack: [NODES[0]],
        nextStep: expect.stringContaining('ringward decide --cluster payments --deployment d-1 --epoch 1'),
      },
    },
  ]);
  const entries = (await told()).filter((what) => what.includes('a person is'));
  expect(entries).toEqual([expect.stringContaining('a person is to be asked: '), expect.stringContaining('a person is asked until ')]);
  expect(await ringward.points.loadPoint(OF)).toMatchObject({ point: { about: 'one-kind', nodes: [NODES[0]] }, answer: null });
});

test('a call that is repeated, and one that died before it could say so, asks no second question', async () => {
  const before = await lookUntil(await begin({ seconds: 100 }), clientAlone, () => Date.now() >= since + 55_000);
  const asked = await untilAsked(before, clientAlone);
  const { point } = (await ringward.points.loadPoint(OF)) ?? {};
  const { askedUntil: _, ...forgotten } = asked;
  vi.setSystemTime(Date.now() + 3000);
  expect(await ringward.decide({ ...forgotten, window: asked.window - 1, depth: 'full', earlier: before['earlier'] })).toMatchObject({
    askedUntil: point?.dueAt,
  });
  expect((await ringward.points.loadPoint(OF))?.point).toEqual(point);
});

test('carries out what a person answers: keep, told with who, when and why; other environments do not learn it as proven', async () => {
  const asked = await untilAsked(await begin({ seconds: 100 }), clientAlone);
  expect(await ringward.answer(OF, answerOf('keep'))).toMatchObject({ ours: true });
  vi.setSystemTime(Date.now() + 10);
  expect(await ringward.answer(OF, answerOf('keep'))).toMatchObject({ ours: false, answer: { by: 'ada@desk' } });
  const decided = await look(asked, clientAlone);
  expect(decided).toMatchObject({
    decision: 'decided',
    verdict: 'keep',
    reason: expect.stringContaining('ada@desk answered keep: our switch was it.'),
  });
  const record = await ringward.deployments.loadRecord(OF);
  expect(record).toMatchObject({ state: 'kept', verdict: { asked: { about: 'one-kind', answer: { answer: 'keep', by: 'ada@desk' } } } });
  expect(aws.items.get('Kept')).toBeUndefined();
  expect(await told()).toEqual(
    expect.arrayContaining(['ada@desk: the answer keep is given: our switch was it', 'ada@desk: the answer keep stands']),
  );
  // The verdict stands, whatever is answered or called after it.
  expect(await ringward.answer(OF, answerOf('roll-back', 'bo@desk'))).toMatchObject({ ours: false, answer: { answer: 'keep' } });
  expect(await look(asked, expired)).toMatchObject({ verdict: 'keep' });
});

test('roll-back goes to the way back with the nodes that the question named', async () => {
  const asked = await untilAsked(await begin({ seconds: 100 }), clientAlone);
  await ringward.answer(OF, answerOf('roll-back'));
  expect(await look(asked, clientAlone)).toMatchObject({ verdict: 'roll-back', toRollBack: [NODES[0]] });
  expect(await ringward.deployments.loadRecord(OF)).toMatchObject({ state: 'decided' });
});

test('roll-back is refused where no backup stands (I1), and nothing is written', async () => {
  await untilAsked(await begin({ seconds: 100 }, { verified: false }), clientAlone);
  await expect(ringward.answer(OF, answerOf('roll-back'))).rejects.toMatchObject({ code: 'DECISION_NOT_POSSIBLE' });
  expect((await ringward.points.loadPoint(OF))?.answer).toBeNull();
  expect((await told()).at(-1)).toContain('it is refused: DECISION_NOT_POSSIBLE');
});

test('when nobody answers, the default happens by the deadline and says so; a later answer is told what stands', async () => {
  const asked = await untilAsked(await begin({ seconds: 100 }), clientAlone);
  const decided = await untilDecided(asked, clientAlone);
  const until = new Date(asked.askedUntil as number).toISOString();
  expect(Date.now()).toBe(asked.askedUntil);
  expect(decided).toMatchObject({
    verdict: 'hold',
    reason: expect.stringContaining(`Nobody answered by ${until}, so the default of the profile staging happens: hold.`),
  });
  expect(await told()).toEqual(
    expect.arrayContaining([
      `ringward: nobody answered by ${until}: the default hold is written as the answer`,
      `ringward: nobody answered by ${until}: the default hold stands`,
    ]),
  );
  expect(await ringward.answer(OF, answerOf('keep'))).toMatchObject({ ours: false, answer: { by: null, answer: 'hold' } });
  expect(questions()).toHaveLength(1);
});

test('an answer that came just before the default was written is the one that counts', async () => {
  const asked = await untilAsked(await begin({ seconds: 100 }), clientAlone);
  const last = await lookUntil(asked, clientAlone, ({ lookAgainAt }) => Date.parse(lookAgainAt) >= (asked.askedUntil as number));
  vi.setSystemTime(asked.askedUntil as number);
  await ringward.answer(OF, answerOf('keep'));
  expect(await look(last, clientAlone)).toMatchObject({ verdict: 'keep' });
});

test('proof that arrives while a person is asked decides at once; who answers then is told the verdict', async () => {
  const asked = await untilAsked(await begin({ seconds: 100 }), clientAlone);
  const decided = await untilDecided({ ...asked, depth: 'full' }, expired);
  expect(decided).toMatchObject({ verdict: 'roll-back', toRollBack: [NODES[0]] });
  expect(Date.now()).toBeLessThan(asked.askedUntil as number);
  expect(await ringward.deployments.loadRecord(OF)).toMatchObject({ verdict: { asked: { answer: null } } });
  await expect(ringward.answer(OF, answerOf('keep'))).rejects.toMatchObject({
    code: 'DECISION_NOT_WAITING',
    message: expect.stringContaining('the verdict is roll-back'),
  });
});

test('asks nobody by default: held at the deadline, and no question is written', async () => {
  const decided = await untilDecided(await begin({}), clientAlone);
  expect(decided).toMatchObject({ verdict: 'hold' });
  expect([questions(), (aws.items.get('Decisions') ?? []).filter(({ entry }) => entry?.['S']?.toString().startsWith('point'))]).toEqual([
    [],
    [],
  ]);
  await expect(ringward.answer(OF, answerOf('keep'))).rejects.toMatchObject({ code: 'DECISION_NOT_WAITING' });
});
