/** Good renewals, which must raise nothing: through the whole workflow to `keep`, and of many forms through the checks. */
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runJourney } from '../../stand/demo/journey.ts';
import type { KeyKind } from '../../stand/pki/authority.ts';
import { pkcs12Keystore } from '../../stand/pki/material.ts';
import type { Progress } from '../../stand/progress.ts';
import { findJdk } from '../../stand/ring/java.ts';
import { PATHS } from '../../stand/ring/topology.ts';
import type { Ground } from './ground.ts';
import { PKCS12_STORE, useJavaStores } from './restart-cases.ts';

const run = promisify(execFile);

export interface Renewal {
  readonly form: string;
  /** What was named although nothing was wrong; empty is right. */
  readonly alarms: readonly string[];
}

const FORMATS = ['PEM', 'PKCS12', 'JKS'] as const;
/**
 * No Ed25519: Cassandra 5.0.6 answers every handshake with it by an internal_error, from whatever store (measured), and its PEM
 * reader knows RSA, DSA and EC keys alone.
 */
const KEYS: Readonly<Record<(typeof FORMATS)[number], readonly KeyKind[]>> = {
  PEM: ['ec', 'ec-384', 'rsa', 'rsa-3072'],
  PKCS12: ['ec', 'ec-384', 'rsa', 'rsa-3072'],
  JKS: ['ec', 'ec-384', 'rsa', 'rsa-3072'],
};

/** At least `count` renewals of the target, every form of keystore, kind of key and depth of chain in turn. */
export async function renewThroughChecks(on: Ground, count: number, progress: Progress): Promise<Renewal[]> {
  const renewals: Renewal[] = [];
  const rounds = Math.ceil(count / FORMATS.flatMap((format) => KEYS[format].flatMap((key) => [key, key])).length);
  for (const format of count > 0 ? FORMATS : []) {
    if (format !== 'PEM') await useJavaStores(on, format);
    const leave = on.nest();
    for (let round = 0; round < rounds; round += 1)
      for (const key of KEYS[format])
        for (const issuer of ['intermediate', 'root'] as const) {
          if (renewals.length >= count && format === 'JKS') continue;
          await deploy(on, format, key, issuer);
          const { answer } = await on.look();
          const alarms = [...answer.causes.map(({ sentence }) => sentence), ...(answer.outcome === 'passed' ? [] : answer.open)];
          renewals.push({ form: `${format} ${key} by ${issuer}`, alarms });
          if (alarms.length > 0) progress(`good renewal ${format} ${key} by ${issuer}: FALSE: ${alarms.join(' · ')}`);
        }
    progress(`${renewals.length} good renewals looked at (${format})`);
    leave();
    await on.heal(format === 'PEM' ? 'reload' : 'restart');
  }
  return renewals;
}

async function deploy(on: Ground, format: (typeof FORMATS)[number], key: KeyKind, issuer: 'intermediate' | 'root'): Promise<void> {
  const { authority } = on.material;
  const leaf = await on.leaf({ key, issuer });
  const chain = issuer === 'root' ? [] : [authority.intermediate];
  if (format === 'PEM') await on.write(PATHS.keystore, await on.keystore(leaf, chain));
  else {
    const folder = join(on.ring.pki, 'failure-modes');
    const store = join(folder, 'renewed.p12');
    await pkcs12Keystore(store, leaf, chain[0] ?? leaf.certificate, on.passwordFile);
    await on.write(PKCS12_STORE, await readFile(format === 'JKS' ? await asJks(on, store, join(folder, 'renewed.jks')) : store));
  }
  await on.reload();
}

async function asJks(on: Ground, store: string, jks: string): Promise<string> {
  await rm(jks, { force: true });
  const passwords = ['-srcstorepass:file', on.passwordFile, '-deststorepass:file', on.passwordFile];
  const keytool = join(findJdk().home, 'bin/keytool');
  await run(keytool, ['-importkeystore', '-noprompt', '-srckeystore', store, '-destkeystore', jks, '-deststoretype', 'JKS', ...passwords]);
  return jks;
}

/** Whole deployments of good leaves, soak and all. */
export async function renewThroughWorkflow(on: Ground, count: number, progress: Progress): Promise<Renewal[]> {
  const renewals: Renewal[] = [];
  for (let i = 1; i <= count; i += 1) {
    const { report } = await runJourney(on.ring, { failure: 'none', waitAtGate: true, timeoutMs: 240_000 }, () => undefined);
    const { verdict, reason } = report.verdict;
    progress(`good deployment ${i} of ${count}: ${verdict}`);
    renewals.push({ form: 'whole deployment, three nodes', alarms: verdict === 'keep' ? [] : [`${verdict}: ${reason}`] });
  }
  return renewals;
}
