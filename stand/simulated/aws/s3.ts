/** S3 in memory: every version of every object, and presigned URLs that a node may use. */
import { NoSuchKey } from '@aws-sdk/client-s3';
import { sha256Hex } from '../../../core/canonical.ts';
import { noAnswer, serviceFailure } from './no-answer.ts';

export interface Version {
  readonly id: string;
  readonly body: string;
  readonly at: number;
}
/** Versions by `bucket/key`, newest last. */
export type Objects = Map<string, Version[]>;

interface Asked {
  readonly Bucket?: string;
  readonly Key?: string;
  readonly Body?: string;
  readonly VersionId?: string;
  readonly IfNoneMatch?: string;
  readonly Prefix?: string;
}

/** Carries one command out. Throws the SDK's own exceptions. */
export function s3(objects: Objects, command: string, asked: Asked, now: number): unknown {
  const path = `${asked.Bucket}/${asked.Key}`;
  switch (command) {
    case 'PutObjectCommand': {
      if (asked.IfNoneMatch === '*' && objects.has(path))
        throw Object.assign(serviceFailure('PreconditionFailed', 412), { $fault: 'client' });
      const id = putObject(objects, path, String(asked.Body ?? ''), now);
      return { VersionId: id };
    }
    case 'GetObjectCommand': {
      const body = getObject(objects, path, asked.VersionId)?.body;
      if (body === undefined) throw new NoSuchKey({ message: `no ${path}`, ...noAnswer(404) });
      return { Body: { transformToString: async () => body } };
    }
    case 'HeadObjectCommand': {
      const version = getObject(objects, path, asked.VersionId);
      if (!version) throw Object.assign(serviceFailure('NotFound', 404), { $fault: 'client' });
      const sha256 = Buffer.from(sha256Hex(version.body), 'hex').toString('base64');
      return { VersionId: version.id, ContentLength: Buffer.byteLength(version.body), ChecksumSHA256: sha256 };
    }
    case 'ListObjectsV2Command': {
      const prefix = `${asked.Bucket}/${asked.Prefix ?? ''}`;
      const found = [...objects].filter(([key]) => key.startsWith(prefix));
      const named = found.map(([key, versions]) => ({
        Key: key.slice(`${asked.Bucket}/`.length),
        LastModified: new Date(versions.at(-1)?.at ?? 0),
      }));
      return { Contents: named.toSorted((a, b) => (a.Key < b.Key ? -1 : 1)) };
    }
    default:
      throw new Error(`S3's ${command} is not simulated`);
  }
}

/** Adds a version and gives its id. */
export function putObject(objects: Objects, path: string, body: string, at: number): string {
  const versions = objects.get(path) ?? [];
  const id = `v${versions.length + 1}`;
  objects.set(path, [...versions, { id, body, at }]);
  return id;
}

export const getObject = (objects: Objects, path: string, version?: string): Version | undefined =>
  version === undefined ? objects.get(path)?.at(-1) : objects.get(path)?.find(({ id }) => id === version);

/** `bucket/key` and version of a presigned URL, virtual-hosted or by path. */
export function pathOfUrl(url: string): { readonly path: string; readonly version?: string } {
  const { hostname, pathname, searchParams } = new URL(url);
  const [, bucket] = /^(.+)\.s3\./.exec(hostname) ?? [];
  const key = decodeURIComponent(pathname.slice(1));
  const version = searchParams.get('versionId');
  return { path: bucket === undefined ? key : `${bucket}/${key}`, ...(version === null ? {} : { version }) };
}
