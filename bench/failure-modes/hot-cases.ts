/** Failures that files and a reload bring about, on a node that keeps running. */
import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Authority, openAuthority, revocationList } from '../../stand/pki/authority.ts';
import { pemKeystore, pkcs12Keystore } from '../../stand/pki/material.ts';
import { CLIENT_PORT, JMX_PORT, PATHS } from '../../stand/ring/topology.ts';
import { fingerprint } from '../../stand/wire.ts';
import type { Ground, RingCase } from './ground.ts';
import { certificatesIn, leafOnDisk, logSays, opensslSays, portSays, portShowsAnother, verifySays } from './witnesses.ts';

const DAY_MS = 86_400_000;
const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS);
/** Where the bench registers a revocation list. */
export const REVOCATION_LIST = '/etc/cassandra/tls/revoked.pem';
/** The bench registers the longest validity that it allows. */
export const LONGEST_VALIDITY_DAYS = 800;

const root = (on: Ground): string => on.material.authority.root;
const text = (file: string): Promise<string> => readFile(file, 'utf8');

async function deploy(on: Ground, keystore: string): Promise<void> {
  await on.write(PATHS.keystore, keystore);
  await on.reload();
}

/** A second authority with names of its own. */
const second = (on: Ground): Promise<Authority> => openAuthority(join(on.ring.pki, 'second-authority'), 'Ledger');

async function trustAlso(on: Ground, other: Authority, ...nodes: readonly Ground['target'][]): Promise<void> {
  const both = (await text(root(on))) + (await text(other.root));
  for (const node of nodes) await on.write(PATHS.truststore, both, node);
}

