/** `ringward check chain`: verdicts, exit codes, and what it says of files that it cannot take. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KNOWN_RUNTIMES } from '../../core/certificate/runtimes/runtime.ts';
import { type CertificateWish, DAY, type Made, makeAuthority, makeCertificate, NOW, pemOf, permitting } from '../fixtures/pki.ts';
import { type ListWish, makeListDer } from '../fixtures/revocation-lists.ts';
import { World } from './world.ts';

const ours = makeAuthority('Ours');
const evil = makeAuthority('Ours');
const leaf = (wish: Partial<CertificateWish> = {}): Made => ours.leaf('10.0.1.7', { addresses: ['10.0.1.7', 'node1.example'], ...wish });

interface Answer {
  readonly verdict: string;
  readonly findings: readonly { readonly code: string; readonly severity: string; readonly rule: string }[];
  readonly path: readonly string[];
  readonly runtimes?: readonly { readonly runtime: string; readonly version: string; readonly verdict: string }[];
}

async function check(
  files: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ code: number; answer: Answer; err: string }> {
  const world = new World();
  world.now = NOW;
  for (const [name, text] of Object.entries(files)) world.files.set(name, text);
  const code = await world.run('check', 'chain', '--leaf', 'leaf.pem', '--roots', 'root.pem', '--no-engines', ...args, '--json');
  return { code, answer: world.out === '' ? { verdict: '', findings: [], path: [] } : (JSON.parse(world.out) as Answer), err: world.err };
}

const chainOf = (made: Made, ...more: readonly Made[]): Record<string, string> => ({
  'leaf.pem': pemOf(made),
  'int.pem': pemOf(...(more.length > 0 ? more : [ours.intermediate])),
  'root.pem': pemOf(ours.root),
});
const INTERMEDIATES = ['--intermediates', 'int.pem'] as const;

test('a good chain is accepted, exit 0, and the path is told from the leaf to the root', async () => {
  const { code, answer } = await check(chainOf(leaf()), ...INTERMEDIATES, '--name', 'ip:10.0.1.7', '--name', 'dns:node1.example');
  expect([code, answer]).toEqual([
    0,
    {
      verdict: 'accept',
      findings: [],
      path: ['CN=10.0.1.7', 'CN=Ours Intermediate', 'CN=Ours Root'],
      engines: [],
      runtimes: KNOWN_RUNTIMES.map((runtime) => ({ ...runtime, verdict: 'accept', reasons: [] })),
    },
  ]);
});

test('one file may hold leaf and intermediates', async () => {
  const { code } = await check({ 'leaf.pem': pemOf(leaf(), ours.intermediate), 'root.pem': pemOf(ours.root) });
  expect(code).toBe(0);
});

const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const unknown = { id: '1.2.3.4', critical: true, value: Buffer.from([5, 0]) };
const middle = (wish: Partial<CertificateWish>): Made =>
  makeCertificate({ name: 'Ours Middle', issuer: ours.root, authority: true, pathLength: 0, keyUsage: 'certificates', ...wish });
const below = (issuer: Made, wish: Partial<CertificateWish> = {}): Made =>
  makeCertificate({ name: 'node', issuer, keyUsage: 'tls', purposes: ['server', 'client'], addresses: ['node1.example'], ...wish });
const issued = (wish: Partial<CertificateWish>): Record<string, string> => {
  const authority = middle(wish);
  return chainOf(below(authority), authority);
};

describe('each fault refuses, exit 2, and is named', () => {
  const faults: readonly [string, Record<string, string>, ...string[]][] = [
    ['LEAF_EXPIRED', chainOf(leaf({ notAfter: NOW - DAY }))],
    ['LEAF_NOT_YET_VALID', chainOf(leaf({ notBefore: NOW + DAY }))],
    ['CHAIN_INTERMEDIATE_EXPIRED', issued({ notAfter: NOW - DAY })],
    ['CHAIN_INTERMEDIATE_NOT_YET_VALID', issued({ notBefore: NOW + DAY })],
    ['CHAIN_ISSUER_UNKNOWN', { 'leaf.pem': pemOf(leaf()), 'int.pem': pemOf(ours.root), 'root.pem': pemOf(ours.root) }],
    ['CHAIN_SIGNATURE_WRONG', chainOf(evil.leaf('10.0.1.7'))],
    ['CHAIN_NOT_AN_AUTHORITY', issued({ authority: false })],
    ['CHAIN_KEY_USAGE_FORBIDS_SIGNING', issued({ keyUsage: 'tls' })],
    ['CHAIN_CRITICAL_EXTENSION_UNKNOWN', chainOf(leaf({ more: [unknown] }))],
    ['CHAIN_NAME_CONSTRAINT_BROKEN', issued({ more: [permitting('other.example')] })],
    ['CHAIN_SERIAL_WRONG', chainOf(leaf({ serial: Buffer.from([0x81]) }))],
    ['CHAIN_SERIAL_WRONG', chainOf(leaf({ serial: Buffer.alloc(21, 1) }))],
    [
      'CHAIN_EXTENSION_REPEATED',
      chainOf(
        leaf({
          more: [
            { ...unknown, critical: false },
            { ...unknown, critical: false },
          ],
        }),
      ),
    ],
    ['CHAIN_EXTENSION_MALFORMED', issued({ more: [{ id: '2.5.29.30', critical: true, value: Buffer.from([0x30, 1]) }] })],
    ['WEAK_KEY', chainOf(leaf({ keys: weak }))],
    ['WEAK_SIGNATURE', chainOf(leaf({ signedWith: 'sha1' }))],
    ['PURPOSE_LACKS_CLIENT_AUTH', chainOf(leaf({ purposes: ['server'] }))],
    ['PURPOSE_LACKS_SERVER_AUTH', chainOf(leaf({ purposes: ['client'] }))],
    ['PURPOSE_KEY_USAGE', chainOf(leaf({ keyUsage: 'certificates' }))],
    ['NAME_NOT_COVERED', chainOf(leaf()), '--name', 'ip:10.0.1.8'],
    ['NAME_NOT_COVERED', chainOf(leaf()), '--name', 'dns:node2.example'],
    ['NAMES_MISSING', chainOf(leaf({ addresses: [] })), '--name', 'dns:node1.example'],
    ['CERTIFICATE_UNPARSABLE', { ...chainOf(leaf()), 'leaf.pem': 'no certificate at all' }],
    ['CERTIFICATE_UNPARSABLE', { ...chainOf(leaf()), 'leaf.pem': Buffer.concat([leaf().der, Buffer.from([0])]).toString('latin1') }],
  ];
  test.each(faults)('%s', async (expected, files, ...args) => {
    const { code, answer } = await check(files, ...INTERMEDIATES, ...args);
    expect([code, answer.verdict]).toEqual([2, 'refuse']);
    expect(answer.findings.filter(({ severity }) => severity === 'refuse').map(({ code: found }) => found)).toContain(expected);
    for (const { rule } of answer.findings) expect(rule).toMatch(/^(RFC \d+, |our |the JDK)/);
  });

  test('an expired root, and a path that is too long', async () => {
    const old = makeAuthority('Old', { root: { notAfter: NOW - DAY } });
    const expired = await check(
      { 'leaf.pem': pemOf(old.leaf('a')), 'int.pem': pemOf(old.intermediate), 'root.pem': pemOf(old.root) },
      ...INTERMEDIATES,
    );
    expect([expired.code, expired.answer.findings.map(({ code }) => code)]).toEqual([2, ['CHAIN_ROOT_EXPIRED', 'RUNTIMES_DISAGREE']]);
    const deeper = makeCertificate({ name: 'Deeper', issuer: ours.intermediate, authority: true, keyUsage: 'certificates' });
    const long = await check(chainOf(below(deeper), deeper, ours.intermediate), ...INTERMEDIATES);
    expect([long.code, long.answer.findings.map(({ code }) => code)]).toEqual([2, ['CHAIN_PATH_TOO_LONG']]);
  });
});

test('--purpose server lets a server’s leaf pass; --at judges another moment', async () => {
  const server = await check(chainOf(leaf({ purposes: ['server'] })), ...INTERMEDIATES, '--purpose', 'server');
  const past = await check(chainOf(leaf({ notAfter: NOW - DAY })), ...INTERMEDIATES, '--at', new Date(NOW - 2 * DAY).toISOString());
  expect([server.code, past.code]).toEqual([0, 0]);
});

test('a root that is not self-signed, a leaf that is an authority, and one that is trusted itself, are told and accepted', async () => {
  const authority = await check(chainOf(leaf({ authority: true })), ...INTERMEDIATES);
  expect([authority.code, authority.answer.findings.map(({ code }) => code)]).toEqual([0, ['LEAF_IS_AUTHORITY']]);
  const pinned = await check({ 'leaf.pem': pemOf(leaf()), 'root.pem': pemOf(ours.intermediate) });
  expect([pinned.code, pinned.answer.findings.map(({ code }) => code)]).toEqual([0, ['CHAIN_ANCHOR_NOT_SELF_SIGNED', 'RUNTIMES_DISAGREE']]);
  const own = makeCertificate({ name: 'own', keyUsage: 'tls', purposes: ['server', 'client'], addresses: ['a.example'] });
  const self = await check({ 'leaf.pem': pemOf(own), 'root.pem': pemOf(own) });
  expect([self.code, self.answer.findings.map(({ code }) => code)]).toEqual([0, ['LEAF_IS_ANCHOR']]);
});

test.each([
  ['old.crl', 'new.crl'],
  ['new.crl', 'old.crl'],
])('--crls %s %s: the newer list revokes the leaf, whatever the order', async (...lists) => {
  const crl = (wish: ListWish): string => `-----BEGIN X509 CRL-----\n${makeListDer(wish).toString('base64')}\n-----END X509 CRL-----\n`;
  const files = {
    ...chainOf(leaf({ serial: Buffer.from([0x51]) })),
    'root.crl': crl({ issuer: ours.root }),
    'old.crl': crl({ issuer: ours.intermediate, thisUpdate: NOW - 2 * DAY }),
    'new.crl': crl({ issuer: ours.intermediate, revoked: [0x51] }),
  };
  const { code, answer } = await check(files, ...INTERMEDIATES, '--crls', 'root.crl', ...lists);
  expect([code, answer.findings.map(({ code: found }) => found)]).toEqual([2, ['LEAF_REVOKED']]);
  const older = await check(files, ...INTERMEDIATES, '--crls', 'root.crl', 'old.crl');
  expect([older.code, older.answer.findings]).toEqual([0, []]);
});

test.each([
  ['--name', 'node1.example', 'dns:host.example'],
  ['--purpose', 'peer', 'server, client, both'],
  ['--at', 'yesterday', '2026-11-24T03:00:00Z'],
])('%s %s is an error with the right form, exit 1', async (option, value, form) => {
  const { code, err } = await check(chainOf(leaf()), option, value);
  expect(code).toBe(1);
  expect(err).toContain(form);
});

describe('files that are none, by the real command', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'chain-'));
    writeFileSync(join(folder, 'good.pem'), pemOf(leaf(), ours.intermediate));
    writeFileSync(join(folder, 'root.pem'), pemOf(ours.root));
    writeFileSync(join(folder, 'empty.pem'), '');
    writeFileSync(join(folder, 'large.pem'), Buffer.alloc(10 * 1024 * 1024, 'A'));
    writeFileSync(join(folder, 'huge.pem'), Buffer.alloc(33 * 1024 * 1024));
    writeFileSync(join(folder, 'good.der'), leaf().der);
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling.pem'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const run = (leafFile: string) =>
    spawnSync(
      process.execPath,
      [
        join(import.meta.dirname, '../../cli/ringward.ts'),
        'check',
        'chain',
        '--leaf',
        join(folder, leafFile),
        '--roots',
        join(folder, 'root.pem'),
        '--at',
        new Date(NOW).toISOString(),
        '--json',
      ],
      { encoding: 'utf8', timeout: 20_000 },
    );

  test.each([
    ['good.pem', 0, /"accept"/],
    ['good.der', 2, /CHAIN_ISSUER_UNKNOWN/],
    ['large.pem', 2, /CERTIFICATE_UNPARSABLE/],
    ['empty.pem', 1, /empty.*--leaf/],
    ['huge.pem', 1, /bytes, more than/],
    ['.', 1, /it is a folder/],
    ['dangling.pem', 1, /no such file/],
    ['missing.pem', 1, /no such file/],
  ])('%s: exit %i', (file, exit, says) => {
    const { status, stdout, stderr } = run(file);
    expect([status, `${stdout}${stderr}`]).toEqual([exit, expect.stringMatching(says)]);
    if (exit === 1) expect(stdout).toBe('');
    else expect(JSON.parse(stdout)).toHaveProperty('verdict');
  });
});

describe('what client runtimes would say', () => {
  const spoken = ({ runtimes = [] }: Answer): string[] =>
    runtimes.map(({ runtime, version, verdict }) => `${runtime} ${version} ${verdict}`);
  const weakLeaf = () => chainOf(leaf({ keys: weak }));

  test('they disagree about a key of 1,024 bits: told in words, and the verdict is that of the engines', async () => {
    const { code, answer } = await check(weakLeaf(), ...INTERMEDIATES, '--runtimes', 'java,node,node@22');
    expect([code, answer.verdict, spoken(answer)]).toEqual([2, 'refuse', ['java 17 accept', 'node 24 refuse', 'node 22 accept']]);
    expect(answer.findings.map(({ code: found, severity }) => `${found} ${severity}`)).toEqual([
      'WEAK_KEY refuse',
      'RUNTIMES_DISAGREE notice',
    ]);
    expect(answer.findings[1]).toMatchObject({
      observed: 'node 24 would refuse it: RSA key of 1,024 bits (CN=10.0.1.7); java 17, node 22 would accept it',
    });
  });

  test('a chain that we accept and one runtime would not: a notice, and exit 0 as before', async () => {
    const { code, answer } = await check(chainOf(leaf({ identifiers: false })), ...INTERMEDIATES);
    expect([code, answer.verdict, answer.findings.map(({ code: found }) => found)]).toEqual([0, 'accept', ['RUNTIMES_DISAGREE']]);
    expect(spoken(answer).filter((one) => one.endsWith('refuse'))).toEqual(['python 3.13 refuse']);
  });

  test('all of one mind is no finding; a name is held against those whose drivers look at names', async () => {
    const alone = await check(weakLeaf(), ...INTERMEDIATES, '--runtimes', 'node,python');
    expect(alone.answer.findings.map(({ code }) => code)).toEqual(['WEAK_KEY']);
    const named = await check(chainOf(leaf()), ...INTERMEDIATES, '--name', 'ip:10.0.1.8', '--runtimes', 'openssl,go');
    expect(spoken(named.answer)).toEqual(['openssl 3.0 accept', 'go 1.26 refuse']);
    const none = await check(weakLeaf(), ...INTERMEDIATES, '--runtimes', 'none');
    expect([spoken(none.answer), none.code]).toEqual([[], 2]);
  });

  test('a runtime that is none ends 1 and says which there are', async () => {
    const { code, err } = await check(chainOf(leaf()), '--runtimes', 'java,perl');
    expect(code).toBe(1);
    expect(err).toMatch(/"perl" is no runtime.*java, openssl, python, node, go/s);
  });

  test('for people: one line', async () => {
    const world = new World();
    world.now = NOW;
    for (const [name, text] of Object.entries(weakLeaf())) world.files.set(name, text);
    await world.run(
      'check',
      'chain',
      '--leaf',
      'leaf.pem',
      '--roots',
      'root.pem',
      ...INTERMEDIATES,
      '--no-engines',
      '--runtimes',
      'java,node',
    );
    expect(world.out).toContain(
      'client runtimes, predicted: node 24 would refuse it: RSA key of 1,024 bits (CN=10.0.1.7); java 17 would accept it',
    );
  });
});
