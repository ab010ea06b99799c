/** What is trusted itself is judged too: a leaf that is its own anchor, and the names that an anchor allows. */
import { describe, expect, test } from 'vitest';
import { readCertificate } from '../../../core/certificate/path/certificate-body.ts';
import { checkChain } from '../../../core/certificate/path/check-chain.ts';
import type { RevocationList } from '../../../core/certificate/path/revocation-list.ts';
import { type CertificateWish, DAY, type Made, makeAuthority, makeCertificate, NOW, permitting } from '../../fixtures/pki.ts';
import { makeList } from '../../fixtures/revocation-lists.ts';

const SERIAL = 0x51;
const authority = makeAuthority('Anchors');
const own = (wish: Partial<CertificateWish> = {}): Made =>
  makeCertificate({ name: 'node1.example', keyUsage: 'tls', purposes: ['server', 'client'], addresses: ['node1.example'], ...wish });
const issued = (wish: Partial<CertificateWish> = {}): Made => authority.leaf('node1.example', wish);
const unknown = { more: [{ id: '1.2.3.4', critical: true, value: Buffer.from([5, 0]) }] };

function judge(leaf: Made, roots: readonly Made[], lists: readonly RevocationList[] | null = null): readonly string[] {
  const { verdict, findings } = checkChain({
    leaf: readCertificate(leaf.der),
    intermediates: [readCertificate(authority.intermediate.der)],
    roots: roots.map(({ der }) => readCertificate(der)),
    at: NOW,
    lists,
  });
  return [verdict, ...findings.filter(({ severity }) => severity === 'refuse').map(({ code }) => code)];
}

describe.each([
  ['self-signed', own],
  ['issued by an authority', issued],
] as const)('a pinned leaf, %s', (_, make) => {
  const pinned = (wish: Partial<CertificateWish> = {}): readonly string[] => {
    const leaf = make(wish);
    return judge(leaf, [leaf]);
  };
  test('is accepted while nothing is wrong with it', () => {
    expect(pinned()).toEqual(['accept']);
  });
  test('is refused once it has expired, before it is valid, and with a critical extension that nobody understands', () => {
    expect(pinned({ notAfter: NOW - DAY })).toEqual(['refuse', 'LEAF_EXPIRED']);
    expect(pinned({ notBefore: NOW + DAY })).toEqual(['refuse', 'LEAF_NOT_YET_VALID']);
    expect(pinned(unknown)).toEqual(['refuse', 'CHAIN_CRITICAL_EXTENSION_UNKNOWN']);
  });
});

describe('revocation of a pinned leaf', () => {
  const leaf = issued({ serial: Buffer.from([SERIAL]) });
  const ofIntermediate = (...revoked: readonly number[]): RevocationList => makeList({ issuer: authority.intermediate, revoked });
  test('revoked by a list of its authority', () => {
    expect(judge(leaf, [leaf, authority.intermediate], [ofIntermediate(SERIAL)])).toEqual(['refuse', 'LEAF_REVOKED']);
  });
  test('on no list of its authority: accepted', () => {
    expect(judge(leaf, [leaf, authority.intermediate], [ofIntermediate()])).toEqual(['accept']);
    expect(judge(leaf, [leaf, authority.root], [ofIntermediate(), makeList({ issuer: authority.root })])).toEqual(['accept']);
  });
  test('a list whose signer leads to no authority here proves nothing', () => {
    expect(judge(leaf, [leaf], [ofIntermediate()])).toEqual(['refuse', 'REVOCATION_UNKNOWN']);
  });
  test('a self-signed one that revokes itself', () => {
    const itself = own({ serial: Buffer.from([SERIAL]), keyUsage: 'none' });
    expect(judge(itself, [itself], [makeList({ issuer: itself, revoked: [SERIAL] })])).toEqual(['refuse', 'LEAF_REVOKED']);
    expect(judge(itself, [itself], [makeList({ issuer: itself })])).toEqual(['accept']);
  });
});

describe('an anchor', () => {
  const below = (root: Made, host: string): Made =>
    makeCertificate({ name: host, issuer: root, keyUsage: 'tls', purposes: ['server', 'client'], addresses: [host] });
  const anchor = (wish: Partial<CertificateWish>): Made =>
    makeCertificate({ name: 'Bound Root', authority: true, keyUsage: 'certificates', ...wish });
  test('that permits some names alone binds what is below it', () => {
    const root = anchor({ more: [permitting('good.example')] });
    expect(judge(below(root, 'node1.evil.example'), [root])).toEqual(['refuse', 'CHAIN_NAME_CONSTRAINT_BROKEN']);
    expect(judge(below(root, 'node1.good.example'), [root])).toEqual(['accept']);
  });
  test('whose name constraints cannot be read is refused', () => {
    const root = anchor({ more: [{ id: '2.5.29.30', critical: true, value: Buffer.from([0x30, 1]) }] });
    expect(judge(below(root, 'node1.example'), [root])).toEqual(['refuse', 'CHAIN_EXTENSION_MALFORMED']);
  });
  test('with a critical extension that nobody understands is refused, as by OpenSSL', () => {
    const root = anchor(unknown);
    expect(judge(below(root, 'node1.example'), [root])).toEqual(['refuse', 'CHAIN_CRITICAL_EXTENSION_UNKNOWN']);
  });
});
