/** KMS: the key pair that backups are encrypted for, and the one that signs their manifests. No private half ever leaves KMS. */

import { constants, createHash, createPublicKey, publicEncrypt } from 'node:crypto';
import { DecryptCommand, GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { environment } from '../environment/environment.ts';

const kms = new KMSClient({});
const publicKeys = new Map<string, string>();

/** Public half of a KMS key: SPKI, base64. Kept for the life of the function. */
export async function publicKeyOf(keyId: string): Promise<string> {
  let spki = publicKeys.get(keyId);
  if (!spki) {
    const answer = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }));
    spki = Buffer.from(answer.PublicKey ?? []).toString('base64');
    publicKeys.set(keyId, spki);
  }
  return spki;
}

/** Signs a statement (ECDSA P-256 over its SHA-256): DER, base64. */
export async function signStatement(statement: string): Promise<string> {
  const digest = createHash('sha256').update(statement).digest();
  const answer = await kms.send(
    new SignCommand({ KeyId: environment('MANIFEST_KEY_ID'), Message: digest, MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' }),
  );
  return Buffer.from(answer.Signature ?? []).toString('base64');
}

/**
 * Lets KMS unwrap a content key and wraps it anew for a node's one-time public key (RSA-OAEP-256). The
 * ciphertext is not touched; the content key is in this function's memory for the length of the call only.
 */
export async function rewrapContentKey(encryptedKey: string, oneTimeSpki: string): Promise<string> {
  const answer = await kms.send(
    new DecryptCommand({
      KeyId: environment('BACKUP_KEY_ID'),
      CiphertextBlob: Buffer.from(encryptedKey, 'base64url'),
      EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    }),
  );
  const contentKey = Buffer.from(answer.Plaintext ?? []);
  try {
    const key = createPublicKey({ key: Buffer.from(oneTimeSpki, 'base64'), format: 'der', type: 'spki' });
    return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, contentKey).toString('base64url');
  } finally {
    contentKey.fill(0);
    answer.Plaintext?.fill(0);
  }
}
