/** Files of certificates: what is taken out of them, what is said of the rest, and that no file takes long. */
import { expect, test } from 'vitest';
import { readCertificates, readLists } from '../../../core/certificate/path/read-files.ts';
import { makeAuthority } from '../../fixtures/pki.ts';

const { root, intermediate } = makeAuthority('Files');
const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';
const block = (base64: string): string => `${BEGIN}\n${base64}\n${END}\n`;
const read = (text: string) => {
  const { found, unreadable } = readCertificates(Buffer.from(text));
  return { found: found.map(({ subject }) => subject.text), unreadable };
};
const [top, middle] = ['CN=Files Root', 'CN=Files Intermediate'];

test('blocks with anything around them, and other blocks between', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
  expect(read(`subject: a\n${block(root.base64)}${key}then\n${block(intermediate.base64)}`)).toEqual({
    found: [top, middle],
    unreadable: [],
  });
});

test('a block that begins inside another: the outer one has no end, the inner one is read', () => {
  expect(read(`${BEGIN}\n${root.base64}\n${block(intermediate.base64)}`)).toEqual({
    found: [middle],
    unreadable: ['the block CERTIFICATE has no end before another begins'],
  });
  const key = `-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`;
  expect(read(`${BEGIN}\n${root.base64}\n${key}${END}\n`).found).toEqual([]);
});

test('a block without an end, and one that is not base64', () => {
  expect(read(`${block(root.base64)}${BEGIN}\n${root.base64}`)).toEqual({ found: [top], unreadable: ['the block CERTIFICATE has no end'] });
  expect(read(block('a?b='))).toEqual({ found: [], unreadable: ['the block CERTIFICATE is not base64'] });
  expect(readLists(Buffer.from(`-----BEGIN X509 CRL-----\n`)).unreadable).toEqual(['the block X509 CRL has no end']);
});

test.each([
  ['BEGINs alone', `${BEGIN}\n`.repeat(200_000)],
  ['4,000 BEGINs, then 3 MB', `${BEGIN}\n`.repeat(4000) + 'A'.repeat(3_000_000)],
  ['4,000 BEGINs, then 3 MB, then one END', `${`${BEGIN}\n`.repeat(4000) + 'A'.repeat(3_000_000)}\n${END}`],
  ['BEGINs without a label', '-----BEGIN '.repeat(400_000)],
  ['20,000 blocks of nothing', block('AAAA').repeat(20_000)],
])('%s: told in few words, within 4 s', (_, text) => {
  const begin = performance.now();
  const { found, unreadable } = read(text);
  expect(performance.now() - begin).toBeLessThan(4000);
  expect(found).toEqual([]);
  expect(unreadable.length).toBeLessThanOrEqual(2);
});
