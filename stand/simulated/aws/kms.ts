/** KMS with real keys: one pair that backups are encrypted for, one that signs. Made once a process, as making them takes long. */
import { constants, generateKeyPairSync, type KeyPairKeyObjectResult, privateDecrypt, sign } from 'node:crypto';

interface Asked {
  readonly KeyId?: string;
  readonly Message?: Uint8Array;
  readonly CiphertextBlob?: Uint8Array;
}

const keys = new Map<string, KeyPairKeyObjectResult>();

/** `backup-…` is the key of the backups, `manifest-…` the one that signs; whatever follows tells one world's from another's. */
function keyOf(id: string): KeyPairKeyObjectResult {
  const kind = id.startsWith('backup-') ? 'backup' : 'manifest';
  let pair = keys.get(kind);
  if (!pair) {
    pair = kind === 'backup' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    keys.set(kind, pair);
  }
  return pair;
}

/**
 * Carries one command out. A signature here is over the digest's own digest, as `node:crypto` cannot sign what is hashed
 * already; the simulated node verifies it the same way.
 */
export function kms(command: string, { KeyId = '', Message, CiphertextBlob }: Asked): unknown {
  const { publicKey, privateKey } = keyOf(KeyId);
  switch (command) {
    case 'GetPublicKeyCommand':
      return { PublicKey: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })) };
    case 'DecryptCommand': {
      const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
      return { Plaintext: new Uint8Array(privateDecrypt({ key: privateKey, ...padding }, CiphertextBlob as Uint8Array)) };
    }
    case 'SignCommand':
      return { Signature: new Uint8Array(sign('sha256', Message as Uint8Array, privateKey)) };
    default:
      throw new Error(`KMS's ${command} is not simulated`);
  }
}
