/** An object store on loopback for the node's PUT and GET, and the two KMS keys' work done by Node's own crypto. */
import {
  constants,
  createDecipheriv,
  createPublicKey,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inflateRawSync } from 'node:zlib';
import { backupStatement } from '../../core/backup/statement.ts';
import { sha256Hex } from '../../core/canonical.ts';

interface Jwe {
  readonly protected: string;
  readonly aad: string;
  readonly recipients: readonly { readonly header: { readonly alg: string; readonly kid: string }; readonly encrypted_key: string }[];
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
}

const backupKey = generateKeyPairSync('rsa', { modulusLength: 3072 });
const manifestKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spkiOf = (key: typeof backupKey.publicKey) => key.export({ type: 'spki', format: 'der' }).toString('base64');

export const recipient = { keyId: 'key-1', spki: spkiOf(backupKey.publicKey) };

/** A key pair of another authority, for what must be refused. */
export const otherSigner = generateKeyPairSync('ec', { namedCurve: 'P-256' });

export function signed(statement: string, key = manifestKey): { statement: string; signature: string; signer: string } {
  return { statement, signature: sign('sha256', Buffer.from(statement), key.privateKey).toString('base64'), signer: spkiOf(key.publicKey) };
}

/** The statement as core signs it. */
export function statementOf(
  backup: { backupId: string; manifestSha256: string; ciphertextSha256: string },
  cluster = 'test',
  node = 'i-1',
): string {
  return backupStatement({ ...backup, cluster, node, at: 1 });
}

/** What KMS and the re-wrapping function do: the content key, wrapped for the node's one-time key. */
export function rewrap(encryptedKey: string, oneTimeSpki: string): string {
  const contentKey = privateDecrypt(
    { key: backupKey.privateKey, oaepHash: 'sha256', padding: constants.RSA_PKCS1_OAEP_PADDING },
    Buffer.from(encryptedKey, 'base64url'),
  );
  const key = createPublicKey({ key: Buffer.from(oneTimeSpki, 'base64'), format: 'der', type: 'spki' });
  return publicEncrypt({ key, oaepHash: 'sha256', padding: constants.RSA_PKCS1_OAEP_PADDING }, contentKey).toString('base64url');
}

/** Does the one-time key's owner hold its private half? */
export function provesPossession(key: { spki: string; proof: string }, about: string): boolean {
  const publicKey = createPublicKey({ key: Buffer.from(key.spki, 'base64'), format: 'der', type: 'spki' });
  return verify('sha256', Buffer.from(`${about}|${key.spki}`), publicKey, Buffer.from(key.proof, 'base64'));
}

/** Decrypts a JWE independently of the node's code; throws when anything was altered. */
export function openJwe(bytes: Buffer): { plain: Buffer; aad: string; jwe: Jwe } {
  const jwe = JSON.parse(bytes.toString()) as Jwe;
  const contentKey = privateDecrypt(
    { key: backupKey.privateKey, oaepHash: 'sha256', padding: constants.RSA_PKCS1_OAEP_PADDING },
    Buffer.from(jwe.recipients[0]!.encrypted_key, 'base64url'),
  );
  const decipher = createDecipheriv('aes-256-gcm', contentKey, Buffer.from(jwe.iv, 'base64url'), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(`${jwe.protected}.${jwe.aad}`));
  decipher.setAuthTag(Buffer.from(jwe.tag, 'base64url'));
  return {
    plain: Buffer.concat([decipher.update(Buffer.from(jwe.ciphertext, 'base64url')), decipher.final()]),
    aad: Buffer.from(jwe.aad, 'base64url').toString(),
    jwe,
  };
}

/** Entries of a zip, by its central directory. */
export function unzip(zip: Buffer): Map<string, Buffer> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const files = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let i = 0; i < zip.readUInt16LE(end + 10); i++) {
    const method = zip.readUInt16LE(at + 10);
    const size = zip.readUInt32LE(at + 20);
    const nameLength = zip.readUInt16LE(at + 28);
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(start, start + size);
    files.set(zip.subarray(at + 46, at + 46 + nameLength).toString(), method === 0 ? packed : inflateRawSync(packed));
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return files;
}

/** Keeps one object; `answer` overrules the status of the next requests. */
export class PackStore {
  object: Buffer | undefined;
  answer: number | undefined;
  headers: NodeJS.Dict<string | string[]> = {};
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.headers = request.headers;
        if (this.answer !== undefined) response.writeHead(this.answer).end();
        else if (request.method === 'PUT' && this.object && request.headers['if-none-match'] === '*') response.writeHead(412).end();
        else if (request.method === 'PUT') {
          this.object = Buffer.concat(chunks);
          response.writeHead(200).end();
        } else if (this.object) response.writeHead(200).end(this.object);
        else response.writeHead(404).end();
      });
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/pack?X-Amz-Signature=secret`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  get sha256(): string {
    return sha256Hex(this.object!);
  }
}
