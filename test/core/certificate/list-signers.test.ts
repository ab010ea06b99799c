/** Signers of revocation lists: who is trusted, and that a tangle of them ends in a refusal instead of never. */
import { expect, test } from 'vitest';
import { readCertificate } from '../../../core/certificate/path/certificate-body.ts';
import { type ChainVerdict, checkChain } from '../../../core/certificate/path/check-chain.ts';
import { type CertificateWish, type Made, makeAuthority, makeCertificate, NOW } from '../../fixtures/pki.ts';
import { type ListWish, makeList } from '../../fixtures/revocation-lists.ts';

const { root } = makeAuthority('Signers');
const LEAF = 0x11;
const leaf = makeCertificate({
  name: 'node1.example',
  issuer: root,
  serial: Buffer.from([LEAF]),
  keyUsage: 'tls',
  purposes: ['server', 'client'],
  addresses: ['node1.example'],
});
/** Under the authority's own name, with a key of its own for lists. */
const signer = (serial: number, wish: Partial<CertificateWish> = {}): Made =>
  makeCertificate({ name: root.name, issuer: root, serial: Buffer.from([serial]), keyUsage: 'certificates', authority: true, ...wish });

function judge(signers: readonly Made[], ...wishes: readonly Partial<ListWish>[]): ChainVerdict {
  return checkChain({
    leaf: readCertificate(leaf.der),
    intermediates: signers.map(({ der }) => readCertificate(der)),
    roots: [readCertificate(root.der)],
    at: NOW,
    lists: wishes.map((wish) => makeList({ issuer: root, ...wish })),
  });
}
const codes = ({ verdict, findings }: ChainVerdict): readonly string[] => [verdict, ...findings.map(({ code }) => code)];

test('a list of another key of the authority counts, unless that key is revoked, or not issued by it', () => {
  const other = signer(0x21);
  expect(codes(judge([other], { signer: other }))).toEqual(['accept']);
  expect(codes(judge([other], { signer: other, revoked: [LEAF] }))).toEqual(['refuse', 'LEAF_REVOKED']);
  expect(codes(judge([other], { signer: other, revoked: [0x21] }))).toEqual(['refuse', 'REVOCATION_UNKNOWN']);
  const stray = signer(0x22, { issuer: makeAuthority('Signers').root });
  expect(codes(judge([stray], { signer: stray }))).toEqual(['refuse', 'REVOCATION_UNKNOWN']);
});

test('two keys, of which one speaks well of the other and the other revokes it', () => {
  const [one, two] = [signer(0x21), signer(0x22)];
  const lists = [
    { signer: one, revoked: [0x22] },
    { signer: two, number: 1 },
  ];
  expect(codes(judge([one, two], ...lists))[0]).toBe('accept');
  expect(codes(judge([one, two], ...lists.toReversed()))[0]).toBe('accept');
});

test.each([6, 10, 14])('%i keys under one name that all revoke each other: refused within 8 s', (count) => {
  const serials = Array.from({ length: count }, (_, i) => 0x21 + i);
  const signers = serials.map((serial) => signer(serial));
  const begin = performance.now();
  const verdict = judge(signers, ...signers.map((one) => ({ signer: one, revoked: serials })));
  expect(performance.now() - begin).toBeLessThan(8000);
  expect(codes(verdict)).toEqual(['refuse', 'REVOCATION_UNKNOWN']);
});

test('a tangle too large to be looked through is told as one', () => {
  const serials = Array.from({ length: 40 }, (_, i) => 0x21 + i);
  const signers = serials.map((serial) => signer(serial));
  const { findings } = judge(signers, ...signers.map((one, i) => ({ signer: one, number: i, thisUpdate: NOW - 1000 * (i + 1) })));
  expect(findings[0]?.observed).toMatch(/^given up after [\d,]+ steps: too many certificates may have signed its lists/);
});
