/** The functions that vote and decide, on the tables and the bucket of the local AWS: from what was seen to one verdict. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Registration } from '../../core/cluster/registration.ts';
import { partitionOfEpoch } from '../../core/quorum/epoch-record.ts';
import { createTables } from '../fixtures/create-tables.ts';
import { FAILURES, node, renewed } from '../fixtures/deployment-failures.ts';
import { NOW } from '../fixtures/pki.ts';
import { COMPLETED, NODES, type Ring, registration } from '../fixtures/ring.ts';
import { standEnvironment } from '../ring/stand-environment.ts';
import { type SmallStand, smallStand } from '../stand/local-aws/small-stand.ts';

const TABLES = {
  CLUSTERS_TABLE: ['cluster'],
  DEPLOYMENTS_TABLE: ['cluster', 'deployment'],
  DECISIONS_TABLE: ['of', 'entry'],
  BREAKERS_TABLE: ['cluster', 'source'],
  TIMELINE_TABLE: ['of', 'entry'],
  BACKUPS_TABLE: ['of', 'node'],
};

async function load() {
  return {
    judge: (await import('../../functions/verify/judge-node.ts')).handler,
    judgeClient: (await import('../../functions/verify/judge-client.ts')).handler,
    decide: (await import('../../functions/decide/decide-deployment.ts')).handler,
    hold: (await import('../../functions/decide/hold-deployment.ts')).handler,
    clusters: await import('../../adapters/dynamodb/clusters.ts'),
    deployments: await import('../../adapters/dynamodb/deployments.ts'),
    decisions: await import('../../adapters/dynamodb/decisions.ts'),
    breakers: await import('../../adapters/dynamodb/breakers.ts'),
    backups: await import('../../adapters/dynamodb/backups.ts'),
    timeline: await import('../../adapters/dynamodb/timeline.ts'),
    table: await import('../../adapters/dynamodb/table.ts'),
    evidence: await import('../../adapters/s3/evidence.ts'),
    keys: await import('../../core/observe/evidence-keys.ts'),
  };
}

let stand: SmallStand;
let ringward: Awaited<ReturnType<typeof load>>;
let deployment = '';
let runs = 0;

beforeAll(async () => {
  stand = await smallStand(28);
  Object.assign(process.env, standEnvironment(stand.client), { EVIDENCE_BUCKET: stand.output('Bucket') });
  await createTables(stand.client, TABLES);
  ringward = await load();
  await ringward.clusters.saveRegistration(registration, NOW);
  // The certificates of the fixtures are made for this moment.
  vi.spyOn(Date, 'now').mockReturnValue(NOW);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await stand?.end();
});
beforeEach(() => {
  runs += 1;
  deployment = `d-${runs}`;
});

const look = (window = 0, epoch = 7) => ({
  cluster: 'payments',
  deployment,
  epoch,
  purpose: 'deployed' as const,
  window,
  occasion: 'abc',
});
const input = (more = {}) => ({ ...look(), since: COMPLETED, earlier: [], depth: 'full' as const, ...more });
const record = () => ringward.deployments.loadRecord({ cluster: 'payments', deployment });

/** The deployment in its epoch, and everything that was seen of it lying in the bucket. */
async function seen(ring: Ring, epoch = 7): Promise<void> {
  const detail = {
    schema: 1 as const,
    deploymentId: deployment,
    cluster: 'payments',
    change: 'leaf-renewal' as const,
    activation: 'reload' as const,
    requestedBy: 'test',
    nodes: [...ring.deployed],
  };
  await ringward.deployments.storeRecord(
    { cluster: 'payments', deployment, state: 'verifying', epoch, detail, completedAt: COMPLETED, executions: [] },
    null,
  );
  for (const backup of ring.backups) await ringward.backups.saveBackup({ ...backup, deployment, epoch }, epoch);
  for (const [id, observation] of ring.observations)
    await ringward.evidence.writeEvidence(ringward.keys.observationKey(look(0, epoch), id), observation);
  await ringward.evidence.writeEvidence(ringward.keys.clientObservationKey(look(0, epoch)), ring.client);
}

const judge = (id: string, epoch = 7) => ringward.judge({ ...look(0, epoch), node: id } as never);
const judgeClient = () => ringward.judgeClient(look());
const otherAuthority = FAILURES['other-ca']?.ring as Ring;

test('nodes, peers and client vote; one verdict is written with the state, and the same call again is told the same', async () => {
  await seen(otherAuthority);
  await Promise.all([...NODES.map((id) => judge(id)), judgeClient()]);
  const decided = await ringward.decide(input());
  expect(decided).toMatchObject({ decision: 'decided', verdict: 'roll-back', toRollBack: [node] });
  const epoch = { cluster: 'payments', deployment, epoch: 7 };
  expect(await ringward.decisions.loadVotes(epoch, [0])).toHaveLength(7);
  expect(await ringward.decisions.loadVerdict(epoch)).toEqual((await record())?.verdict);
  expect(await record()).toMatchObject({ state: 'decided', version: 2 });
  vi.mocked(Date.now).mockReturnValue(NOW + 60_000);
  const again = await ringward.decide(input({ window: 1 }));
  vi.mocked(Date.now).mockReturnValue(NOW);
  expect(again).toEqual(decided);
  expect(await record()).toMatchObject({ version: 2, verdict: { decidedAt: NOW } });
});

test('what was seen first stays, whoever looks again', async () => {
  const key = `evidence/once/${deployment}.json`;
  expect(await ringward.evidence.writeEvidenceOnce(key, { at: 1 })).toEqual({ at: 1 });
  expect(await ringward.evidence.writeEvidenceOnce(key, { at: 2 })).toEqual({ at: 1 });
});

