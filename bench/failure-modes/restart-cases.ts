/** Failures that need the node to run with another configuration: separate stores, PKCS #12, other suites, other seeds. */
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseDocument } from 'yaml';
import type { Identity } from '../../stand/pki/authority.ts';
import { pkcs12Keystore } from '../../stand/pki/material.ts';
import { findJdk } from '../../stand/ring/java.ts';
import { activeState } from '../../stand/ring/service.ts';
import { CLIENT_PORT, INTERNODE_PORT, PATHS } from '../../stand/ring/topology.ts';
import type { CaseGroup, Ground } from './ground.ts';
import { leafOnDisk, logSays, opensslSays, portSays, portShowsAnother } from './witnesses.ts';

const run = promisify(execFile);
const DAY_MS = 86_400_000;
const INTERNODE_STORE = '/etc/cassandra/tls/internode.pem';
const OUTBOUND_STORE = '/etc/cassandra/tls/outbound.pem';
const SECURITY_PROPERTIES = '/etc/cassandra/java.security';
export const PKCS12_STORE = '/etc/cassandra/tls/node.p12';
const PKCS12_TRUST = '/etc/cassandra/tls/ca.p12';

/** Rewrites the target's yaml: what is set is set, what is null is taken out. */
async function configure(on: Ground, changes: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Promise<void> {
  const yaml = parseDocument(await on.read(PATHS.yaml));
  for (const [section, settings] of Object.entries(changes))
    for (const [key, value] of Object.entries(settings)) value === null ? yaml.deleteIn([section, key]) : yaml.setIn([section, key], value);
  await on.write(PATHS.yaml, yaml.toString({ lineWidth: 0 }));
}

/** The same new keystore for every store of the target that serves. */
async function renewAll(on: Ground): Promise<string> {
  const keystore = await on.keystore(await on.leaf());
  for (const path of [PATHS.keystore, INTERNODE_STORE, OUTBOUND_STORE]) await on.write(path, keystore);
  return keystore;
}

const separateStores: CaseGroup = {
  title: 'a store of its own for each role, security properties of its own',
  enter: async (on) => {
    const keystore = await on.read(PATHS.keystore);
    await on.write(INTERNODE_STORE, keystore);
    await on.write(OUTBOUND_STORE, keystore);
    await on.write(SECURITY_PROPERTIES, '# nothing yet\n');
    const { folder } = on.target;
    await configure(on, {
      server_encryption_options: {
        keystore: folder + INTERNODE_STORE,
        outbound_keystore: folder + OUTBOUND_STORE,
        outbound_keystore_password: on.material.keystorePassword,
      },
    });
    await on.write(PATHS.jvmOptions, `${await on.read(PATHS.jvmOptions)}"-Djava.security.properties=${folder}${SECURITY_PROPERTIES}"\n`);
    await on.restart();
  },
  cases: [
    {
      row: 19,
      title: 'client context reloaded, the one between nodes not',
      code: 'CONTEXTS_DIFFER',
      provoke: async (on) => {
        const keystore = await renewAll(on);
        await on.write(INTERNODE_STORE, keystore.slice(0, 500));
        await on.reload();
        await on.write(INTERNODE_STORE, keystore);
        await on.age(PATHS.keystore, 30);
      },
      confirm: async (on) => {
        const shown = await portShowsAnother(on, INTERNODE_PORT, await leafOnDisk(on, INTERNODE_STORE));
        return `${shown}; client port: ${await portSays(on, /Verify return code: 0/)}`;
      },
    },
    {
      row: 21,
      title: 'keystore renewed, outbound keystore not',
      code: 'OUTBOUND_KEYSTORE_FORGOTTEN',
      provoke: async (on) => {
        const old = { notBefore: new Date(Date.now() - 60 * DAY_MS), notAfter: new Date(Date.now() + 20 * DAY_MS) };
        await renewAll(on);
        await on.write(OUTBOUND_STORE, await on.keystore(await on.leaf(old)));
        await on.reload();
      },
      confirm: (on) =>
        opensslSays(/will expire/, 'x509', '-noout', '-checkend', String(30 * 86_400), '-in', on.target.folder + OUTBOUND_STORE),
    },
    {
      row: 28,
      title: 'P-256 disabled in the JDK’s properties; the next restart dies, the ring still serves',
      code: 'DISABLED_BY_JDK',
      provoke: async (on) => {
        const disabled = 'MD2, MD5, RSA keySize < 1024, EC keySize < 384';
        await on.write(
          SECURITY_PROPERTIES,
          `jdk.certpath.disabledAlgorithms=${disabled}\njdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, ${disabled}\n`,
        );
      },
      confirm: async (on) => {
        const said = await portSays(on, /Verify return code: 0/);
        if (!(await on.read(SECURITY_PROPERTIES)).includes('EC keySize < 384')) throw new Error('the properties are unchanged');
        return `${said} while java.security disables EC below 384 bits`;
      },
    },
  ],
};

async function pkcs12(on: Ground, path: string, identity: Identity): Promise<void> {
  const aside = join(on.ring.pki, 'failure-modes', 'node.p12');
  await pkcs12Keystore(aside, identity, on.material.authority.intermediate, on.passwordFile);
  await on.write(path, await readFile(aside));
}

/** The target reads its keystore and truststore by the default factory, from PKCS #12 or JKS files. */
export async function useJavaStores(on: Ground, type: 'PKCS12' | 'JKS'): Promise<void> {
  await pkcs12(on, PKCS12_STORE, await on.leaf());
  const trust = join(on.ring.pki, 'failure-modes', 'ca.p12');
  await rm(trust, { force: true });
  const keytool = join(findJdk().home, 'bin/keytool');
  const store = ['-keystore', trust, '-storetype', 'PKCS12', '-storepass:file', on.passwordFile];
  await run(keytool, ['-importcert', '-noprompt', '-alias', 'root', '-file', on.material.authority.root, ...store]);
  await on.write(PKCS12_TRUST, await readFile(trust));
  const { folder } = on.target;
  const section = {
    ssl_context_factory: null,
    keystore: folder + PKCS12_STORE,
    truststore: folder + PKCS12_TRUST,
    truststore_password: on.material.keystorePassword,
    store_type: type,
  };
  await configure(on, { server_encryption_options: section, client_encryption_options: section });
  await on.restart();
}

const pkcs12Stores: CaseGroup = {
  title: 'PKCS #12 stores through the default factory',
  enter: (on) => useJavaStores(on, 'PKCS12'),
  cases: [
    {
      row: 13,
      title: 'two keys in the keystore',
      code: 'STORE_HOLDS_SEVERAL_KEYS',
      provoke: async (on) => {
        const aside = join(on.ring.pki, 'failure-modes', 'two.p12');
        const other = join(on.ring.pki, 'failure-modes', 'other.p12');
        await pkcs12Keystore(aside, await on.leaf(), on.material.authority.intermediate, on.passwordFile);
        await pkcs12Keystore(other, await on.leaf(), on.material.authority.intermediate, on.passwordFile);
        const keytool = join(findJdk().home, 'bin/keytool');
        const from = ['-srckeystore', other, '-srcstorepass:file', on.passwordFile, '-srcalias', 'jmx', '-destalias', 'spare'];
        await run(keytool, ['-importkeystore', '-noprompt', ...from, '-destkeystore', aside, '-deststorepass:file', on.passwordFile]);
        await on.write(PKCS12_STORE, await readFile(aside));
        await on.reload();
      },
      confirm: async (on) => {
        const { stdout } = await run(join(findJdk().home, 'bin/keytool'), [
          '-list',
          '-keystore',
          on.target.folder + PKCS12_STORE,
          '-storepass:file',
          on.passwordFile,
        ]);
        const keys = stdout.match(/PrivateKeyEntry/g)?.length ?? 0;
        if (keys !== 2) throw new Error(`keytool lists ${keys} keys`);
        return 'keytool: 2 PrivateKeyEntry';
      },
    },
  ],
};

const onceRestarted: CaseGroup = {
  title: 'restarted with what is wrong',
  cases: [
    {
      row: 27,
      title: 'RSA suites alone on the client port, and an EC key',
      code: 'KEY_TYPE_NOT_IN_CIPHERS',
      healBy: 'restart',
      provoke: async (on) => {
        const suites = { cipher_suites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'], accepted_protocols: ['TLSv1.2'] };
        await configure(on, { client_encryption_options: suites });
        await on.restart(false);
        await until(() => portSays(on, /alert|handshake failure/i, CLIENT_PORT));
      },
      confirm: (on) => portSays(on, /alert|handshake failure/i, CLIENT_PORT),
    },
    {
      row: 32,
      title: 'a seed that nobody is; the node gives up',
      code: 'CANNOT_GOSSIP_AT_START',
      healBy: 'restart',
      provoke: async (on) => {
        const since = Date.now();
        const seeds = on.target.address.replace(/\.\d+$/, '.99');
        const yaml = await on.read(PATHS.yaml);
        await on.write(PATHS.yaml, yaml.replace(/seeds: .*/, `seeds: ${seeds}:${INTERNODE_PORT}`));
        await on.restart(false);
        await until(() => logSays(on, /Unable to (gossip with any peers|contact any seeds)/, since), 90_000);
        for (const end = Date.now() + 30_000; activeState(on.target) === 'active' && Date.now() < end; )
          await new Promise((resolve) => setTimeout(resolve, 200));
      },
      confirm: (on, since) => logSays(on, /Unable to (gossip with any peers|contact any seeds)/, since),
    },
  ],
};

async function until(says: () => Promise<string>, timeoutMs = 60_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; ; await new Promise((resolve) => setTimeout(resolve, 500))) {
    try {
      await says();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

export const RESTART_GROUPS: readonly CaseGroup[] = [separateStores, pkcs12Stores, onceRestarted];
