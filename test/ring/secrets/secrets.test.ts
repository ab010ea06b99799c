/**
 * I4 over a whole run: no private key and no keystore password of the stand is in SSM's history, executions, logs,
 * tables, objects or letters; and one planted on purpose in each of these places is found by the same search.
 *
 * The canary's key is in Secrets Manager alone, which is not searched: it is the one declared exception.
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ended, startMachine } from '../executions.ts';
import { deployUpToCompleted, makeWhole, sendCompleted, type TestStand, tell, theStand, waitForEnd } from '../stand.ts';
import { type Place, type PlaceKind, placesOf } from './places.ts';
import { type Found, Scanner, type Secret, secretOfKey } from './scan.ts';
import { publicKeysOf, secretsOf } from './secrets-of-stand.ts';

let stand: TestStand;
beforeAll(async () => {
  stand = await theStand();
});
afterAll(async () => {
  await makeWhole(stand);
});

interface Search {
  readonly found: readonly (Found & { readonly kind: PlaceKind; readonly place: string })[];
  readonly places: ReadonlyMap<PlaceKind, number>;
}

async function search(secrets: readonly Secret[], keep: (place: Place) => boolean = () => true): Promise<Search> {
  const scanner = new Scanner(secrets);
  const found: Search['found'][number][] = [];
  const places = new Map<PlaceKind, number>();
  for await (const place of placesOf(stand)) {
    if (!keep(place)) continue;
    places.set(place.kind, (places.get(place.kind) ?? 0) + 1);
    for (const one of scanner.scan(place.content)) found.push({ ...one, kind: place.kind, place: place.name });
  }
  tell(
    `searched ${(scanner.bytes / 1e6).toFixed(1)} MB (unpacked) for ${secrets.length} secrets: ${[...places].map(([kind, count]) => `${count} ${kind}`).join(', ')}; found ${found.length}`,
  );
  return { found, places };
}

test('a whole run leaves no private key behind', { timeout: 300_000 }, async () => {
  // One run of the hot way at least, so that there is something to search when this file runs alone.
  const deployment = await deployUpToCompleted(stand, 'other-ca', 'secrets');
  const secrets = secretsOf(stand.ring);
  await sendCompleted(deployment);
  expect((await waitForEnd(stand, deployment.id)).state).toBe('rolled-back');
  expect(secrets.some(({ name }) => name.includes('deployments/other-ca'))).toBe(true);

  const { found, places } = await search([...secrets, ...secretsOf(stand.ring)]);
  expect(found).toEqual([]);
  for (const kind of ['ssm', 'execution', 'table', 'object', 'log', 'journal'] as const)
    expect(places.get(kind), `places of kind ${kind}`).toBeGreaterThan(0);

  // The same search does find what is there: the public keys of the leaves, which observations carry.
  const control = await search(publicKeysOf(stand.ring));
  expect([...new Set(control.found.map(({ kind }) => kind))]).toEqual(expect.arrayContaining(['ssm', 'object']));
});

test('a key planted in history, SSM, log, table and objects is found in each of them', { timeout: 240_000 }, async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { status, ring } = stand;
  const log = join(ring.folder, 'local-aws/logs/planted.log');
  const item = { of: { S: 'planted' }, entry: { S: 'planted' } };
  const [Evidence, Backups] = [status.outputs.EvidenceBucket, status.outputs.BackupBucket];
  const s3 = new S3Client({ forcePathStyle: true });
  const dynamodb = new DynamoDBClient({});
  const table = await plantInTable(dynamodb, privateKey);
  const versions: { Bucket: string | undefined; Key: string; VersionId: string | undefined }[] = [];
  const put = async (Bucket: string | undefined, Key: string, Body: Buffer): Promise<void> => {
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    versions.push({ Bucket, Key, VersionId });
  };
  try {
    const scalar = scalarOf(privateKey);
    const pem = String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
    await ended(await startMachine(stand, 'verify-node', { planted: Buffer.concat([Buffer.alloc(1), scalar]).toString('base64') }));
    await new SSMClient({}).send(
      new SendCommandCommand({
        DocumentName: 'AWS-RunShellScript',
        InstanceIds: [ring.nodes[0]?.node as string],
        Parameters: { commands: [`: ${scalar.toString('hex').toUpperCase()}`] },
      }),
    );
    appendFileSync(log, `${JSON.stringify({ level: 'ERROR', message: JSON.stringify({ pem }) })}\n`);
    await put(Evidence, 'planted.json.gz', gzipSync(JSON.stringify({ field: Buffer.from(pem).toString('base64url') })));
    await put(Backups, 'planted.zip', zipOf(Buffer.from(pem)));

    const { found } = await search([secretOfKey('planted', privateKey)]);
    const kinds = new Set(found.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['execution', 'log', 'object', 'ssm', 'table']);
    for (const bucket of [Evidence, Backups])
      expect(
        found.some(({ place }) => place.startsWith(`${bucket}/planted`)),
        `found in ${bucket}`,
      ).toBe(true);
    expect(
      found.some(({ inside }) => inside.startsWith('gzip')),
      'found in gzip',
    ).toBe(true);
    expect(
      found.some(({ inside }) => inside.startsWith('zip')),
      'found in zip',
    ).toBe(true);
    const first = [...new Map(found.map((one) => [one.place, one])).values()];
    for (const { kind, place, form, inside } of first)
      tell(`  planted: ${kind} ${place.slice(0, 90)} as ${form}${inside ? ` in ${inside}` : ''}`);
  } finally {
    rmSync(log, { force: true });
    await table.remove();
    for (const version of versions) await s3.send(new DeleteObjectCommand(version));
  }

  async function plantInTable(client: DynamoDBClient, key: KeyObject): Promise<{ remove: () => Promise<void> }> {
    const TableName = status.tables.TimelineTable;
    const blob = gzipSync(scalarOf(key));
    await client.send(new PutItemCommand({ TableName, Item: { ...item, detail: { S: blob.toString('base64') } } }));
    return { remove: async () => void (await client.send(new DeleteItemCommand({ TableName, Key: item }))) };
  }
});

const scalarOf = (key: KeyObject): Buffer => Buffer.from(key.export({ format: 'jwk' }).d as string, 'base64url');

function zipOf(content: Buffer): Buffer {
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt16LE(8, 8);
  return Buffer.concat([header, deflateRawSync(content)]);
}
