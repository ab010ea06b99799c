/** A rollback by waves, as people lead it: staged, interactive, paused, cancelled; and what is never interrupted. */
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { heal } from '../../../stand/heal.ts';
import { systemctl } from '../../../stand/ring/service.ts';
import type { RingNode } from '../../../stand/ring/topology.ts';
import { ended, startMachine } from '../executions.ts';
import {
  CLUSTER,
  deployUpToCompleted,
  journalOf,
  makeWhole,
  recordOf,
  serves,
  type TestDeployment,
  type TestStand,
  tell,
  theStand,
  timelineOf,
  waitFor,
  witness,
} from '../stand.ts';

let stand: TestStand;
let deployment: TestDeployment;
beforeAll(async () => {
  stand = await theStand();
});
beforeEach(async () => {
  await makeWhole(stand);
  deployment = await deployUpToCompleted(stand, 'none', 'waves');
});
afterEach(async () => {
  for (const { at, what, node } of (await timelineOf(stand, deployment.id)).filter(({ area }) => area === 'roll-back'))
    tell(`  ${new Date(at).toISOString().slice(11, 23)} ${node ?? ''} ${what.slice(0, 220)}`);
  await heal(stand.ring, stand.ring.nodes, tell);
});

const start = (mode: string, way: 'hot' | 'restart'): Promise<string> =>
  startMachine(stand, 'roll-back', { cluster: CLUSTER, deployment: deployment.id, mode, way, reason: 'waves', requestedBy: 'a test' });
const key = () => ({ cluster: CLUSTER, deployment: deployment.id });
const me = () => ({ by: 'ann', reason: 'a test', at: Date.now() });

/** Steps of acting phases that a node began or ended for this deployment since it was backed up, with their times. */
async function actsOf(node: RingNode): Promise<{ readonly step: string; readonly state: string; readonly at: number }[]> {
  const lines = await journalOf(node, deployment.id);
  return lines.filter(({ step }) => /^(restore|stop|start)/.test(step)).map(({ step, state, at }) => ({ step, state, at }));
}
const begun = async (): Promise<string[]> => {
  const acts = await Promise.all(stand.ring.nodes.map(async (node) => [node.node, (await actsOf(node)).length] as const));
  return acts.filter(([, count]) => count > 0).map(([node]) => node);
};
/** Nodes that serve the leaf of before. */
async function backOnes(): Promise<string[]> {
  const seen = await witness(stand.ring);
  return seen
    .filter((now) => serves(now, deployment.before.find(({ node }) => node === now.node)?.client.leaf ?? null))
    .map(({ node }) => node);
}
const asking = (wave: number) =>
  waitFor(
    `a question about wave ${wave}`,
    async () => {
      const record = await recordOf(stand, deployment.id);
      return record?.asking?.epoch === record?.epoch && record?.asking?.wave === wave ? record?.asking : undefined;
    },
    120_000,
  );

test('staged: the canary is proven and soaked before any other node is touched, and each rack before the next', async () => {
  const execution = await start('staged', 'hot');
  expect(await ended(execution, 240_000)).toMatchObject({ status: 'SUCCEEDED' });
  expect((await recordOf(stand, deployment.id))?.state).toBe('rolled-back');
  expect((await backOnes()).length).toBe(stand.ring.nodes.length);
  const acts = await Promise.all(stand.ring.nodes.map(async (node) => actsOf(node)));
  const spans = acts.map((of) => [of[0]?.at ?? 0, of.at(-1)?.at ?? 0] as const).toSorted((a, b) => a[0] - b[0]);
  const [canary, ...others] = spans;
  // The soak of the stand's profile is 4 s.
  for (const [from] of others) expect(from - (canary?.[1] ?? 0)).toBeGreaterThan(4000);
});

test('interactive, by restart: nothing begins before its approval; a rejection ends it with the rest handed over', async () => {
  const execution = await start('interactive', 'restart');
  const first = await asking(0);
  expect(await begun()).toEqual([]);
  await stand.installation.approve(key(), { answer: 'approve', wave: first.wave, planHash: first.planHash, ...me() });
  const second = await asking(1);
  expect(await begun()).toEqual(first.nodes);
  expect(await backOnes()).toEqual(first.nodes);
  expect(second.nodes).not.toEqual(expect.arrayContaining([...first.nodes]));
  await stand.installation.approve(key(), { answer: 'reject', wave: second.wave, planHash: second.planHash, ...me() });
  await ended(execution, 120_000);
  const record = await recordOf(stand, deployment.id);
  expect([record?.state, await backOnes(), await begun()]).toEqual(['handed-over', first.nodes, first.nodes]);
});

test('automated, by restart: paused it begins nothing, cancelled it ends; a retry does the rest and leaves alone what is back', async () => {
  const execution = await start('automated', 'restart');
  await waitFor('the first node at work', async () => ((await begun()).length > 0 ? true : undefined), 60_000);
  await stand.installation.control(key(), { word: 'pause', ...me() });
  const [first] = await begun();
  await waitFor('the first node back', async () => ((await backOnes()).length === 1 ? true : undefined), 120_000);
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  expect(await begun()).toEqual([first]);
  await stand.installation.control(key(), { word: 'cancel', ...me() });
  await ended(execution, 120_000);
  expect([(await recordOf(stand, deployment.id))?.state, await backOnes()]).toEqual(['handed-over', [first]]);
  const firstNode = stand.ring.nodes.find(({ node }) => node === first) as RingNode;
  const before = await actsOf(firstNode);
  await ended(await start('automated', 'restart'), 400_000);
  expect((await recordOf(stand, deployment.id))?.state).toBe('rolled-back');
  expect((await backOnes()).length).toBe(stand.ring.nodes.length);
  // Once each, and never two at a time.
  expect(before.length).toBeGreaterThan(0);
  const spans = (await Promise.all(stand.ring.nodes.map(actsOf))).map((of) => [of[0]?.at ?? 0, of.at(-1)?.at ?? 0] as const);
  const inOrder = spans.toSorted((a, b) => a[0] - b[0]);
  for (const [i, [from]] of inOrder.entries()) if (i > 0) expect(from).toBeGreaterThanOrEqual(inOrder[i - 1]?.[1] ?? 0);
}, 600_000);

test('while another replica is down no node is interrupted, and the reason names keyspace, level and range; when it is up, it goes on', async () => {
  const [, other, last] = stand.ring.nodes as [RingNode, RingNode, RingNode];
  await systemctl(other, 'stop');
  const execution = await startMachine(stand, 'roll-back', {
    cluster: CLUSTER,
    deployment: deployment.id,
    scope: 'node',
    nodes: [last.node],
    way: 'restart',
    requestedBy: 'a test',
  });
  const run = await ended(execution, 240_000);
  const record = await recordOf(stand, deployment.id);
  tell(`${run.status} ${record?.state}`);
  expect(await actsOf(last)).toEqual([]);
  expect(record?.state).toBe('handed-over');
  const told = (await timelineOf(stand, deployment.id)).map(({ what }) => what).join('\n');
  expect(told).toMatch(/loses LOCAL_QUORUM in \S+ on \d+ token ranges?, such as \(/);
  await systemctl(other, 'start');
}, 400_000);
