import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmallStand, smallStand } from './small-stand.ts';

let stand: SmallStand;
let s3: S3Client;
beforeAll(async () => {
  stand = await smallStand(23);
  s3 = new S3Client({ ...stand.client, forcePathStyle: true });
});
afterAll(() => stand?.end());

const sha256 = (body: string | Buffer) => createHash('sha256').update(body).digest('base64');

async function presignedPut(Key: string, body: string) {
  const ChecksumSHA256 = sha256(body);
  const command = new PutObjectCommand({ Bucket: stand.output('Bucket'), Key, ChecksumSHA256, IfNoneMatch: '*' });
  const url = await getSignedUrl(s3, command, {
    expiresIn: 300,
    unhoistableHeaders: new Set(['x-amz-checksum-sha256', 'if-none-match']),
    signableHeaders: new Set(['host', 'if-none-match', 'x-amz-checksum-sha256']),
  });
  return (content: string) =>
    fetch(url, { method: 'PUT', body: content, headers: { 'if-none-match': '*', 'x-amz-checksum-sha256': ChecksumSHA256 } });
}

test('a presigned PUT with If-None-Match writes once, and only what its checksum says', async () => {
  const put = await presignedPut('vault/one', 'sealed');
  expect((await put('other')).status).toBe(400);
  const first = await put('sealed');
  expect(first.status).toBe(200);
  expect((await put('sealed')).status).toBe(412);
  const head = await s3.send(new HeadObjectCommand({ Bucket: stand.output('Bucket'), Key: 'vault/one', ChecksumMode: 'ENABLED' }));
  expect(head.ChecksumSHA256).toBe(sha256('sealed'));
});

test('a version is read by its id after an overwrite and a delete marker', async () => {
  const [Bucket, Key] = [stand.output('Bucket'), 'vault/two'];
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'the backup' }));
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'overwritten' }));
  const deleted = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  expect(deleted.DeleteMarker).toBe(true);
  await expect(s3.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'NoSuchKey' });
  const read = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  expect(await read.Body?.transformToString()).toBe('the backup');
  const listed = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key }));
  expect([listed.Versions?.length, listed.DeleteMarkers?.length]).toEqual([2, 1]);
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key, VersionId }), { expiresIn: 60 });
  expect(await (await fetch(url)).text()).toBe('the backup');
});

test('bodies of megabytes pass whole, in both directions', async () => {
  const [Bucket, Key, Body] = [stand.output('Bucket'), 'large', Buffer.alloc(9_000_000, 'ringward')];
  await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const read = await s3.send(new GetObjectCommand({ Bucket, Key }));
  expect(sha256(Buffer.from((await read.Body?.transformToByteArray()) ?? []))).toBe(sha256(Body));
});

test('connections that lay idle serve on', async () => {
  const head = () => s3.send(new HeadObjectCommand({ Bucket: stand.output('Bucket'), Key: 'large' }));
  for (const pause of [0, 2950, 3100]) {
    await sleep(pause);
    expect((await head()).ContentLength).toBe(9_000_000);
  }
}, 30_000);
