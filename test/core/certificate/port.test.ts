/** What one port shows: its leaf must bear the name that was dialled, by the same rule as everywhere. */
import { expect, test } from 'vitest';
import { parseCertificate } from '../../../core/certificate/parse.ts';
import { judgePort } from '../../../core/certificate/port.ts';
import { byHash, type Made, makeAuthority, NOW, seq, tlv } from '../../fixtures/pki.ts';

const authority = makeAuthority('Ports');
const alternativeNames = (...names: readonly Buffer[]) => [{ id: '2.5.29.17', critical: false, value: seq(...names) }];
const dns = (host: string): Buffer => tlv(0x82, Buffer.from(host));
const address = (...octets: readonly number[]): Buffer => tlv(0x87, Buffer.from(octets));
const SIX = [0x20, 0x01, 0x0d, 0xb8, ...Array.from({ length: 11 }, () => 0), 7];

function judge(dialled: string, ...names: readonly Buffer[]) {
  const leaf: Made = authority.leaf('node', { addresses: [], more: alternativeNames(...names) });
  const chain = [leaf, authority.intermediate];
  return judgePort(
    { listener: 'client', address: dialled, port: 9042, handshake: 'complete', read: 'answered', chain: chain.map(({ sha256 }) => sha256) },
    byHash(...chain),
    [parseCertificate(authority.root.base64)],
    { at: NOW, expiryNoticeSeconds: 0, withIdentity: true },
  );
}

test.each([
  ['10.0.0.1', address(10, 0, 0, 1)],
  ['node1.example', dns('node1.example')],
  ['Node1.Example', dns('node1.EXAMPLE')],
  ['node1.ring.example', dns('*.ring.example')],
  ['2001:db8::7', address(...SIX)],
  ['2001:0DB8:0:0:0:0:0:7', address(...SIX)],
])('%s is covered, and the port is good', (dialled, name) => {
  expect(judge(dialled, name)).toMatchObject({ outcome: 'good', nameCovers: true, problems: [] });
});

test.each([
  ['an address that stands there as a DNS name', '10.0.0.1', dns('10.0.0.1')],
  ['a wildcard for a whole top-level domain', 'example.com', dns('*.com')],
  ['a wildcard for two labels', 'a.b.ring.example', dns('*.ring.example')],
  ['another address of six', '2001:db8::8', address(...SIX)],
])('%s does not cover, and is told', (_, dialled, name) => {
  const { outcome, nameCovers, problems } = judge(dialled, name);
  expect([outcome, nameCovers, problems]).toEqual(['attention', false, [expect.stringContaining(`the leaf does not name ${dialled}`)]]);
});
