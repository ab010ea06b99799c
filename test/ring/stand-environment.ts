/** The variables by which every client and every process finds the stand's AWS. */
import type { StandStatus } from '../../stand/stand.ts';

export function standEnvironment({
  endpoint,
  region,
  credentials,
}: Pick<StandStatus, 'endpoint' | 'region' | 'credentials'>): Record<string, string> {
  if (!endpoint || !region || !credentials) throw new Error('the stand has no AWS → npm run stand -- up');
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}
