/**
 * A certificate authority in a folder: a root and one intermediate that issues leaves, all EC P-256 unless a leaf asks for more.
 *
 * `openssl ca` is used rather than `openssl x509 -req`, since before OpenSSL 3.4 it alone can set both dates,
 * which expired and not-yet-valid leaves need.
 */

import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openssl } from './openssl.ts';

const DAY_MS = 86_400_000;

/** Files of one issued identity. */
export interface Identity {
  /** Private key, PKCS #8 PEM, mode 0600. */
  readonly key: string;
  /** Leaf certificate, PEM. */
  readonly certificate: string;
}

/** What a leaf should say. Dates default to "an hour ago" and "in 90 days". */
export interface LeafRequest {
  readonly commonName: string;
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** By default both: nodes are server and client to each other. */
  readonly purposes?: readonly ('serverAuth' | 'clientAuth')[];
  /** By default `ec`: P-256. */
  readonly key?: KeyKind;
  /** By default `sha256`. */
  readonly digest?: 'sha256' | 'sha1';
  /** By default the intermediate. */
  readonly issuer?: 'root' | 'intermediate';
}

/** Kinds of key, and openssl's words for making one. */
const KEYS = {
  ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'ec-384': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  rsa: ['rsa:2048'],
  'rsa-3072': ['rsa:3072'],
  'rsa-1024': ['rsa:1024'],
  ed25519: ['ed25519'],
} as const;
export type KeyKind = keyof typeof KEYS;

/** A root and its intermediate. */
export class Authority {
  readonly folder: string;
  constructor(folder: string) {
    this.folder = folder;
  }

  /** Root certificate: what truststores hold. */
  get root(): string {
    return join(this.folder, 'root.pem');
  }

  /** Intermediate certificate: what servers send after their leaf. */
  get intermediate(): string {
    return join(this.folder, 'intermediate.pem');
  }

  /** Issues a leaf for servers and clients alike, as Cassandra nodes are both to each other. `path` is without an ending. */
  async issue(path: string, leaf: LeafRequest): Promise<Identity> {
    const names = [...(leaf.dns ?? []).map((name) => `DNS:${name}`), ...(leaf.ip ?? []).map((address) => `IP:${address}`)];
    return await issue(this.folder, leaf.issuer ?? 'intermediate', path, {
      key: leaf.key ?? 'ec',
      digest: leaf.digest ?? 'sha256',
      commonName: leaf.commonName,
      notBefore: leaf.notBefore ?? new Date(Date.now() - 3_600_000),
      notAfter: leaf.notAfter ?? new Date(Date.now() + 90 * DAY_MS),
      extensions: [
        'basicConstraints = critical, CA:false',
        'keyUsage = critical, digitalSignature',
        `extendedKeyUsage = ${(leaf.purposes ?? ['serverAuth', 'clientAuth']).join(', ')}`,
        ...(names.length === 0 ? [] : [`subjectAltName = ${names.join(', ')}`]),
      ],
    });
  }
}

/** Ends of validity that differ from ten years for the root and five for the intermediate. */
export interface AuthorityDates {
  readonly rootUntil?: Date;
  readonly intermediateUntil?: Date;
}

/** Makes the authority, or opens it when its folder is there: it is built aside and renamed, so a folder is a whole one. */
export async function openAuthority(folder: string, name: string, until: AuthorityDates = {}): Promise<Authority> {
  const authority = new Authority(folder);
  if (existsSync(folder)) return authority;
  const aside = `${folder}.making`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true, mode: 0o700 });
  // Made a year ago, so that a leaf which has expired since was issued by an authority that existed.
  const dates = (years: number) => ({
    notBefore: new Date(Date.now() - 365 * DAY_MS),
    notAfter: new Date(Date.now() + years * 365 * DAY_MS),
  });
  const certificateAuthority = (constraint: string) => [
    `basicConstraints = critical, ${constraint}`,
    'keyUsage = critical, keyCertSign, cRLSign',
  ];
  await issue(aside, 'root', join(aside, 'root'), {
    commonName: `${name} Root`,
    ...dates(10),
    ...(until.rootUntil && { notAfter: until.rootUntil }),
    extensions: certificateAuthority('CA:true'),
    selfSigned: true,
  });
  await issue(aside, 'root', join(aside, 'intermediate'), {
    commonName: `${name} Issuing`,
    ...dates(5),
    ...(until.intermediateUntil && { notAfter: until.intermediateUntil }),
    extensions: certificateAuthority('CA:true, pathlen:0'),
  });
  await rename(aside, folder);
  return authority;
}

