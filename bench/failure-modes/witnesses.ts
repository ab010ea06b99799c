/** Other tools' words: openssl on files and on ports, Cassandra's log, the file system. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientIdentity } from '../../stand/pki/material.ts';
import { CLIENT_PORT } from '../../stand/ring/topology.ts';
import { fingerprint, served } from '../../stand/wire.ts';
import type { Ground } from './ground.ts';

/** Runs openssl, whatever its exit code; standard output and error in one. */
export async function askOpenssl(...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile('openssl', [...args], { timeout: 8000 }, (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`));
    child.stdin?.end();
  });
}

/** The line of openssl's answer that holds the words. Throws when there is none: then the failure was not brought about. */
export async function opensslSays(words: RegExp, ...args: readonly string[]): Promise<string> {
  const said = await askOpenssl(...args);
  const line = said.split('\n').find((one) => words.test(one));
  if (line === undefined) throw new Error(`openssl ${args.join(' ')} does not say ${words}: ${said.trim().slice(0, 400)}`);
  return `openssl: ${line.trim()}`;
}

/** The certificates of a keystore of the target, one file each, leaf first as they stand. */
export async function certificatesIn(on: Ground, path: string): Promise<string[]> {
  const blocks = (await on.read(path)).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
  const files = blocks.map((_, i) => join(on.ring.pki, 'failure-modes', `seen-${i}.pem`));
  for (const [i, block] of blocks.entries()) await writeFile(files[i] as string, block);
  return files;
}

/** `openssl verify` of the first certificate in a keystore, the others as untrusted help, against `root`. */
export async function verifySays(on: Ground, words: RegExp, path: string, root: string, ...more: readonly string[]): Promise<string> {
  const [leaf = '', ...rest] = await certificatesIn(on, path);
  const untrusted = rest.flatMap((file) => ['-untrusted', file]);
  return opensslSays(words, 'verify', '-CAfile', root, ...untrusted, ...more, leaf);
}

/** `openssl s_client` at a port of the target, as a client of the ring. */
export async function portSays(on: Ground, words: RegExp, port: number = CLIENT_PORT, ...more: readonly string[]): Promise<string> {
  const { key, certificate, intermediate, trust } = clientIdentity(on.ring.pki, 'client');
  const identity = ['-cert', certificate, '-key', key, '-cert_chain', intermediate, '-CAfile', trust];
  return opensslSays(words, 's_client', '-connect', `${on.target.address}:${port}`, ...identity, ...more);
}

/** The port shows another leaf than the first certificate of the keystore (or, for a PKCS #12 store, than `expected`). */
export async function portShowsAnother(on: Ground, port: number, expected: string): Promise<string> {
  const { leaf } = await served(on.target.address, port, on.ring.pki);
  if (leaf === null || leaf === expected) throw new Error(`port ${port} shows ${leaf ?? 'nothing'}, not another leaf than ${expected}`);
  return `openssl: port ${port} shows ${leaf.slice(0, 19)}…, on disk lies ${expected.slice(0, 19)}…`;
}

/** `SHA256:hex` of the first certificate in a PEM keystore of the target. */
export async function leafOnDisk(on: Ground, path: string): Promise<string> {
  const [leaf = ''] = (await on.read(path)).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return fingerprint(leaf);
}

/** Cassandra's own log. */
export async function logSays(on: Ground, words: RegExp, since: number): Promise<string> {
  const line = (await on.logged(words, since)).at(-1);
  if (line === undefined) throw new Error(`Cassandra's log does not say ${words}`);
  return `log: ${line.slice(0, 200)}`;
}
