/** Ten thousand certificates with bytes changed, cut and added: never accepted, never a crash, never a hang. Seeded. */
import { expect, test } from 'vitest';
import { readCertificate } from '../../core/certificate/path/certificate-body.ts';
import { checkChain } from '../../core/certificate/path/check-chain.ts';
import { DerError } from '../../core/certificate/path/der-reader.ts';
import { readRevocationList } from '../../core/certificate/path/revocation-list.ts';
import { seededRandom } from '../../stand/random.ts';
import { makeAuthority, NOW } from '../fixtures/pki.ts';
import { loadPkits } from '../fixtures/pkits/vectors.ts';

function mutate(der: Buffer, random: () => number): Buffer {
  const bytes = Buffer.from(der);
  const at = () => Math.floor(random() * bytes.length);
  const kind = random();
  if (kind < 0.2) return bytes.subarray(0, at());
  if (kind < 0.3) return Buffer.concat([bytes, Buffer.from([Math.floor(random() * 256)])]);
  if (kind < 0.4) {
    const cut = at();
    return Buffer.concat([bytes.subarray(0, cut), bytes.subarray(cut + 1 + Math.floor(random() * 8))]);
  }
  for (let i = 0; i <= random() * 4; i += 1) bytes[at()] = Math.floor(random() * 256);
  return bytes;
}

const authority = makeAuthority('Mutated');
const leaf = authority.leaf('10.0.0.1');
const roots = [readCertificate(authority.root.der)];
const accepts = (leafDer: Buffer, intermediateDer: Buffer): boolean => {
  try {
    const intermediates = [readCertificate(intermediateDer)];
    return checkChain({ leaf: readCertificate(leafDer), intermediates, roots, at: NOW }).verdict === 'accept';
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
};

test('10,000 mutated certificates: none is accepted', { timeout: 120_000 }, () => {
  const random = seededRandom(20_261_124);
  expect(accepts(leaf.der, authority.intermediate.der)).toBe(true);
  let changed = 0;
  for (let i = 0; i < 10_000; i += 1) {
    const [der, of] = i % 2 === 0 ? [leaf.der, 'leaf'] : [authority.intermediate.der, 'intermediate'];
    const mutated = mutate(der, random);
    if (mutated.equals(der)) continue;
    changed += 1;
    const accepted = of === 'leaf' ? accepts(mutated, authority.intermediate.der) : accepts(leaf.der, mutated);
    if (accepted) expect.fail(`accepted, mutation ${i}: ${mutated.toString('base64')}`);
  }
  expect(changed).toBeGreaterThan(9900);
});

test('2,000 mutated revocation lists: only our own errors', () => {
  const random = seededRandom(7);
  const { lists } = loadPkits();
  const whole = lists.slice(0, 20).map(({ tbs }) => Buffer.from(tbs));
  for (let i = 0; i < 2000; i += 1) {
    const mutated = mutate(whole[i % whole.length] as Buffer, random);
    try {
      readRevocationList(mutated);
    } catch (error) {
      expect(error).toBeInstanceOf(DerError);
    }
  }
});

test('a pool of cross-signed authorities ends the search, and is refused', () => {
  const names = Array.from({ length: 12 }, (_, i) => makeAuthority(`Cross ${i}`).root);
  const pool = names.flatMap((issuer) => names.map((subject) => ({ issuer, subject })));
  const crossed = pool.map(({ issuer, subject }) => ({
    ...readCertificate(subject.der),
    issuer: readCertificate(issuer.der).subject,
    fingerprint: `${issuer.sha256}${subject.sha256}`,
  }));
  const start = performance.now();
  const stray = { ...readCertificate(leaf.der), issuer: readCertificate((names[0] as { der: Buffer }).der).subject };
  expect(checkChain({ leaf: stray, intermediates: crossed, roots, at: NOW }).findings[0]?.code).toBe('CHAIN_TOO_COMPLEX');
  expect(performance.now() - start).toBeLessThan(10_000);
});
