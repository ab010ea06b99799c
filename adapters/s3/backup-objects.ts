/** Encrypted packs in the versioned backup bucket, by presigned URL: the pack travels from node to S3 and back directly. */
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { environment } from '../environment/environment.ts';
import { s3 } from './client.ts';

const URL_SECONDS = 900;

/** A URL that takes exactly this pack, once: the checksum is signed, and an existing object refuses it (`If-None-Match`). */
export async function presignUpload(key: string, ciphertextSha256: string): Promise<{ url: string; headers: Record<string, string> }> {
  const checksum = Buffer.from(ciphertextSha256, 'hex').toString('base64');
  const headers = { 'if-none-match': '*', 'x-amz-checksum-sha256': checksum, 'content-type': 'application/jose+json' };
  const command = new PutObjectCommand({
    Bucket: environment('BACKUP_BUCKET'),
    Key: key,
    IfNoneMatch: '*',
    ChecksumSHA256: checksum,
    ContentType: 'application/jose+json',
  });
  const names = new Set(Object.keys(headers));
  const url = await getSignedUrl(s3, command, { expiresIn: URL_SECONDS, signableHeaders: names, unhoistableHeaders: names });
  return { url, headers };
}

/** A URL that reads exactly this version, whatever happened to the key since. */
export async function presignDownload(key: string, versionId: string): Promise<string> {
  return getSignedUrl(s3, new GetObjectCommand({ Bucket: environment('BACKUP_BUCKET'), Key: key, VersionId: versionId }), {
    expiresIn: URL_SECONDS,
  });
}

/** A URL for the node's own program; it holds nothing secret. */
export async function presignNodeProgram(): Promise<string> {
  const command = new GetObjectCommand({ Bucket: environment('NODE_PROGRAM_BUCKET'), Key: environment('NODE_PROGRAM_KEY') });
  return getSignedUrl(s3, command, { expiresIn: URL_SECONDS });
}

/** What S3 says of the newest version of a key. */
export async function headBackup(key: string): Promise<{ versionId: string; bytes: number; sha256: string | undefined }> {
  const head = await s3.send(new HeadObjectCommand({ Bucket: environment('BACKUP_BUCKET'), Key: key, ChecksumMode: 'ENABLED' }));
  return {
    versionId: head.VersionId ?? '',
    bytes: head.ContentLength ?? 0,
    sha256: head.ChecksumSHA256 && Buffer.from(head.ChecksumSHA256, 'base64').toString('hex'),
  };
}
