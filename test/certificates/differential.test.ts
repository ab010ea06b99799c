/** Our engine beside openssl's on generated chains: where openssl refuses, so do we; the good ones both accept. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCertificate } from '../../core/certificate/path/certificate-body.ts';
import { checkChain } from '../../core/certificate/path/check-chain.ts';
import { type CertificateWish, DAY, type Made, makeCertificate, pemOf, permitting } from '../fixtures/pki.ts';

const NOW = Date.now();
const recent = { notBefore: NOW - DAY, notAfter: NOW + 90 * DAY };
const host = (n: number): string => `node${n}.example`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'differential-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Bent {
  readonly root?: Partial<CertificateWish>;
  readonly middle?: Partial<CertificateWish>;
  readonly lower?: Partial<CertificateWish>;
  readonly leaf?: Partial<CertificateWish>;
  readonly signedByOther?: boolean;
}

const expired = { notAfter: NOW - 1000 };
const early = { notBefore: NOW + DAY };
/** Nothing bent first: good chains of every depth. */
const BENT: readonly Bent[] = [
  {},
  { leaf: expired },
  { leaf: early },
  { middle: expired },
  { middle: early },
  { root: expired },
  { middle: { authority: false } },
  { middle: { keyUsage: 'tls' } },
  { middle: { pathLength: 0 } },
  { root: { pathLength: 0 } },
  { root: { more: [permitting('other.example')] } },
  { root: { more: [permitting('example')] } },
  { root: { more: [{ id: '1.2.3.4', critical: true, value: Buffer.from([5, 0]) }] } },
  { middle: { more: [permitting('other.example')] } },
  { middle: { more: [permitting('example')] } },
  { leaf: { more: [{ id: '1.2.3.4', critical: true, value: Buffer.from([5, 0]) }] } },
  { lower: { more: [{ id: '1.2.3.4', critical: true, value: Buffer.from([5, 0]) }] } },
  { signedByOther: true },
  { leaf: { purposes: ['client'] } },
];

test.each<[string, Partial<CertificateWish>, boolean]>([
  ['good', {}, true],
  ['expired', expired, false],
  ['not yet valid', early, false],
  ['with an unknown critical extension', { more: [{ id: '1.2.3.4', critical: true, value: Buffer.from([5, 0]) }] }, false],
])('a pinned leaf, %s', (_, bent, expected) => {
  const leaf = makeCertificate({ name: 'pin', keyUsage: 'tls', purposes: ['server', 'client'], addresses: [host(0)], ...recent, ...bent });
  const body = readCertificate(leaf.der);
  const { verdict } = checkChain({ leaf: body, intermediates: [], roots: [body], at: NOW, purpose: 'server' });
  expect([verdict === 'accept', opensslAccepts(leaf, [], leaf)]).toEqual([expected, expected]);
});

test('300 chains of one to three authorities, good and bent in one place', () => {
  const disagreed: string[] = [];
  let accepted = 0;
  let refused = 0;
  for (let i = 0; i < 300; i += 1) {
    const bent = BENT[i % BENT.length] as Bent;
    const depth = 1 + (Math.floor(i / BENT.length) % 3);
    const authority = { authority: true, keyUsage: 'certificates', ...recent } as const;
    const root = makeCertificate({ name: `Root ${i}`, ...authority, ...bent.root });
    const chain: Made[] = [];
    let issuer = root;
    for (let level = 1; level < depth; level += 1) {
      issuer = makeCertificate({ name: `Level ${level} of ${i}`, issuer, ...authority, ...(level === 1 ? bent.middle : bent.lower) });
      chain.unshift(issuer);
    }
    const signer = bent.signedByOther ? makeCertificate({ name: issuer.name, ...authority }) : issuer;
    const leaf = makeCertificate({
      name: host(i),
      issuer: signer,
      keyUsage: 'tls',
      purposes: ['server', 'client'],
      addresses: [host(i)],
      ...recent,
      ...bent.leaf,
    });
    const theirs = opensslAccepts(leaf, chain, root);
    const ours = checkChain({
      leaf: readCertificate(leaf.der),
      intermediates: chain.map(({ der }) => readCertificate(der)),
      roots: [readCertificate(root.der)],
      at: NOW,
      purpose: 'server',
    });
    if (ours.verdict === 'accept') accepted += 1;
    else refused += 1;
    if ((ours.verdict === 'accept') !== theirs)
      disagreed.push(`${i} ${JSON.stringify(bent)} at depth ${depth}: we ${ours.verdict}, openssl ${theirs}`);
  }
  expect(disagreed).toEqual([]);
  // Neither side is the answer to everything.
  expect([accepted > 60, refused > 120]).toEqual([true, true]);
});

function opensslAccepts(leaf: Made, chain: readonly Made[], root: Made): boolean {
  const file = (name: string, ...made: readonly Made[]): string => {
    const path = join(folder, name);
    writeFileSync(path, pemOf(...made));
    return path;
  };
  const untrusted = chain.length > 0 ? ['-untrusted', file('chain.pem', ...chain)] : [];
  const args = [
    'verify',
    '-auth_level',
    '2',
    '-purpose',
    'sslserver',
    '-CAfile',
    file('root.pem', root),
    ...untrusted,
    file('leaf.pem', leaf),
  ];
  const { status, error } = spawnSync('openssl', args, { encoding: 'utf8', timeout: 10_000 });
  if (error) throw error;
  return status === 0;
}
