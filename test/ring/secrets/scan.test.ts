/** The scanner itself: it finds what it should in every form and nesting, and nothing in what is only alike. */
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Scanner, secretOfKey, secretOfText } from './scan.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const scalar = Buffer.from(privateKey.export({ format: 'jwk' }).d as string, 'base64url');
const pem = String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
const scan = (content: Buffer | string) => new Scanner([secretOfKey('key', privateKey)]).scan(content);

/** A zip of one member, made by hand as any writer would: local header, deflated bytes. */
function zipOf(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt16LE(8, 8);
  header.writeUInt32LE(packed.length, 18);
  header.writeUInt32LE(content.length, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), packed]);
}

describe('a private key is found', () => {
  const json = JSON.stringify({ key: pem });
  const cases: [string, Buffer | string][] = [
    ['raw', Buffer.concat([randomBytes(7), scalar, randomBytes(9)])],
    ['as hex', `priv ${scalar.toString('hex')}.`],
    ['as HEX', scalar.toString('hex').toUpperCase()],
    ['as openssl prints it', (scalar.toString('hex').match(/../g) as string[]).join(':').replaceAll(/(.{45})/g, '$1\n    ')],
    ...[0, 1, 2, 3, 4].map((before): [string, string] => [
      `in base64 after ${before} bytes`,
      Buffer.concat([randomBytes(before), scalar, randomBytes(5)]).toString('base64'),
    ]),
    ...[0, 1, 2].map((before): [string, string] => [
      `in base64url after ${before} bytes`,
      Buffer.concat([randomBytes(before), scalar, randomBytes(5)]).toString('base64url'),
    ]),
    ['as PEM', pem],
    ['as PEM in JSON in JSON', JSON.stringify({ output: JSON.stringify({ inner: json }) })],
    [
      'in base64 of 20 columns',
      Buffer.concat([randomBytes(3), scalar])
        .toString('base64')
        .replaceAll(/(.{20})/g, '$1\r\n'),
    ],
    ['in gzip', Buffer.concat([randomBytes(11), gzipSync(json), randomBytes(4)])],
    ['in gzip that was cut off', gzipSync(Buffer.concat([scalar, randomBytes(5000)])).subarray(0, 3000)],
    ['in zlib', deflateSync(json)],
    ['in a zip', zipOf('node.pem', Buffer.from(pem))],
    [
      'in base64url of a request in base64 of a gzip',
      gzipSync(Buffer.from(JSON.stringify({ Request: Buffer.from(json).toString('base64url') }))).toString('base64'),
    ],
    ['in a zip in a zip in base64', zipOf('a.zip', zipOf('b', scalar)).toString('base64')],
  ];
  test.each(cases)('%s', (_form, content) => {
    expect(scan(content).map(({ secret }) => secret)).toContain('key');
  });
});

test('each number of an RSA key counts', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const { d, p, q, n } = rsa.export({ format: 'jwk' });
  const scanner = new Scanner([secretOfKey('rsa', rsa)]);
  for (const number of [d, p, q]) expect(scanner.scan(`x${number}x`).length, 'a secret number').toBeGreaterThan(0);
  expect(scanner.scan(`x${n}x`), 'the modulus is public').toEqual([]);
});

test('public keys, certificates’ hashes and other keys are not found', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const open = [privateKey, other].map((key) => JSON.stringify({ ...key.export({ format: 'jwk' }), d: undefined }));
  expect(scan(open.join('\n') + String(other.export({ format: 'pem', type: 'pkcs8' })))).toEqual([]);
  expect(scan(gzipSync(randomBytes(10_000)))).toEqual([]);
  expect(createPrivateKey(pem).equals(privateKey)).toBe(true);
});

test('a password is found, and one too short to be told from chance is refused', () => {
  const password = randomBytes(18).toString('base64url');
  const scanner = new Scanner([secretOfText('password', password)]);
  expect(scanner.scan(Buffer.from(`keystore_password: ${password}\n`).toString('base64'))).not.toEqual([]);
  expect(() => new Scanner([secretOfText('short', 'changeit')])).toThrow(/fewer than 12/);
});
