/** The stand's generated PKI: two authorities (the ring's, and an evil one), and stores made of issued identities. */

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Authority, Identity } from './authority.ts';
import { openAuthority } from './authority.ts';
import { openssl } from './openssl.ts';

const run = promisify(execFile);

/** Folders and files of a stand's PKI. */
export interface Material {
  readonly folder: string;
  readonly authority: Authority;
  /** Same names, other keys: nobody in the ring trusts it. */
  readonly evil: Authority;
  /** Protects the nodes' PEM keys (in cassandra.yaml). */
  readonly keystorePassword: string;
  /** Protects the PKCS #12 stores of JMX. */
  readonly jmxPassword: string;
}

/** The application's identity, and the canary's own. */
export const CLIENT = 'client';
export const CANARY = 'canary';

/** Makes or opens authorities, passwords, and the identities of clients. */
export async function openMaterial(folder: string): Promise<Material> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = await openAuthority(join(folder, 'authority'), 'Payments');
  const evil = await openAuthority(join(folder, 'evil-authority'), 'Payments');
  for (const name of [CLIENT, CANARY]) {
    const { certificate, intermediate, chain } = clientIdentity(folder, name);
    if (existsSync(chain)) continue;
    await authority.issue(join(folder, 'clients', name), { commonName: name });
    await writeWhole(chain, (await readFile(certificate, 'utf8')) + (await readFile(intermediate, 'utf8')));
  }
  return {
    folder,
    authority,
    evil,
    keystorePassword: await secret(join(folder, 'keystore.password')),
    jmxPassword: await secret(join(folder, 'jmx.password')),
  };
}

/** Files of a client's identity: `chain` is leaf and intermediate in one, `trust` the ring's root. */
export interface ClientIdentity extends Identity {
  readonly chain: string;
  readonly intermediate: string;
  readonly trust: string;
}

export function clientIdentity(pki: string, name: string): ClientIdentity {
  return {
    key: join(pki, 'clients', `${name}.key`),
    certificate: join(pki, 'clients', `${name}.pem`),
    chain: join(pki, 'clients', `${name}.chain.pem`),
    intermediate: join(pki, 'authority', 'intermediate.pem'),
    trust: join(pki, 'authority', 'root.pem'),
  };
}

/** A client's identity as texts, ready for `node:tls`; `cert` is leaf and intermediate. */
export async function clientCredentials(pki: string, name: string): Promise<{ key: string; cert: string; ca: string }> {
  const files = clientIdentity(pki, name);
  const [key, cert, ca] = await Promise.all([readFile(files.key, 'utf8'), readFile(files.chain, 'utf8'), readFile(files.trust, 'utf8')]);
  return { key, cert, ca };
}

/**
 * A PEM keystore as Cassandra's PEM factory reads it: private key encrypted under the password in `passwordFile`, leaf, chain.
 *
 * PBES1 with 3DES, as Cassandra 5.0.6 on JDK 17 reads no other: it asks for a SecretKeyFactory by the algorithm's own
 * name, and for PBES2 (openssl's default) there is none.
 */
export async function pemKeystore(identity: Identity, chain: readonly string[], passwordFile: string): Promise<string> {
  const key = await openssl(['pkcs8', '-topk8', '-v1', 'PBE-SHA1-3DES', '-in', identity.key, '-passout', `file:${passwordFile}`]);
  const certificates = await Promise.all([identity.certificate, ...chain].map((file) => readFile(file, 'utf8')));
  return key + certificates.join('');
}

/** A PKCS #12 keystore of an identity and its chain. */
export async function pkcs12Keystore(path: string, identity: Identity, chain: string, passwordFile: string): Promise<void> {
  await openssl([
    'pkcs12',
    '-export',
    '-inkey',
    identity.key,
    '-in',
    identity.certificate,
    '-certfile',
    chain,
    '-name',
    'jmx',
    '-passout',
    `file:${passwordFile}`,
    '-out',
    path,
  ]);
  await chmod(path, 0o600);
}

/** A PKCS #12 truststore. Made by keytool: openssl 3.0 cannot mark a certificate as one that Java trusts. */
export async function pkcs12Truststore(path: string, root: string, passwordFile: string, javaHome: string): Promise<void> {
  if (existsSync(path)) return;
  const aside = `${path}.making`;
  await rm(aside, { force: true });
  await run(join(javaHome, 'bin', 'keytool'), [
    '-importcert',
    '-noprompt',
    '-alias',
    'root',
    '-file',
    root,
    '-keystore',
    aside,
    '-storetype',
    'PKCS12',
    '-storepass:file',
    passwordFile,
  ]);
  await chmod(aside, 0o600);
  await rename(aside, path);
}

/** A random password kept in a file (0600). */
async function secret(path: string): Promise<string> {
  if (!existsSync(path)) {
    await writeWhole(path, randomBytes(18).toString('base64url'));
  }
  return await readFile(path, 'utf8');
}

/** A file that is there is a whole one, whenever the run is broken off. */
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.making`, text, { mode: 0o600 });
  await rename(`${path}.making`, path);
}