interface Certificate {
  readonly commonName: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly string[];
  readonly selfSigned?: boolean;
  readonly key?: KeyKind;
  readonly digest?: string;
}

/** Makes a key and has `issuer` (`root` or `intermediate` in `authority`) sign a certificate for it. */
async function issue(authority: string, issuer: 'root' | 'intermediate', path: string, certificate: Certificate): Promise<Identity> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const key = `${path}.key`;
  const pem = `${path}.pem`;
  const scratch = `${path}.request`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { mode: 0o700 });
  const config = join(scratch, 'ca.cnf');
  await writeFile(config, configuration(certificate, scratch));
  await writeFile(join(scratch, 'index.txt'), '');
  // openssl writes a new key with mode 0600 by itself.
  await openssl([
    'req',
    '-new',
    '-config',
    config,
    '-newkey',
    ...KEYS[certificate.key ?? 'ec'],
    '-noenc',
    '-keyout',
    key,
    '-out',
    join(scratch, 'request.pem'),
  ]);
  const signer = certificate.selfSigned
    ? ['-selfsign', '-keyfile', key]
    : ['-cert', join(authority, `${issuer}.pem`), '-keyfile', join(authority, `${issuer}.key`)];
  await openssl([
    'ca',
    '-batch',
    '-notext',
    ...(certificate.key === 'ed25519' ? [] : ['-md', certificate.digest ?? 'sha256']),
    '-config',
    config,
    '-extensions',
    'certificate',
    ...signer,
    '-startdate',
    openSslDate(certificate.notBefore),
    '-enddate',
    openSslDate(certificate.notAfter),
    '-in',
    join(scratch, 'request.pem'),
    '-out',
    pem,
  ]);
  await rm(scratch, { recursive: true });
  return { key, certificate: pem };
}

function configuration(certificate: Certificate, scratch: string): string {
  return [
    '[ca]',
    'default_ca = stand',
    '[stand]',
    `database = ${join(scratch, 'index.txt')}`,
    `new_certs_dir = ${scratch}`,
    'rand_serial = yes',
    'default_md = sha256',
    'policy = names',
    'unique_subject = no',
    '[names]',
    'organizationName = supplied',
    'commonName = supplied',
    '[req]',
    'prompt = no',
    'distinguished_name = subject',
    'default_md = sha256',
    '[subject]',
    'organizationName = Ringward stand',
    `commonName = ${certificate.commonName}`,
    '[certificate]',
    ...certificate.extensions,
    'subjectKeyIdentifier = hash',
    ...(certificate.selfSigned ? [] : ['authorityKeyIdentifier = keyid']),
    '',
  ].join('\n');
}

/** A revocation list of the intermediate (RFC 5280, 5) that names the given certificates, in PEM. */
export async function revocationList(authority: Authority, certificates: readonly string[]): Promise<string> {
  const scratch = join(authority.folder, 'revocation.request');
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { mode: 0o700 });
  const config = join(scratch, 'ca.cnf');
  const nothing = { commonName: 'none', notBefore: new Date(), notAfter: new Date(), extensions: [] };
  await writeFile(config, configuration(nothing, scratch));
  await writeFile(join(scratch, 'index.txt'), '');
  const signer = [
    '-config',
    config,
    '-cert',
    authority.intermediate,
    '-keyfile',
    join(authority.folder, 'intermediate.key'),
    '-md',
    'sha256',
  ];
  for (const certificate of certificates) await openssl(['ca', '-revoke', certificate, '-crl_reason', 'keyCompromise', ...signer]);
  const list = await openssl(['ca', '-gencrl', '-crldays', '30', ...signer]);
  await rm(scratch, { recursive: true });
  return list;
}

/** `YYYYMMDDHHMMSSZ`, as `openssl ca` wants it. */
export function openSslDate(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}
