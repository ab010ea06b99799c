/** The identity of the client canary: its key is the one declared exception to "no key outside its node" (I4). */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';

const secrets = new SecretsManagerClient({});
const CanaryIdentity = z.object({ certificate: z.string(), privateKey: z.string(), authorities: z.string() });
export type CanaryIdentity = z.infer<typeof CanaryIdentity>;
const known = new Map<string, { readonly identity: CanaryIdentity; readonly until: number }>();
const KEEP_MS = 300_000;

/** PEM certificate, key and authorities of the canary; kept for five minutes, so that a renewed one is taken up. */
export async function loadCanaryIdentity(secretId: string): Promise<CanaryIdentity> {
  const cached = known.get(secretId);
  if (cached && cached.until > Date.now()) return cached.identity;
  const answer = await secrets.send(new GetSecretValueCommand({ SecretId: secretId }));
  const identity = CanaryIdentity.parse(JSON.parse(answer.SecretString ?? '{}'));
  known.set(secretId, { identity, until: Date.now() + KEEP_MS });
  return identity;
}
