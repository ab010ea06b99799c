/** Between deployments: the watch names what is wrong, tells drift, and is started by its schedule; a backup that failed is made again. */
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { environment } from '../../../adapters/environment/environment.ts';
import { s3 } from '../../../adapters/s3/client.ts';
import { listEvidence, readEvidence } from '../../../adapters/s3/evidence.ts';
import { wellStateKey } from '../../../core/observe/evidence-keys.ts';
import type { NodeVerification } from '../../../core/verify/findings.ts';
import { activate, prepare, putInPlace } from '../../../stand/deployer.ts';
import { heal } from '../../../stand/heal.ts';
import { nodetool } from '../../../stand/ring/service.ts';
import { PATHS, REPOSITORY, type RingNode } from '../../../stand/ring/topology.ts';
import { CLUSTER, makeDeployment, recordOf, sendStarting, type TestStand, tell, theStand, waitFor, waitForState } from '../stand.ts';

let stand: TestStand;
let node: RingNode;
beforeAll(async () => {
  stand = await theStand();
  node = stand.ring.nodes.at(-1) as RingNode;
});
beforeEach(async () => {
  // A renewal that an earlier test had kept is no drift of these, and what a failed one left behind neither: each puts back what `heal` does.
  await heal(stand.ring, stand.ring.nodes, tell);
  await s3.send(new DeleteObjectCommand({ Bucket: environment('EVIDENCE_BUCKET'), Key: wellStateKey(CLUSTER) }));
});
afterAll(async () => {
  await heal(stand.ring, stand.ring.nodes, tell);
});

/** A verb with its exit code, which is the answer. */
function ringward(...args: readonly string[]): { readonly code: number | null; readonly stdout: string } {
  const ran = spawnSync(process.execPath, [join(REPOSITORY, 'cli/ringward.ts'), ...args, '--json'], { encoding: 'utf8', timeout: 200_000 });
  return { code: ran.status, stdout: ran.stdout };
}

interface Found {
  readonly outcome: string;
  readonly causes: readonly { readonly code: string; readonly nodes: readonly string[]; readonly sentence: string }[];
  readonly drift: readonly { readonly node: string; readonly what: string; readonly where: string }[];
}

function watch(): { code: number | null; found: Found } {
  const { code, stdout } = ringward('watch', '--cluster', CLUSTER);
  return { code, found: JSON.parse(stdout) as Found };
}

test('a whole ring is well; a bad deployment that nobody announced is named by its cause, and as drift', async () => {
  const before = watch();
  expect([before.code, before.found]).toMatchObject([0, { outcome: 'passed', causes: [], drift: [] }]);
  const bad = await prepare('missing-intermediate', stand.ring, [node]);
  await putInPlace(bad);
  await activate(bad, stand.ring);
  const { code, found } = watch();
  expect(code).toBe(2);
  expect(found.causes).toMatchObject([{ code: 'CHAIN_INTERMEDIATE_MISSING', nodes: [node.node] }]);
  expect(found.drift.map(({ node: where, what }) => [where, what])).toEqual([
    [node.node, 'file'],
    [node.node, 'port'],
    [node.node, 'port'],
  ]);
  await heal(stand.ring, [node], tell);
  expect(watch()).toMatchObject({ code: 0, found: { outcome: 'passed', causes: [], drift: [] } });
});

test('a ring that looks well only because old links are still open: the failure is named as latent, with their least age', async () => {
  expect(watch()).toMatchObject({ code: 0, found: { outcome: 'passed', causes: [] } });
  const since = Date.now();
  const bad = await prepare('other-ca', stand.ring, [node]);
  await putInPlace(bad);
  await activate(bad, stand.ring);
  // Cassandra's own view, by its own tool: nothing looks wrong.
  const { output } = await nodetool(node, 'status');
  expect(output.match(/^UN /gm)).toHaveLength(stand.ring.nodes.length);
  const { code, found } = watch();
  expect(code).toBe(2);
  expect(found.causes).toHaveLength(1);
  const [, open, age] =
    /The failure is latent: links still open to .*: (\d+), the oldest for at least (\d+) s/.exec(found.causes[0]?.sentence ?? '') ?? [];
  expect(Number(open)).toBeGreaterThanOrEqual(2);
  expect(Number(age)).toBeGreaterThanOrEqual(Math.floor((Date.now() - since) / 1000) - 60);
  expect(Number(age)).toBeGreaterThan(0);
  await heal(stand.ring, [node], tell);
  expect(watch()).toMatchObject({ code: 0, found: { outcome: 'passed', causes: [] } });
});

test('the schedule’s function starts a watch of every registered cluster, and its evidence is kept', async () => {
  const name = stand.status.outputs?.FunctionStartWatches ?? 'missing';
  const before = (await listEvidence(`evidence/${CLUSTER}/check-`)).filter((key) => key.endsWith('verifications.json'));
  const answer = await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify({ time: new Date().toISOString() }) }),
  );
  const started = JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as { started: string[]; failed: string[] };
  expect(started.started).toContain(CLUSTER);
  expect(started.failed).toEqual([]);
  const key = await waitFor(
    'the evidence of the scheduled watch',
    async () =>
      (await listEvidence(`evidence/${CLUSTER}/check-`)).find((one) => one.endsWith('verifications.json') && !before.includes(one)),
    60_000,
  );
  const verifications = (await readEvidence(key)) as NodeVerification[];
  expect(verifications.map(({ outcome }) => outcome)).toEqual(stand.ring.nodes.map(() => 'passed'));
});

test('a backup that failed is made again by a person, under a newer epoch, and the gate opens', async () => {
  const deployment = await makeDeployment(stand, 'none', 'again', [node]);
  const keystore = node.folder + PATHS.keystore;
  const good = await readFile(keystore);
  // Its bytes alone: a copy of the file would take its mode along.
  await writeFile(keystore, await readFile(node.folder + PATHS.truststore));
  await sendStarting(deployment);
  await waitForState(stand, deployment.id, ['backup-failed']);
  await writeFile(keystore, good);
  const first = await recordOf(stand, deployment.id);
  const { code, stdout } = ringward('backup', 'start', '--cluster', CLUSTER, '--deployment', deployment.id, '--watch');
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { backups: [{ node: node.node, status: 'verified' }] }]);
  const second = await recordOf(stand, deployment.id);
  expect(second).toMatchObject({ state: 'backed-up' });
  expect(second?.epoch).toBeGreaterThan(first?.epoch ?? 0);
});
