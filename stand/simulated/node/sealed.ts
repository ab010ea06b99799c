/**
 * The encrypted pack, and the one-time keys: real AES-GCM and RSA-OAEP, in a form of the simulation's own (the real pack is a JWE
 * around a zip). RSA pairs come from a small pool, as making one takes longer than a whole simulated rollback.
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  sign,
} from 'node:crypto';
import type { SnapshotOnDisk } from '../ring/host.ts';
import { mismatch } from './step-failure.ts';

const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
const POOL = 3;
const pool: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }[] = [];

function oneTimePair(index: number): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  pool[index % POOL] ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  return pool[index % POOL] as (typeof pool)[number];
}

/** Public half (SPKI, base64) and the proof that the private one is here. */
export function offerOneTimeKey(index: number, statement: (spki: string) => string): { readonly spki: string; readonly proof: string } {
  const { publicKey, privateKey } = oneTimePair(index);
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { spki, proof: sign('sha256', Buffer.from(statement(spki)), privateKey).toString('base64') };
}

interface Sealed {
  readonly iv: string;
  readonly tag: string;
  readonly ciphertext: string;
}

/** The pack for a recipient (SPKI, base64), its manifest's hash bound to it. */
export function seal(
  { manifest, files }: SnapshotOnDisk,
  manifestSha256: string,
  spki: string,
): { readonly jwe: string; readonly encryptedKey: string } {
  const [key, iv] = [randomBytes(32), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(manifestSha256));
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify({ manifest, files })), cipher.final()]);
  const sealed: Sealed = {
    iv: iv.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    ciphertext: ciphertext.toString('base64'),
  };
  const recipient = createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
  return { jwe: JSON.stringify(sealed), encryptedKey: publicEncrypt({ key: recipient, ...OAEP }, key).toString('base64url') };
}

/** Opens a pack by the one-time key that its content key was wrapped for. */
export function unseal(jwe: string, manifestSha256: string, rewrappedKey: string, index: number): SnapshotOnDisk {
  try {
    const key = privateDecrypt({ key: oneTimePair(index).privateKey, ...OAEP }, Buffer.from(rewrappedKey, 'base64url'));
    const { iv, tag, ciphertext } = JSON.parse(jwe) as Sealed;
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64')).setAAD(Buffer.from(manifestSha256));
    decipher.setAuthTag(Buffer.from(tag, 'base64'));
    return JSON.parse(Buffer.concat([decipher.update(Buffer.from(ciphertext, 'base64')), decipher.final()]).toString()) as SnapshotOnDisk;
  } catch (error) {
    throw mismatch(`the pack cannot be decrypted: ${(error as Error).message}`);
  }
}
