/** The identity of the client canary: its key is the one declared exception to "no key outside its node" (I4). */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';

const secrets = new SecretsManagerClient({});
const CanaryIdentity = z.object({ certificate: z.string(), privateKey: z.string(), authorities: z.string() });
export type CanaryIdentity = z.infer<typeof CanaryIdentity>;

/** PEM certificate, key and authorities of the canary. Read anew for each look: what clients trust may have changed a minute ago. */
export async function loadCanaryIdentity(secretId: string): Promise<CanaryIdentity> {
  const answer = await secrets.send(new GetSecretValueCommand({ SecretId: secretId }));
  return CanaryIdentity.parse(JSON.parse(answer.SecretString ?? '{}'));
}
