import { describe, expect, test } from 'vitest';
import { judgeChain } from '../../../core/certificate/chain.ts';
import { allowsPurpose, CLIENT_AUTH, parseCertificate, SERVER_AUTH, tryParseCertificate } from '../../../core/certificate/parse.ts';
import { DAY, type Made, makeAuthority, makeCertificate, NOW } from '../../fixtures/pki.ts';

const read = (...made: readonly Made[]) => made.map(({ base64 }) => parseCertificate(base64));
const good = makeAuthority('Good');
const leaf = good.leaf('10.0.0.1');
const evil = makeAuthority('Evil');
/** Another authority that bears the same names. */
const impostor = makeAuthority('Good');

const judge = (presented: readonly Made[], anchors: readonly Made[] = [good.root], known: readonly Made[] = []) =>
  judgeChain(read(...presented), read(...anchors), NOW, read(...known));
const codes = (judgement: ReturnType<typeof judge>) => judgement.problems.map(({ code }) => code);

test('reads what a certificate says', () => {
  const [certificate] = read(leaf);
  expect(certificate).toMatchObject({
    sha256: leaf.sha256,
    fingerprint: `SHA256:${leaf.sha256}`,
    subject: 'CN=10.0.0.1',
    issuer: 'CN=Good Intermediate',
    notBefore: NOW - 30 * DAY,
    notAfter: NOW + 365 * DAY,
    subjectAlternativeNames: ['IP Address:10.0.0.1'],
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: [SERVER_AUTH, CLIENT_AUTH],
    authority: false,
    pathLength: null,
    keyType: 'ec',
    signatureOid: '1.2.840.10045.4.3.2',
  });
  expect(read(good.intermediate)[0]).toMatchObject({
    authority: true,
    pathLength: 0,
    keyUsage: ['keyCertSign', 'cRLSign'],
    extendedKeyUsage: null,
  });
  expect(tryParseCertificate('bm90IGEgY2VydGlmaWNhdGU=')).toBeNull();
});

test('extended key usage: absent allows all, present only what it names', () => {
  const [serverOnly] = read(good.leaf('a', { purposes: ['server'] }));
  const [any] = read(good.root);
  expect(serverOnly && [allowsPurpose(serverOnly, SERVER_AUTH), allowsPurpose(serverOnly, CLIENT_AUTH)]).toEqual([true, false]);
  expect(any && allowsPurpose(any, CLIENT_AUTH)).toBe(true);
});

describe('accepts', () => {
  test.each([
    ['leaf and intermediate', [leaf, good.intermediate], [good.root]],
    ['the root sent along', [leaf, good.intermediate, good.root], [good.root]],
    ['an intermediate as the anchor', [leaf], [good.intermediate]],
    ['several anchors, the right one among them', [leaf, good.intermediate], [evil.root, impostor.root, good.root]],
    ['the leaf itself as the anchor', [leaf], [leaf]],
  ])('%s', (_, presented, anchors) => {
    expect(judge(presented, anchors)).toMatchObject({ trusted: true, problems: [] });
  });

  test('a cross-signed intermediate when one of its two paths has expired', () => {
    const keys = { publicKey: good.intermediate.publicKey, privateKey: good.intermediate.privateKey };
    const old = makeCertificate({
      name: 'Good Intermediate',
      issuer: good.root,
      authority: true,
      keyUsage: 'certificates',
      keys,
      notAfter: NOW - DAY,
    });
    expect(judge([leaf, old, good.intermediate])).toMatchObject({ trusted: true });
  });
});

