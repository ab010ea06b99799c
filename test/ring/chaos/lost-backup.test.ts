/**
 * The backup is the way back even when much of it was lost: its S3 key was overwritten and then given a delete marker,
 * and the node lost its local snapshots. The catalogue keeps the version, and the pack is fetched and decrypted anew.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RingNode } from '../../../stand/ring/topology.ts';
import { PATHS } from '../../../stand/ring/topology.ts';
import { executionsOf, statesEntered } from '../executions.ts';
import {
  CLUSTER,
  deployUpToCompleted,
  journalOf,
  makeWhole,
  type TestDeployment,
  type TestStand,
  tell,
  theStand,
  timelineOf,
} from '../stand.ts';
import { expectRolledBack, rollBackByHand } from './roll-back-by-hand.ts';

const s3 = new S3Client({ forcePathStyle: true });

let stand: TestStand;
beforeAll(async () => {
  stand = await theStand();
});
afterAll(async () => {
  await makeWhole(stand);
});

/** Overwrites the newest version of each node's pack, hides the key behind a delete marker, and removes the node's own snapshots. */
async function loseBackups({ id }: TestDeployment, nodes: readonly RingNode[]): Promise<void> {
  const Bucket = stand.status.outputs.BackupBucket;
  const backups = await stand.installation.backups(CLUSTER, id);
  for (const node of nodes) {
    const backup = backups.find((one) => one.node === node.node);
    if (!backup?.versionId) throw new Error(`${node.node} has no backup with a version`);
    const overwritten = await s3.send(new PutObjectCommand({ Bucket, Key: backup.key, Body: 'not the pack any more' }));
    const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: backup.key }));
    expect(overwritten.VersionId).not.toBe(backup.versionId);
    expect(marker.DeleteMarker).toBe(true);
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: backup.key }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
    await rm(join(node.folder + PATHS.ringwardHome, 'snapshots'), { recursive: true });
    tell(`${node.address}: snapshots gone, ${backup.key} overwritten and deleted; the catalogue keeps version ${backup.versionId}`);
  }
}

async function statesOfNodes({ id }: TestDeployment): Promise<string[][]> {
  return Promise.all((await executionsOf(stand, id, 'roll-back-node')).map(({ arn }) => statesEntered(arn)));
}

const FETCHED = ['Fetched already?', 'Open restore', 'Rewrap key', 'Fetch backup', 'Which way again?'];

test('hot way: every node restores from the version in S3 that the catalogue names', { timeout: 240_000 }, async () => {
  const deployment = await deployUpToCompleted(stand, 'other-ca', 'lost-hot');
  await loseBackups(deployment, stand.ring.nodes);
  await rollBackByHand(stand, deployment, { way: 'hot' });
  const states = await statesOfNodes(deployment);
  expect(states).toHaveLength(stand.ring.nodes.length);
  for (const entered of states) expect(entered).toEqual(['Which way?', 'Restore hot', ...FETCHED, 'Restore hot', 'Conclude node']);
  await expectRolledBack(stand, deployment);
  for (const node of stand.ring.nodes) {
    const steps = (await journalOf(node, deployment.id))
      .filter(({ phase, state }) => phase === 'step' && state === 'done')
      .map(({ step }) => step);
    expect(steps.slice(-3)).toEqual(['open-restore', 'fetch-backup', 'restore-hot']);
  }
  expect(
    (await timelineOf(stand, deployment.id)).filter(({ what }) => what.startsWith('fetch-backup: backup fetched from S3')),
  ).toHaveLength(3);
});

test('restart way: the node is stopped, fetches its backup, and comes back on it', { timeout: 300_000 }, async () => {
  const node = stand.ring.nodes[1] as RingNode;
  const deployment = await deployUpToCompleted(stand, 'other-ca', 'lost-restart', [node]);
  await loseBackups(deployment, [node]);
  await rollBackByHand(stand, deployment, { way: 'restart', nodes: [node.node] });
  const [entered] = await statesOfNodes(deployment);
  expect(entered).toEqual([
    'Which way?',
    'Stop accepting',
    'Stop service',
    'Restore certificates',
    ...FETCHED,
    'Restore certificates',
    'Restore configuration',
    'Start service',
    'Prove node',
    'Restore traffic',
    'Conclude node',
  ]);
  await expectRolledBack(stand, deployment);
});
