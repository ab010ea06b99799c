/** Evidence and reports in S3. States carry these keys, never the bodies. */
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand } from '@aws-sdk/client-s3';
import { environment } from '../environment/environment.ts';
import { s3 } from './client.ts';

/** Writes JSON under a key of the evidence bucket and gives the key back. */
export async function writeEvidence(key: string, value: unknown): Promise<string> {
  return writeDocument(key, JSON.stringify(value), 'application/json');
}

/** Writes JSON under a key where there is none yet, and gives what stands there: of two writers the first. */
export async function writeEvidenceOnce(key: string, value: unknown): Promise<unknown> {
  const body = JSON.stringify(value);
  const order = { Bucket: environment('EVIDENCE_BUCKET'), Key: key, Body: body, ContentType: 'application/json', IfNoneMatch: '*' };
  try {
    await s3.send(new PutObjectCommand(order));
    return JSON.parse(body);
  } catch (error) {
    if ((error as Error).name !== 'PreconditionFailed') throw error;
    return readEvidence(key);
  }
}

/** Writes a page or a JSON file. */
export async function writeDocument(key: string, body: string, contentType: string): Promise<string> {
  await s3.send(new PutObjectCommand({ Bucket: environment('EVIDENCE_BUCKET'), Key: key, Body: body, ContentType: contentType }));
  return key;
}

/** Reads JSON; `undefined` when there is no such key. */
export async function readEvidence(key: string, bucket = environment('EVIDENCE_BUCKET')): Promise<unknown> {
  try {
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return JSON.parse((await object.Body?.transformToString()) ?? 'null');
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

/** Keys under a folder of the evidence bucket, oldest object first. */
export async function listEvidence(folder: string): Promise<string[]> {
  const found: { key: string; at: number }[] = [];
  let from: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: environment('EVIDENCE_BUCKET'), Prefix: folder, ...(from ? { ContinuationToken: from } : {}) }),
    );
    for (const { Key, LastModified } of page.Contents ?? []) if (Key) found.push({ key: Key, at: LastModified?.getTime() ?? 0 });
    from = page.NextContinuationToken;
  } while (from);
  return found.toSorted((a, b) => a.at - b.at).map(({ key }) => key);
}