describe('says what is wrong', () => {
  const expiredIntermediate = makeAuthority('Late', { intermediate: { notAfter: NOW - DAY } });
  const earlyIntermediate = makeAuthority('Early', { intermediate: { notBefore: NOW + DAY } });
  const expiredRoot = makeAuthority('Old', { root: { notAfter: NOW - DAY } });
  const notAnAuthority = makeAuthority('Plain', { intermediate: { authority: false } });
  const noSigning = makeAuthority('Mute', { intermediate: { keyUsage: 'tls' } });
  const below = makeCertificate({ name: 'Below', issuer: good.intermediate, authority: true, keyUsage: 'certificates' });
  const chainOf = (authority: typeof good) => [authority.leaf('x'), authority.intermediate];
  const forged = good.leaf('x', { issuer: evil.intermediate, issuerName: 'Good Intermediate' });

  test.each<[string, readonly Made[], readonly Made[], readonly Made[], readonly string[]]>([
    ['nothing presented', [], [good.root], [], ['CHAIN_EMPTY']],
    ['a missing intermediate that is known from elsewhere', [leaf], [good.root], [good.intermediate], ['CHAIN_INTERMEDIATE_MISSING']],
    ['a missing intermediate that nobody knows', [leaf], [good.root], [], ['CHAIN_ISSUER_UNKNOWN']],
    ['another authority', [evil.leaf('x'), evil.intermediate], [good.root], [good.intermediate], ['CHAIN_ISSUER_UNKNOWN']],
    ['another authority with its root', [evil.leaf('x'), evil.intermediate, evil.root], [good.root], [], ['CHAIN_ISSUER_UNKNOWN']],
    [
      'an authority of the same name with another key',
      [impostor.leaf('x'), impostor.intermediate],
      [good.root],
      [],
      ['CHAIN_SAME_NAME_OTHER_KEY'],
    ],
    ['a leaf that claims the intermediate', [forged, good.intermediate], [good.root], [], ['CHAIN_SAME_NAME_OTHER_KEY']],
    ['the leaf not first', [good.intermediate, leaf], [good.root], [], ['CHAIN_LEAF_NOT_FIRST', 'CHAIN_WRONG_ORDER']],
    ['an expired leaf', [good.leaf('x', { notAfter: NOW - 1000 }), good.intermediate], [good.root], [], ['LEAF_EXPIRED']],
    ['a leaf of tomorrow', [good.leaf('x', { notBefore: NOW + 1000 }), good.intermediate], [good.root], [], ['LEAF_NOT_YET_VALID']],
    ['an expired intermediate', chainOf(expiredIntermediate), [expiredIntermediate.root], [], ['CHAIN_INTERMEDIATE_EXPIRED']],
    ['an intermediate of tomorrow', chainOf(earlyIntermediate), [earlyIntermediate.root], [], ['CHAIN_INTERMEDIATE_NOT_YET_VALID']],
    ['an intermediate that is no authority', chainOf(notAnAuthority), [notAnAuthority.root], [], ['CHAIN_NOT_AN_AUTHORITY']],
    ['an intermediate that may not sign', chainOf(noSigning), [noSigning.root], [], ['CHAIN_NOT_AN_AUTHORITY']],
    [
      'more authorities than the path length allows',
      [good.leaf('x', { issuer: below }), below, good.intermediate],
      [good.root],
      [],
      ['CHAIN_PATH_TOO_LONG'],
    ],
    ['an empty truststore', [leaf, good.intermediate], [], [], ['CHAIN_ISSUER_UNKNOWN']],
  ])('%s', (_, presented, anchors, known, expected) => {
    const judgement = judge(presented, anchors, known);
    expect(judgement.trusted).toBe(false);
    expect(codes(judgement)).toEqual(expected);
  });

  test('an expired root is told, yet no proof: JSSE accepts it as an anchor', () => {
    const judgement = judge(chainOf(expiredRoot), [expiredRoot.root]);
    expect([judgement.trusted, codes(judgement)]).toEqual([true, ['CHAIN_ROOT_EXPIRED']]);
  });

  test('intermediates out of order are told', () => {
    const upper = makeCertificate({ name: 'Upper', issuer: good.root, authority: true, keyUsage: 'certificates' });
    const lower = makeCertificate({ name: 'Lower', issuer: upper, authority: true, keyUsage: 'certificates' });
    expect(codes(judge([good.leaf('x', { issuer: lower }), upper, lower]))).toEqual(['CHAIN_WRONG_ORDER']);
  });
});
