/** Three engines on one chain: ours, this machine's OpenSSL and this machine's JVM; each disagreement in words. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { EngineAnswer } from '../../core/certificate/path/engines.ts';
import type { ChainFinding } from '../../core/certificate/path/finding.ts';
import { type CertificateWish, DAY, type Made, makeAuthority, pemOf } from '../fixtures/pki.ts';
import { makeListDer } from '../fixtures/revocation-lists.ts';
import { buildJar } from '../on-node/host.ts';
import { World } from './world.ts';

// The JVM judges at the present moment alone.
const recent = { notBefore: Date.now() - DAY, notAfter: Date.now() + 90 * DAY };
const authority = makeAuthority('Three', { root: recent, intermediate: recent });
const leaf = (wish: Partial<CertificateWish> = {}): Made => authority.leaf('node1.example', { ...recent, ...wish });
const REVOKED = 0x51;
const lists = [{ issuer: authority.root }, { issuer: authority.intermediate, revoked: [REVOKED] }]
  .map((wish) => makeListDer({ ...wish, thisUpdate: Date.now() - 1000, nextUpdate: Date.now() + DAY }).toString('base64'))
  .map((base64) => `-----BEGIN X509 CRL-----\n${base64}\n-----END X509 CRL-----\n`)
  .join('');

let folder: string;
beforeAll(() => {
  buildJar();
  folder = mkdtempSync(join(tmpdir(), 'engines-'));
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true }));

interface Judged {
  readonly verdict: string;
  readonly findings: readonly ChainFinding[];
  readonly engines: readonly EngineAnswer[];
}

async function judge(chain: string, env: Record<string, string> = {}, ...args: readonly string[]): Promise<Judged> {
  const world = new World();
  world.now = Date.now();
  world.env = { ...process.env, ...env } as Record<string, string>;
  world.files.set('leaf.pem', chain);
  world.files.set('root.pem', pemOf(authority.root));
  world.files.set('lists.pem', lists);
  const code = await world.run('check', 'chain', '--leaf', 'leaf.pem', '--roots', 'root.pem', ...args, '--json');
  const judged = JSON.parse(world.out) as Judged;
  expect(code).toBe(judged.verdict === 'accept' ? 0 : 2);
  return judged;
}

const said = ({ engines }: Judged) => engines.map(({ engine, verdict }) => `${engine.split(' ')[0]} ${verdict}`);
const codes = ({ findings }: Judged) => findings.map(({ code }) => code);

test('a good chain: all three accept it', async () => {
  const judged = await judge(pemOf(leaf(), authority.intermediate), {}, '--name', 'dns:node1.example');
  expect([judged.verdict, judged.findings, said(judged)]).toEqual(['accept', [], ['OpenSSL accept', 'Java accept']]);
});

test('an expired chain: all three refuse it, and nothing is said of a disagreement', async () => {
  const judged = await judge(pemOf(leaf({ notAfter: Date.now() - 1000 }), authority.intermediate));
  expect([judged.verdict, codes(judged), said(judged)]).toEqual(['refuse', ['LEAF_EXPIRED'], ['OpenSSL refuse', 'Java refuse']]);
  expect(judged.engines[0]?.reason).toBe('certificate has expired (as sslserver)');
});

test('a serial number of 30 octets: both engines accept it, we refuse it, and that is told', async () => {
  const judged = await judge(pemOf(leaf({ serial: Buffer.alloc(30, 1) }), authority.intermediate));
  expect([judged.verdict, codes(judged)]).toEqual(['refuse', ['CHAIN_SERIAL_WRONG', 'ENGINE_ACCEPTS', 'ENGINE_ACCEPTS']]);
  expect(judged.findings[1]?.expected).toContain('CHAIN_SERIAL_WRONG');
  expect(judged.findings[1]?.observed).toMatch(/^OpenSSL \S+ accepts it: clients with it would connect, and others would not$/);
});

test('a name that the leaf does not bear: OpenSSL knows it too, the JVM is not asked for names', async () => {
  const judged = await judge(pemOf(leaf(), authority.intermediate), {}, '--name', 'dns:node2.example');
  expect([judged.verdict, codes(judged), said(judged)]).toEqual([
    'refuse',
    ['NAME_NOT_COVERED', 'RUNTIMES_DISAGREE'],
    ['OpenSSL refuse', 'Java accept'],
  ]);
});

test('a revoked leaf: no engine is asked about that, so none is said to disagree', async () => {
  const made = leaf({ serial: Buffer.from([REVOKED]) });
  const judged = await judge(pemOf(made, authority.intermediate), {}, '--crls', 'lists.pem');
  expect([judged.verdict, codes(judged), said(judged)]).toEqual(['refuse', ['LEAF_REVOKED'], ['OpenSSL accept', 'Java accept']]);
});

test('a serial number of 30 octets under another name: the JVM accepts what it was asked, and what it was not asked is told', async () => {
  const made = leaf({ serial: Buffer.alloc(30, 1) });
  const judged = await judge(pemOf(made, authority.intermediate), {}, '--name', 'dns:node2.example');
  expect([judged.verdict, codes(judged)]).toEqual([
    'refuse',
    ['CHAIN_SERIAL_WRONG', 'NAME_NOT_COVERED', 'ENGINE_ACCEPTS', 'RUNTIMES_DISAGREE'],
  ]);
  const told = judged.findings[2];
  expect(told?.expected).toBe('refused, as by our own validation (CHAIN_SERIAL_WRONG)');
  expect(told?.observed).toMatch(/^Java \S+ accepts the chain; it was not asked about NAME_NOT_COVERED$/);
});

test('a JVM that forbids the key: refused, although we and OpenSSL accept, since its clients would not connect', async () => {
  const properties = join(folder, 'strict.security');
  writeFileSync(properties, 'jdk.certpath.disabledAlgorithms=EC keySize < 384\n');
  const judged = await judge(pemOf(leaf(), authority.intermediate), { JAVA_TOOL_OPTIONS: `-Djava.security.properties=${properties}` });
  expect([judged.verdict, codes(judged), said(judged)]).toEqual(['refuse', ['ENGINE_REFUSES'], ['OpenSSL accept', 'Java refuse']]);
  expect(judged.findings[0]?.observed).toMatch(/^Java \S+ refuses it: .*(constraint|disabled)/i);
});

test('engines that are not here are told as not asked, and the verdict is ours', async () => {
  const judged = await judge(pemOf(leaf(), authority.intermediate), { PATH: folder, JAVA_HOME: folder });
  expect([judged.verdict, said(judged)]).toEqual(['accept', ['OpenSSL not-asked', 'JVM not-asked']]);
});

test('another moment than now: OpenSSL judges it, the JVM is not asked', async () => {
  const later = new Date(Date.now() + 100 * DAY).toISOString();
  const judged = await judge(pemOf(leaf(), authority.intermediate), {}, '--at', later);
  expect(said(judged)).toEqual(['OpenSSL refuse', 'JVM not-asked']);
});

test('a Java that answers with no JSON, or with another one, is told as not asked, and the verdict is ours', async () => {
  const bin = join(folder, 'odd-java/bin');
  mkdirSync(bin, { recursive: true });
  for (const answer of ['Picked up no options', '{"asServer": 1}', '']) {
    writeFileSync(join(bin, 'java'), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
    const judged = await judge(pemOf(leaf(), authority.intermediate), { JAVA_HOME: join(folder, 'odd-java') });
    expect([judged.verdict, said(judged)]).toEqual(['accept', ['OpenSSL accept', 'JVM not-asked']]);
    expect(judged.engines[1]?.reason).toMatch(/answer/);
  }
});

test('only files that an engine is asked about are written', async () => {
  const bin = join(folder, 'listing');
  mkdirSync(bin);
  // Answers as OpenSSL does, and tells what lies beside the roots that it is given.
  const seen = join(folder, 'seen');
  const listing = `#!/bin/sh\n[ "$1" != version ] || { echo OpenSSL 3; exit; }\nfor last; do :; done\nls "$(dirname "$last")" > '${seen}'\necho "$last: OK"\n`;
  writeFileSync(join(bin, 'openssl'), listing, { mode: 0o755 });
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const now = pemOf(leaf(), authority.intermediate);
  expect(said(await judge(now, env, '--at', new Date(Date.now() + DAY).toISOString()))).toEqual(['OpenSSL accept', 'JVM not-asked']);
  expect(readFileSync(seen, 'utf8').trim().split('\n')).toEqual(['intermediates.pem', 'leaf.pem', 'roots.pem']);
});

test('where no file can be written, no engine is asked, and the verdict is ours', async () => {
  vi.stubEnv('TMPDIR', join(folder, 'nowhere'));
  const judged = await judge(pemOf(leaf(), authority.intermediate));
  expect([judged.verdict, said(judged)]).toEqual(['accept', ['OpenSSL not-asked', 'JVM not-asked']]);
  expect(judged.engines[0]?.reason).toMatch(/nowhere/);
});
