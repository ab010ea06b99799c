/** Which of several revocation lists speaks: never the first by accident. */
import { describe, expect, test } from 'vitest';
import { readCertificate } from '../../../core/certificate/path/certificate-body.ts';
import { checkChain } from '../../../core/certificate/path/check-chain.ts';
import type { RevocationList } from '../../../core/certificate/path/revocation-list.ts';
import { DAY, makeAuthority, NOW } from '../../fixtures/pki.ts';
import { type ListWish, makeList } from '../../fixtures/revocation-lists.ts';

const SERIAL = 0x51;
const { root, intermediate, leaf } = makeAuthority('Lists');
const node = leaf('node1.example', { serial: Buffer.from([SERIAL]) });
const ofRoot = makeList({ issuer: root });
const list = (wish: Partial<ListWish> = {}): RevocationList => makeList({ issuer: intermediate, ...wish });

function judge(...lists: readonly RevocationList[]): readonly string[] {
  const { verdict, findings } = checkChain({
    leaf: readCertificate(node.der),
    intermediates: [readCertificate(intermediate.der)],
    roots: [readCertificate(root.der)],
    at: NOW,
    lists: [ofRoot, ...lists],
  });
  return [verdict, ...findings.map(({ code }) => code)];
}

const older = { thisUpdate: NOW - 5 * DAY };
const cases: readonly [string, readonly RevocationList[], readonly string[]][] = [
  ['the newer revokes, by its time', [list(older), list({ revoked: [SERIAL] })], ['refuse', 'LEAF_REVOKED']],
  ['the newer revokes, by its number', [list({ number: 1 }), list({ number: 2, revoked: [SERIAL] })], ['refuse', 'LEAF_REVOKED']],
  ['the newer takes it off hold', [list({ ...older, number: 1, revoked: [SERIAL] }), list({ number: 2 })], ['accept']],
  [
    'time and number contradict each other, and the newer revokes',
    [list({ ...older, number: 9 }), list({ number: 1, revoked: [SERIAL] })],
    ['refuse', 'LEAF_REVOKED'],
  ],
  [
    'time and number contradict each other, and the older revokes',
    [list({ ...older, number: 9, revoked: [SERIAL] }), list({ number: 1 })],
    ['refuse', 'LEAF_REVOKED'],
  ],
  [
    'the newer is signed by a stranger, and does not count',
    [list({ ...older, revoked: [SERIAL] }), list({ signer: makeAuthority('Stranger').root })],
    ['refuse', 'LEAF_REVOKED'],
  ],
  [
    'the newer has ended',
    [list({ revoked: [SERIAL] }), list({ thisUpdate: NOW - DAY + 1000, nextUpdate: NOW - 1 })],
    ['refuse', 'LEAF_REVOKED'],
  ],
  [
    'a delta of the older goes on to the newer',
    [list({ ...older, number: 1 }), list({ number: 2 }), list({ number: 3, base: 1, revoked: [SERIAL] })],
    ['refuse', 'LEAF_REVOKED'],
  ],
  ['a delta takes it off hold', [list({ number: 2, revoked: [SERIAL] }), list({ number: 3, base: 2, free: [SERIAL] })], ['accept']],
];

describe('of several current lists of one issuer, in either order', () => {
  test.each(cases)('%s', (_, lists, expected) => {
    expect(judge(...lists)).toEqual(expected);
    expect(judge(...lists.toReversed())).toEqual(expected);
  });
});