export const HOT_CASES: readonly RingCase[] = [
  {
    row: 1,
    title: 'keystore without its intermediate',
    code: 'CHAIN_INTERMEDIATE_MISSING',
    provoke: async (on) => deploy(on, await on.keystore(await on.leaf(), [])),
    confirm: (on) => verifySays(on, /unable to get local issuer/, PATHS.keystore, root(on)),
  },
  {
    row: 2,
    title: 'leaf of a second authority, trusted here and nowhere else',
    code: 'TRUST_DIFFERS_BETWEEN_NODES',
    provoke: async (on) => {
      const other = await second(on);
      await trustAlso(on, other, on.target);
      await deploy(on, await on.keystore(await on.leaf({}, other), [other.intermediate]));
    },
    confirm: async (on) =>
      `${await verifySays(on, /: OK$/, PATHS.keystore, on.target.folder + PATHS.truststore)}; others: ${await verifySays(on, /unable to get/, PATHS.keystore, root(on))}`,
  },
  {
    row: 3,
    title: 'leaf that expired yesterday',
    code: 'LEAF_EXPIRED',
    provoke: async (on) => deploy(on, await on.keystore(await on.leaf({ notBefore: inDays(-30), notAfter: inDays(-1) }))),
    confirm: (on) => verifySays(on, /certificate has expired/, PATHS.keystore, root(on)),
  },
  {
    row: 4,
    title: 'intermediate that expired yesterday',
    code: 'CHAIN_INTERMEDIATE_EXPIRED',
    provoke: async (on) => {
      const old = await openAuthority(join(on.ring.pki, 'old-intermediate'), 'Elder', { intermediateUntil: inDays(-1) });
      await trustAlso(on, old, ...on.ring.nodes);
      await on.clientsTrust((await text(root(on))) + (await text(old.root)));
      await on.reload(...on.others);
      await deploy(on, await on.keystore(await on.leaf({}, old), [old.intermediate]));
    },
    confirm: (on) => verifySays(on, /error 10 at 1 depth/, PATHS.keystore, on.target.folder + PATHS.truststore),
  },
  {
    row: 5,
    title: 'root that expired yesterday, trusted by all',
    code: 'CHAIN_ROOT_EXPIRED',
    provoke: async (on) => {
      const old = await openAuthority(join(on.ring.pki, 'old-root'), 'Ancient', { rootUntil: inDays(-1) });
      await trustAlso(on, old, ...on.ring.nodes);
      await on.clientsTrust((await text(root(on))) + (await text(old.root)));
      await on.reload(...on.others);
      await deploy(on, await on.keystore(await on.leaf({}, old), [old.intermediate]));
    },
    confirm: (on) => verifySays(on, /error 10 at 2 depth/, PATHS.keystore, on.target.folder + PATHS.truststore),
  },
  {
    row: 6,
    title: 'leaf of an authority of the same name with another key',
    code: 'CHAIN_SAME_NAME_OTHER_KEY',
    provoke: async (on) => deploy(on, await on.keystore(await on.leaf({}, on.material.evil), [on.material.evil.intermediate])),
    confirm: (on) => verifySays(on, /error \d+ at \d depth/, PATHS.keystore, root(on)),
  },
  {
    row: 7,
    title: 'names of another host',
    code: 'NAME_NOT_COVERED',
    provoke: async (on) => deploy(on, await on.keystore(await on.leaf({ dns: ['elsewhere.example'], ip: ['192.0.2.9'] }))),
    confirm: (on) => portSays(on, /IP address mismatch/i, undefined, '-verify_ip', on.target.address),
  },
  {
    row: 8,
    title: 'no subject alternative name',
    code: 'NAMES_MISSING',
    provoke: async (on) => deploy(on, await on.keystore(await on.leaf({ dns: [], ip: [] }))),
    confirm: (on) => portSays(on, /IP address mismatch/i, undefined, '-verify_ip', on.target.address),
  },
  {
    row: 9,
    title: 'extended key usage without clientAuth',
    code: 'PURPOSE_LACKS_CLIENT_AUTH',
    provoke: async (on) => deploy(on, await on.keystore(await on.leaf({ purposes: ['serverAuth'] }))),
    confirm: (on) =>
      verifySays(on, /unsuitable certificate purpose|unsupported certificate purpose/, PATHS.keystore, root(on), '-purpose', 'sslclient'),
  },
  {
    row: 10,
    title: 'extended key usage without serverAuth',
    code: 'PURPOSE_LACKS_SERVER_AUTH',
    provoke: async (on) => deploy(on, await on.keystore(await on.leaf({ purposes: ['clientAuth'] }))),
    confirm: (on) => portSays(on, /unsuitable certificate purpose|unsupported certificate purpose/),
  },
  {
    row: 11,
    title: 'private key of another leaf',
    code: 'KEY_MISMATCH',
    provoke: async (on) => deploy(on, await on.keystore({ ...(await on.leaf()), key: (await on.leaf()).key })),
    confirm: (on) => portSays(on, /alert|error|no peer certificate/i),
  },
  {
    row: 12,
    title: 'keystore under a new password, the yaml unchanged',
    code: 'STORE_PASSWORD_WRONG',
    provoke: async (on) => {
      const password = join(on.ring.pki, 'failure-modes', 'other.password');
      const leaf = await on.leaf();
      await writeFile(password, randomBytes(18).toString('base64url'), { mode: 0o600 });
      await deploy(on, await pemKeystore(leaf, [on.material.authority.intermediate], password));
    },
    confirm: (on, since) => logSays(on, /ERROR|WARN|Exception|Failed/, since),
  },
  {
    row: 14,
    title: 'intermediate before the leaf',
    code: 'CHAIN_LEAF_NOT_FIRST',
    provoke: async (on) => {
      const pem = await on.keystore(await on.leaf());
      const [key = '', leaf = '', intermediate = ''] = pem.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----\n?/g) ?? [];
      await deploy(on, key + intermediate + leaf);
    },
    confirm: async (on) => {
      const [first = ''] = await certificatesIn(on, PATHS.keystore);
      return opensslSays(/CA:TRUE/, 'x509', '-noout', '-ext', 'basicConstraints', '-in', first);
    },
  },
  {
    row: 15,
    title: 'keystore that Cassandra’s user may not read',
    code: 'FILE_NOT_READABLE_BY_SERVICE',
    provoke: async (on) => {
      await on.mode(PATHS.keystore, 0o000);
      await on.reload();
    },
    confirm: async (on, since) => {
      const mode = (await stat(on.target.folder + PATHS.keystore)).mode & 0o777;
      if (mode !== 0) throw new Error(`mode ${mode.toString(8)}`);
      return logSays(on, /Access ?Denied|Permission denied|not readable|Failed/i, since);
    },
  },
  {
    row: 16,
    title: 'keystore readable by every user',
    code: 'KEY_READABLE_BY_ALL',
    provoke: (on) => on.mode(PATHS.keystore, 0o644),
    confirm: async (on) => {
      const mode = (await stat(on.target.folder + PATHS.keystore)).mode & 0o777;
      if ((mode & 0o004) === 0) throw new Error(`mode ${mode.toString(8)}`);
      return `stat: mode ${mode.toString(8)}`;
    },
  },
  {
    row: 17,
    title: 'keystore cut off inside the leaf',
    code: 'FILE_CUT_OFF',
    provoke: async (on) => {
      const pem = await on.keystore(await on.leaf());
      await deploy(on, pem.slice(0, pem.indexOf('-----BEGIN CERTIFICATE-----') + 200));
    },
    confirm: (on) => opensslSays(/Could not|unable to load|error/i, 'x509', '-noout', '-in', on.target.folder + PATHS.keystore),
  },
  {
    row: 18,
    title: 'good file older than the poll, never loaded',
    code: 'RELOAD_MISSED',
    provoke: async (on) => {
      await on.write(PATHS.keystore, await on.keystore(await on.leaf()));
      await on.age(PATHS.keystore, 30);
    },
    confirm: async (on) => portShowsAnother(on, CLIENT_PORT, await leafOnDisk(on, PATHS.keystore)),
  },
  {
    row: 22,
    title: 'JMX keystore renewed; JMX never reloads',
    code: 'JMX_LEAF_STALE',
    notice: true,
    provoke: async (on) => {
      const aside = join(on.ring.pki, 'failure-modes', 'jmx.p12');
      const leaf = await on.leaf();
      await writeFile(join(on.ring.pki, 'failure-modes', 'jmx-leaf.pem'), await text(leaf.certificate));
      await pkcs12Keystore(aside, leaf, on.material.authority.intermediate, join(on.ring.pki, 'jmx.password'));
      await on.write(PATHS.jmxKeystore, await readFile(aside));
      await on.reload();
    },
    confirm: async (on) => portShowsAnother(on, JMX_PORT, fingerprint(await text(join(on.ring.pki, 'failure-modes', 'jmx-leaf.pem')))),
  },
  {
    row: 24,
    title: 'leaf valid for three years',
    code: 'VALIDITY_TOO_LONG',
    provoke: async (on) => deploy(on, await on.keystore(await on.leaf({ notAfter: inDays(1100) }))),
    confirm: (on) =>
      opensslSays(
        /will not expire/i,
        'x509',
        '-noout',
        '-checkend',
        String(LONGEST_VALIDITY_DAYS * 86_400),
        '-in',
        on.target.folder + PATHS.keystore,
      ),
  },
  {
    row: 25,
    title: 'leaf valid from tomorrow on',
    code: 'LEAF_NOT_YET_VALID',
    provoke: async (on) => deploy(on, await on.keystore(await on.leaf({ notBefore: inDays(1) }))),
    confirm: (on) => verifySays(on, /not yet valid/, PATHS.keystore, root(on)),
  },
  {
    row: 26,
    title: 'RSA key of 1024 bits',
    code: 'WEAK_KEY',
    provoke: async (on) => deploy(on, await on.keystore(await on.leaf({ key: 'rsa-1024' }))),
    confirm: (on) => verifySays(on, /EE certificate key too weak/i, PATHS.keystore, root(on), '-auth_level', '2'),
  },
  {
    row: 26,
    title: 'signature with SHA-1',
    code: 'WEAK_SIGNATURE',
    provoke: async (on) => deploy(on, await on.keystore(await on.leaf({ digest: 'sha1' }))),
    confirm: (on) => verifySays(on, /CA md too weak|digest algorithm too weak|md too weak/i, PATHS.keystore, root(on), '-auth_level', '2'),
  },
  {
    row: 29,
    title: 'all nodes trust the new authority, the clients do not',
    code: 'CHAIN_UNTRUSTED_BY_CLIENTS',
    provoke: async (on) => {
      const other = await second(on);
      await trustAlso(on, other, ...on.ring.nodes);
      await on.reload(...on.others);
      await deploy(on, await on.keystore(await on.leaf({}, other), [other.intermediate]));
    },
    confirm: (on) => portSays(on, /unable to get (local )?issuer|self-signed certificate in/),
  },
  {
    row: 30,
    title: 'truststore that knows the new authority alone',
    code: 'TRUSTSTORE_REFUSES_PEERS',
    provoke: async (on) => {
      const other = await second(on);
      await trustAlso(on, other, ...on.others);
      await on.write(PATHS.truststore, await text(other.root));
      await on.reload(...on.others);
      await deploy(on, await on.keystore(await on.leaf({}, other), [other.intermediate]));
      await on.clientsTrust((await text(root(on))) + (await text(other.root)));
    },
    confirm: (on) => {
      const [peer] = on.others;
      const leaf = join(on.ring.pki, 'nodes', peer?.node ?? '', 'node.pem');
      const chain = ['-untrusted', on.material.authority.intermediate, leaf];
      return opensslSays(/unable to get/, 'verify', '-CAfile', on.target.folder + PATHS.truststore, ...chain);
    },
  },
  {
    row: 31,
    title: 'leaf on its authority’s revocation list',
    code: 'LEAF_REVOKED',
    provoke: async (on) => {
      const leaf = await on.leaf();
      await on.write(REVOCATION_LIST, await revocationList(on.material.authority, [leaf.certificate]));
      await deploy(on, await on.keystore(leaf));
    },
    confirm: (on) =>
      verifySays(on, /certificate revoked/, PATHS.keystore, root(on), '-crl_check', '-CRLfile', on.target.folder + REVOCATION_LIST),
  },
  {
    row: 33,
    title: 'gossip switched off on one node',
    code: 'RING_VIEWS_DIFFER',
    provoke: async (on) => {
      await on.nodetool('disablegossip');
      await new Promise((resolve) => setTimeout(resolve, 12_000));
    },
    confirm: (on, since) => logSays(on, /[Gg]ossip/, since),
    undo: async (on) => {
      await on.nodetool('enablegossip');
      await new Promise((resolve) => setTimeout(resolve, 6_000));
    },
  },
  {
    row: 34,
    title: 'endpoint verification with client authentication in the yaml',
    code: 'ENDPOINT_VERIFICATION_TRAP',
    provoke: async (on) => {
      const yaml = await on.read(PATHS.yaml);
      await on.write(PATHS.yaml, yaml.replace('require_endpoint_verification: false', 'require_endpoint_verification: true'));
    },
    confirm: async (on) => {
      if (!(await on.read(PATHS.yaml)).includes('require_endpoint_verification: true')) throw new Error('the yaml is unchanged');
      return 'cassandra.yaml says so';
    },
  },
];