test('two that decide at once: one verdict, and both go on with it', async () => {
  await seen(otherAuthority);
  await Promise.all([...NODES.map((id) => judge(id)), judgeClient()]);
  const both = await Promise.all([
    ringward.decide(input()),
    ringward.decide(input()),
    ringward.hold(input({ error: 'E', cause: 'c' }) as never),
  ]);
  expect(new Set(both.map(({ verdict }) => verdict)).size).toBe(1);
  const items = await ringward.table.queryItems('DECISIONS_TABLE', { name: 'of', value: partitionOfEpoch(input()) });
  expect(items.filter(({ entry }) => entry === 'verdict')).toHaveLength(1);
});

test('evidence that was exchanged after the vote, or that nobody voted on, is no evidence', async () => {
  await seen(renewed);
  await Promise.all([...NODES.map((id) => judge(id)), judgeClient()]);
  const key = ringward.keys.observationKey(look(), node);
  await ringward.evidence.writeEvidence(key, otherAuthority.observations.get(node));
  await ringward.evidence.writeEvidence(ringward.keys.clientObservationKey(look()), otherAuthority.client);
  const decided = await ringward.decide(input());
  expect(decided).toMatchObject({ decision: 'watch' });
  expect(decided['why']).toContain('Nobody voted from: client.');
  const told = await ringward.timeline.loadTimeline({ cluster: 'payments', deployment });
  expect(told.map(({ what }) => what)).toContain('nobody votes from: client; the other two kinds decide');
});

test('one kind dead: it still decides; two dead: it does not', async () => {
  await seen(otherAuthority);
  await judgeClient();
  expect(await ringward.decide(input())).toMatchObject({ decision: 'watch' });
  deployment += '-b';
  await seen(otherAuthority);
  await Promise.all(NODES.map((id) => judge(id)));
  const decided = await ringward.decide(input());
  expect(decided).toMatchObject({ verdict: 'roll-back', toRollBack: [node] });
  expect(decided['reason']).toContain('Nobody voted from: client.');
});

test('a voter and a decider of an older epoch are refused, and leave nothing behind', async () => {
  await seen(otherAuthority, 8);
  for (const [id, observation] of otherAuthority.observations)
    await ringward.evidence.writeEvidence(ringward.keys.observationKey(look(), id), observation);
  await expect(judge(NODES[0])).rejects.toMatchObject({ code: 'EPOCH_STALE' });
  await expect(ringward.hold(input({ error: 'E', cause: 'c' }) as never)).rejects.toMatchObject({ code: 'EPOCH_STALE' });
  expect(await ringward.table.queryItems('DECISIONS_TABLE', { name: 'of', value: partitionOfEpoch(input()) })).toEqual([]);
  expect(await record()).toMatchObject({ state: 'verifying', version: 1 });
});

test('a rollback that broke is handed over, and its verdict stands', async () => {
  await seen(otherAuthority);
  await Promise.all([...NODES.map((id) => judge(id)), judgeClient()]);
  await ringward.decide(input());
  expect(await ringward.hold(input({ error: 'E', cause: 'c' }) as never)).toMatchObject({ verdict: 'roll-back' });
  expect(await record()).toMatchObject({ state: 'handed-over', verdict: { verdict: 'roll-back' } });
  deployment += '-b';
  await seen(renewed);
  expect(await ringward.hold(input({ error: 'E', cause: 'c' }) as never)).toMatchObject({ verdict: 'hold' });
  expect(await record()).toMatchObject({ state: 'held', verdict: { verdict: 'hold', epoch: 7 } });
});

test('a source that is not asked is named in the reason, and told once', async () => {
  const { ask } = ringward.breakers;
  const { policyFor } = await import('../../core/breaker/breaker.ts');
  const asking = { cluster: 'payments', source: 'client' as const, policy: policyFor('client', 3) };
  for (let i = 0; i < 3; i++) await ask(asking, () => Promise.reject(new Error('no such secret'))).catch(String);
  await seen(renewed);
  await Promise.all(NODES.map((id) => judge(id)));
  const decided = await ringward.decide(input());
  expect(decided['why']).toContain(`Not asked: the client: known to be broken since ${new Date(NOW).toISOString()} (no such secret).`);
  expect(await ringward.breakers.loadBreakers('payments')).toMatchObject([{ state: 'open', told: 'open' }]);
});

test('health checks of a place that is broken are not made: unknown, with since when', async () => {
  const { runDueChecks } = await import('../../adapters/health/run-due-checks.ts');
  const check = { name: 'shop', kind: 'tcp', host: '10.0.0.9', port: 443, intervalSeconds: 10 };
  const withHealth = Registration.parse({ ...registration, cluster: 'shop', health: { checks: [check, { ...check, name: 'till' }] } });
  await ringward.clusters.saveRegistration(withHealth, NOW);
  const ofShop = { ...look(), cluster: 'shop' };
  let made = 0;
  const blind = async () => async (of: { readonly name: string }) => {
    made += 1;
    return { check: of.name, outcome: 'unknown' as const, observed: 'no route', at: NOW, ms: 1, attempts: 1 };
  };
  for (let i = 0; i < 5; i++) await runDueChecks(ofShop, 'endpoints', blind);
  expect(made).toBe(2 * 3);
  const said = await ringward.evidence.readEvidence(ringward.keys.healthKey(ofShop, 'endpoints'));
  expect(said).toMatchObject([
    { check: 'shop', outcome: 'unknown', observed: expect.stringContaining('known to be broken since 2026-11-24T03:00:00') },
    { check: 'till', outcome: 'unknown', observed: expect.stringContaining('known to be broken since 2026-11-24T03:00:00') },
  ]);
});
