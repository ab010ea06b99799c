/** Baselines on the real stand: from watches into the table, eight weeks learnt in one run, a look before each deployment, an override that judges. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadBaselines, loadSamples, saveSamples } from '../../../adapters/dynamodb/baselines.ts';
import { deleteItem } from '../../../adapters/dynamodb/table.ts';
import { environment } from '../../../adapters/environment/environment.ts';
import { REPOSITORY } from '../../../stand/ring/topology.ts';
import { MONDAY, weeksOf } from '../../core/baseline/weeks.ts';
import { CLUSTER, makeDeployment, makeWhole, sendStarting, type TestStand, theStand, waitFor, waitForState } from '../stand.ts';

const HOUR = 3_600_000;
/** The same nodes under another name, for weeks that never were. */
const WEEKS = 'simulated-weeks';
let stand: TestStand;
let of: { readonly environment: 'production' | 'staging' | 'development' | 'disaster-recovery'; readonly cluster: string };
beforeAll(async () => {
  stand = await theStand();
  await makeWhole(stand);
  const registration = await stand.installation.registration(CLUSTER);
  of = { environment: registration.environment, cluster: CLUSTER };
});

afterAll(() => deleteItem(environment('CLUSTERS_TABLE'), { cluster: WEEKS }));

function ringward(
  cluster: string,
  ...args: readonly string[]
): { readonly code: number | null; readonly value: Record<string, unknown>; readonly stderr: string } {
  const ran = spawnSync(process.execPath, [join(REPOSITORY, 'cli/ringward.ts'), 'baseline', ...args, '--cluster', cluster, '--json'], {
    encoding: 'utf8',
    timeout: 200_000,
  });
  return { code: ran.status, value: JSON.parse(ran.stdout || '{}') as Record<string, unknown>, stderr: ran.stderr };
}

test('watches leave samples, and a run that learns makes a version of them', async () => {
  const since = Date.now();
  const names = [...stand.ring.nodes.map(({ node }) => node), '*'];
  for (let i = 0; i < 2; i += 1) await stand.installation.answer('watch-cluster', { cluster: CLUSTER });
  const { samples } = await loadSamples(of, since);
  for (const node of names) {
    const known = Object.keys(Object.assign({}, ...samples.filter((one) => one.node === node).map(({ values }) => values)));
    expect(known).toEqual(expect.arrayContaining(['connection-time', 'query-time', 'throughput', 'cpu', 'network']));
  }
  const before = await loadBaselines(of);
  const { value, stderr } = ringward(CLUSTER, 'learn');
  expect([value['unreadable'], stderr.includes('error')]).toEqual([[], false]);
  expect(value['learnt']).toEqual(expect.arrayContaining(names));
  const after = await loadBaselines(of);
  for (const node of names)
    expect(after.versions.find((one) => one.node === node)?.version).toBe(
      (before.versions.find((one) => one.node === node)?.version ?? 0) + 1,
    );
  expect(ringward(CLUSTER, 'learn').value).toMatchObject({ learnt: [], samples: 0 });
});

test('a deployment that begins has the cluster looked at once more, and its backup waits for none of it', async () => {
  const since = Date.now();
  const deployment = await makeDeployment(stand, 'none', 'baseline', [stand.ring.nodes[0]!]);
  await sendStarting(deployment);
  await waitForState(stand, deployment.id, ['backed-up']);
  await waitFor(
    'the look before the deployment',
    async () => ((await loadSamples(of, since)).samples.length > 0 ? true : undefined),
    60_000,
  );
});

test('eight weeks are learnt in one run; their planted drift is told; an override is shown until it expires', async () => {
  // Under another name: what this ring has learnt of itself stays.
  const registration = await stand.installation.registration(CLUSTER);
  await stand.installation.register({ ...registration, cluster: WEEKS }, Date.now());
  const move = Date.now() - (168 * 8 + 1) * HOUR - MONDAY;
  const weeks = weeksOf({ seed: 5, hours: 168 * 8, node: '*', shift: { from: 168 * 6 + 48, factor: 2 } });
  const samples = weeks.map((one) => ({ ...one, at: one.at + move }));
  await saveSamples({ ...of, cluster: WEEKS }, samples, Date.now());
  const learnt = ringward(WEEKS, 'learn');
  expect([learnt.code, learnt.value]).toMatchObject([
    2,
    { learnt: ['*'], samples: samples.length, drifts: [{ node: '*', metric: 'throughput' }] },
  ]);
  const show = ['show', '--node', '*', '--metric', 'throughput'];
  expect(ringward(WEEKS, ...show)).toMatchObject({ code: 0, value: { expected: [{ source: 'seasonal', stale: false }], overrides: [] } });
  expect(ringward(WEEKS, 'drift')).toMatchObject({ value: { drifts: [{ node: '*', metric: 'throughput' }] } });
  const override = ['override', '--metric', 'throughput', '--value', '900', '--reason', 'a test of ours', '--approver', 'M. Berg'];
  expect(ringward(WEEKS, ...override, '--expires', '0.2m').code).toBe(0);
  expect(ringward(WEEKS, ...show)).toMatchObject({
    code: 2,
    value: { expected: [{ source: 'override', value: 900 }], overrides: [{ approver: 'M. Berg' }] },
  });
  await waitFor('the override’s end', async () => (ringward(WEEKS, ...show).code === 0 ? true : undefined), 40_000);
});
