/** Every private key and password of the stand: authorities, nodes, clients, deployments, and what lies on the nodes now or was kept there. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Ring } from '../../../stand/ring/topology.ts';
import { PATHS } from '../../../stand/ring/topology.ts';
import { formsOf, linesOfPem, type Secret, secretOfKey, secretOfText } from './scan.ts';

/** Files below a folder, links left out. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
}

/** Throws when a key cannot be read: a secret that is not looked for would be a hole in the proof. */
export function secretsOf(ring: Ring): Secret[] {
  const pki = filesBelow(ring.pki);
  const passwords = pki.filter((file) => file.endsWith('.password')).map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  const open = pki
    .filter((file) => file.endsWith('.key'))
    .map((file) => secretOfKey(relative(ring.folder, file), createPrivateKey(readFileSync(file))));
  const onNodes = ring.nodes.flatMap((node) => [
    ...filesBelow(`${node.folder}/etc/cassandra/tls`),
    ...filesBelow(join(node.folder + PATHS.ringwardHome, 'snapshots')),
    ...filesBelow(join(node.folder, 'run/stand/good')),
  ]);
  const stores = onNodes.flatMap((file) =>
    secretsOfStore(
      relative(ring.folder, file),
      file,
      passwords.map(({ text }) => text),
    ),
  );
  return [...open, ...stores, ...passwords.map(({ file, text }) => secretOfText(relative(ring.folder, file), text))];
}

/** A keystore's key: as it lies there, encrypted, and in clear by whichever password opens it. */
function secretsOfStore(name: string, file: string, passwords: readonly string[]): Secret[] {
  const bytes = readFileSync(file);
  const block = /-----BEGIN ENCRYPTED PRIVATE KEY-----[^-]+-----END ENCRYPTED PRIVATE KEY-----/.exec(bytes.toString('latin1'))?.[0];
  if (block !== undefined) {
    const key = passwords.flatMap((passphrase) => {
      try {
        return [createPrivateKey({ key: block, passphrase })];
      } catch {
        return [];
      }
    })[0];
    const encrypted = { name: `${name} (encrypted)`, needles: linesOfPem(block) };
    // A deployment may bring a keystore whose password was overwritten with the next deployment of its kind.
    return key ? [encrypted, secretOfKey(name, key)] : [encrypted];
  }
  if (!file.endsWith('.p12') || file.endsWith('trust.p12')) return [];
  const middle = Math.floor(statSync(file).size / 2);
  return [{ name: `${name} (PKCS #12)`, needles: formsOf(bytes.subarray(middle, middle + 48)) }];
}

/** No secret at all: the public key of each node's leaf, which evidence does hold. Whoever does not find it looks wrongly. */
export function publicKeysOf(ring: Ring): Secret[] {
  return ring.nodes.map((node) => {
    const pem = readFileSync(node.folder + PATHS.keystore, 'latin1');
    const spki = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----'))).publicKey.export({
      format: 'der',
      type: 'spki',
    });
    return { name: node.node, needles: formsOf(spki.subarray(-64)) };
  });
}
