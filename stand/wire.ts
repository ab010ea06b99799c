/**
 * What a TLS port serves, seen by `openssl s_client`: a witness that shares no code with the product.
 */
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { clientIdentity } from './pki/material.ts';

/** A port as seen from outside. */
export interface Served {
  readonly address: string;
  readonly port: number;
  /** Leaf, `SHA256:hex`; null when no certificate came. */
  readonly leaf: string | null;
  /** Number of certificates that the server sent. */
  readonly chainLength: number;
  /** openssl's verdict on the chain against the ring's root: `ok`, or its reason. */
  readonly verification: string;
  /** Could the port be reached and did the handshake end, our certificate included? */
  readonly handshake: boolean;
  /** Alert or connection error, when there was one. */
  readonly error?: string;
}

/** Shakes hands with `address:port` as the client `identity` of the stand's PKI. A refusal is a result; only a missing openssl throws. */
export async function served(address: string, port: number, pki: string, identity = 'client'): Promise<Served> {
  const { key, certificate, intermediate, trust } = clientIdentity(pki, identity);
  const args = [
    's_client',
    '-connect',
    `${address}:${port}`,
    '-cert',
    certificate,
    '-key',
    key,
    '-cert_chain',
    intermediate,
    '-CAfile',
    trust,
    '-showcerts',
  ];
  const { output, problem } = await run(args);
  const certificates = output.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const leaf = certificates[0];
  const alert = /(?:(?:tlsv1|sslv3) alert [a-z ]+|Connection refused|Connection reset by peer|errno=\d+)/.exec(output)?.[0] ?? problem;
  return {
    address,
    port,
    leaf: leaf ? fingerprint(leaf) : null,
    chainLength: certificates.length,
    verification: (leaf && /Verify return code: \d+ \((.*)\)/.exec(output)?.[1]) || 'no certificate',
    handshake: /^New, TLS/m.test(output) && alert === undefined,
    ...(alert === undefined ? {} : { error: alert }),
  };
}

/** `SHA256:hex` of a PEM certificate. */
export function fingerprint(pem: string): string {
  return `SHA256:${new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase()}`;
}

const LINGER_MS = 150;

async function run(args: string[]): Promise<{ output: string; problem: string | undefined }> {
  return await new Promise((resolve, reject) => {
    const child = execFile('openssl', args, { timeout: 5000 }, (error, stdout, stderr) => {
      if ((error as NodeJS.ErrnoException | null)?.code === 'ENOENT') reject(new Error('openssl is not on the PATH → install OpenSSL 3'));
      else resolve({ output: `${stdout}\n${stderr}`, problem: error?.killed ? 'no answer within 5 s' : undefined });
    });
    // Standard input stays open for a moment after the handshake, so that a server's late refusal (TLS 1.3) is still read.
    child.stdout?.on('data', function handshakeEnds(text: string) {
      if (!text.includes('Verify return code')) return;
      child.stdout?.off('data', handshakeEnds);
      setTimeout(() => child.stdin?.end(), LINGER_MS);
    });
    child.stdin?.on('error', () => {});
  });
}
