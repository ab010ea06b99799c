/** Reports of deployments, as they lie in the evidence bucket. */
import { GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { environment } from '../environment/environment.ts';
import { s3 } from './client.ts';

/** Key of a report: the page, or the same as JSON. */
export const reportKey = (cluster: string, deployment: string, form: 'html' | 'json'): string =>
  `reports/${cluster}/${deployment}/report.${form}`;

/** Text of a report; `undefined` while it is not written. */
export async function readReport(cluster: string, deployment: string, form: 'html' | 'json'): Promise<string | undefined> {
  try {
    const object = await s3.send(
      new GetObjectCommand({ Bucket: environment('EVIDENCE_BUCKET'), Key: reportKey(cluster, deployment, form) }),
    );
    return await object.Body?.transformToString();
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}
