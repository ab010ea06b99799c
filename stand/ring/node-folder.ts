/** Makes the folder of one node: everything that a Cassandra host has under `/etc`, `/usr`, `/var` and `/run`. */
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Material } from '../pki/material.ts';
import { pemKeystore, pkcs12Keystore } from '../pki/material.ts';
import {
  cassandraYaml,
  jmxTlsProperties,
  jvmOptions,
  logback,
  nodetoolTlsProperties,
  TOOL_LOGBACK,
  toolOptions,
  unitFile,
} from './configuration.ts';
import type { CassandraProgram } from './java.ts';
import type { RingNode } from './topology.ts';
import { CASSANDRA_CACHE, PATHS } from './topology.ts';

const NODE_FILES = join(import.meta.dirname, 'node-files');

/** Files of a node that deployments overwrite; `heal` takes the good ones from below `GOOD` in the node's folder. */
export const DEPLOYED_PATHS = [PATHS.keystore, PATHS.yaml] as const;
export const GOOD = '/run/stand/good';

/** Names a node's leaf is issued for: its id as common name, its address and a name under the cluster's domain. */
export function leafNames(node: RingNode): { commonName: string; dns: string[]; ip: string[] } {
  return { commonName: node.node, dns: [`node-${node.number}.payments.test`, 'localhost'], ip: [node.address] };
}

/** Makes the node's folder, or completes what an earlier run left; an existing key, certificate or yaml is kept. */
export async function makeNodeFolder(node: RingNode, seed: RingNode, material: Material, program: CassandraProgram): Promise<void> {
  if (!existsSync(node.folder)) {
    const aside = `${node.folder}.making`;
    await rm(aside, { recursive: true, force: true });
    await fillFolder(aside, node, seed, material);
    await rename(aside, node.folder);
  }
  // What belongs to this checkout rather than to the node is written anew each time.
  for (const name of await readdir(NODE_FILES)) {
    await copyFile(join(NODE_FILES, name), join(node.folder, 'bin', name));
    await chmod(join(node.folder, 'bin', name), 0o755);
  }
  await writeFile(node.folder + PATHS.jvmOptions, jvmOptions(node, program));
  await writeFile(node.folder + PATHS.toolOptions, toolOptions(node, program));
  await writeFile(node.folder + PATHS.unit, unitFile(node, program));
}

async function fillFolder(aside: string, node: RingNode, seed: RingNode, material: Material): Promise<void> {
  const { authority } = material;
  const at = (path: string) => aside + path;
  const folders = [
    '/bin',
    '/tmp',
    '/etc/cassandra/tls',
    dirname(PATHS.unit),
    PATHS.home,
    PATHS.data,
    dirname(PATHS.log),
    PATHS.ringwardHome,
    PATHS.unitDir,
  ];
  for (const folder of folders) await mkdir(at(folder), { recursive: true, mode: 0o755 });
  await chmod(at(PATHS.ringwardHome), 0o700);
  await symlink(join(CASSANDRA_CACHE, 'lib'), at(`${PATHS.home}/lib`));

  const passwords = { keystore: join(material.folder, 'keystore.password'), jmx: join(material.folder, 'jmx.password') };
  const leaf = await authority.issue(join(material.folder, 'nodes', node.node, 'node'), leafNames(node));
  const jmx = await authority.issue(join(material.folder, 'nodes', node.node, 'jmx'), leafNames(node));
  const jmxClient = await authority.issue(join(material.folder, 'nodes', node.node, 'jmx-client'), {
    commonName: `nodetool on ${node.node}`,
  });
  await writePrivate(at(PATHS.keystore), await pemKeystore(leaf, [authority.intermediate], passwords.keystore));
  await copyFile(authority.root, at(PATHS.truststore));
  await pkcs12Keystore(at(PATHS.jmxKeystore), jmx, authority.intermediate, passwords.jmx);
  await pkcs12Keystore(at(PATHS.jmxClientKeystore), jmxClient, authority.intermediate, passwords.jmx);
  await copyFile(join(material.folder, 'jmx-trust.p12'), at(PATHS.jmxTruststore));
  await chmod(at(PATHS.jmxTruststore), 0o600);

  await writePrivate(at(PATHS.yaml), cassandraYaml(node, seed, material.keystorePassword));
  await writePrivate(at(PATHS.jmxTls), jmxTlsProperties(node, material.jmxPassword));
  await writePrivate(at(PATHS.nodetoolTls), nodetoolTlsProperties(node, material.jmxPassword));
  await writeFile(at(PATHS.logback), logback(node));
  await writeFile(at(PATHS.toolLogback), TOOL_LOGBACK);
  await writeFile(at('/etc/cassandra/address'), `${node.address}\n`);
  for (const path of DEPLOYED_PATHS) {
    await mkdir(dirname(at(GOOD + path)), { recursive: true, mode: 0o700 });
    await copyFile(at(path), at(GOOD + path));
  }
}

async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
}
