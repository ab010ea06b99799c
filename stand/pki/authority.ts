/**
 * A certificate authority in a folder: a root and one intermediate that issues leaves, all EC P-256.
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
}

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
    return await issue(this.folder, 'intermediate', path, {
      commonName: leaf.commonName,
      notBefore: leaf.notBefore ?? new Date(Date.now() - 3_600_000),
      notAfter: leaf.notAfter ?? new Date(Date.now() + 90 * DAY_MS),
      extensions: [
        'basicConstraints = critical, CA:false',
        'keyUsage = critical, digitalSignature',
        'extendedKeyUsage = serverAuth, clientAuth',
        ...(names.length === 0 ? [] : [`subjectAltName = ${names.join(', ')}`]),
      ],
    });
  }
}

/** Makes the authority, or opens it when its folder is there: it is built aside and renamed, so a folder is a whole one. */
export async function openAuthority(folder: string, name: string): Promise<Authority> {
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
    extensions: certificateAuthority('CA:true'),
    selfSigned: true,
  });
  await issue(aside, 'root', join(aside, 'intermediate'), {
    commonName: `${name} Issuing`,
    ...dates(5),
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
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
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

/** `YYYYMMDDHHMMSSZ`, as `openssl ca` wants it. */
export function openSslDate(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}
