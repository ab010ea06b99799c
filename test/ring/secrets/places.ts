/** Everything that a run leaves behind outside its nodes, as named contents to be searched. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type AttributeValue, DynamoDBClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectVersionsCommand, type ListObjectVersionsCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { PATHS } from '../../../stand/ring/topology.ts';
import { describe, executions, history, mapChildren } from '../executions.ts';
import type { TestStand } from '../stand.ts';
import { filesBelow } from './secrets-of-stand.ts';

export type PlaceKind = 'ssm' | 'log' | 'execution' | 'table' | 'object' | 'dead letter' | 'journal';

export interface Place {
  readonly kind: PlaceKind;
  readonly name: string;
  readonly content: Buffer;
}

const dynamodb = new DynamoDBClient({});
const s3 = new S3Client({ forcePathStyle: true });

/** One after the other, so that only one content is held at a time. */
export async function* placesOf(stand: TestStand): AsyncGenerator<Place> {
  yield* files(stand);
  yield* executionPlaces(stand);
  yield* tables(stand);
  for (const bucket of Object.values(stand.status.buckets)) yield* objects(bucket);
  const letters = await stand.installation.deadLetters();
  yield { kind: 'dead letter', name: 'dead-letter queue', content: Buffer.from(JSON.stringify(letters)) };
  await stand.installation.returnLetters(letters);
}

/** SSM's history, the scripts it ran, every function's log and those of the hosts; and what a node writes down of its own work. */
function* files({ ring }: TestStand): Generator<Place> {
  const folder = join(ring.folder, 'local-aws');
  for (const file of [...filesBelow(folder)].filter((file) => !file.startsWith(join(folder, 'code')))) {
    yield { kind: /ssm/.test(relative(folder, file)) ? 'ssm' : 'log', name: relative(ring.folder, file), content: readFileSync(file) };
  }
  for (const node of ring.nodes) {
    const home = node.folder + PATHS.ringwardHome;
    const written = [
      join(home, 'journal.jsonl'),
      ...(existsSync(join(home, 'replies')) ? filesBelow(join(home, 'replies')) : []),
      node.folder + PATHS.log,
    ];
    for (const file of written.filter(existsSync))
      yield { kind: 'journal', name: relative(ring.folder, file), content: readFileSync(file) };
  }
}

async function* executionPlaces(stand: TestStand): AsyncGenerator<Place> {
  for (const parent of await executions(stand)) {
    for (const arn of [parent, ...(await mapChildren(parent))]) {
      const [described, events] = await Promise.all([describe(arn), history(arn)]);
      yield { kind: 'execution', name: arn, content: Buffer.from(JSON.stringify([described, events])) };
    }
  }
}

async function* tables({ status }: TestStand): AsyncGenerator<Place> {
  for (const TableName of Object.values(status.tables)) {
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const page: ScanCommandOutput = await dynamodb.send(new ScanCommand({ TableName, ExclusiveStartKey }));
      for (const item of page.Items ?? []) yield { kind: 'table', name: TableName, content: Buffer.from(JSON.stringify(item)) };
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }
}

/** Every version of every object, those behind a delete marker too. */
async function* objects(Bucket: string): AsyncGenerator<Place> {
  let [KeyMarker, VersionIdMarker]: (string | undefined)[] = [];
  do {
    const page: ListObjectVersionsCommandOutput = await s3.send(new ListObjectVersionsCommand({ Bucket, KeyMarker, VersionIdMarker }));
    for (const { Key, VersionId } of page.Versions ?? []) {
      const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
      const content = Buffer.concat([
        Buffer.from(JSON.stringify([Key, Metadata])),
        Buffer.from((await Body?.transformToByteArray()) ?? []),
      ]);
      yield { kind: 'object', name: `${Bucket}/${Key}@${VersionId}`, content };
    }
    [KeyMarker, VersionIdMarker] = page.IsTruncated ? [page.NextKeyMarker, page.NextVersionIdMarker] : [];
  } while (KeyMarker);
}
