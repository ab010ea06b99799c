import { S3Client } from '@aws-sdk/client-s3';
import { localEndpoint } from '../environment/environment.ts';

/** Checksums are asked for where they are wanted; presigned URLs must not carry one that the node would have to compute. */
export const s3 = new S3Client({
  forcePathStyle: localEndpoint,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
});
