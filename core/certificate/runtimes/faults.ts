/** What runtimes may refuse in one path, whoever it is that refuses; the table says who does. */
import { addressBytes, coversHost } from '../host-and-address.ts';
import type { CertificateBody } from '../path/certificate-body.ts';
import { DerError } from '../path/der-reader.ts';
import type { DialledName } from '../path/dialled-name.ts';
import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  OID,
  subjectAltNames,
  subjectKeyIdentifier,
} from '../path/extensions.ts';
import type { ChainCode } from '../path/finding.ts';
import { ANY_POLICIES } from '../path/policies.ts';
import { describeKey, hashOf } from '../path/signature.ts';
import { isSelfIssued, validatePath } from '../path/validate-path.ts';
import type { FaultName } from './table.ts';

export interface Fault {
  readonly name: FaultName;
  /** Such as `RSA key of 1,024 bits (CN=node1)`. */
  readonly words: string;
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const ANY_USAGE = '2.5.29.37.0';
/** Curves that have a signature scheme in RFC 8446, 4.2.3. */
const NEGOTIABLE: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** What path validation finds, in the table's terms; what is judged more finely below is left out. */
const OF_VALIDATION: Readonly<Partial<Record<ChainCode, readonly [FaultName, string]>>> = {
  CHAIN_SIGNATURE_WRONG: ['signature-wrong', 'not signed with the key of its issuer'],
  LEAF_EXPIRED: ['leaf-expired', 'the leaf has expired'],
  LEAF_NOT_YET_VALID: ['leaf-not-yet-valid', 'the leaf is not valid yet'],
  CHAIN_INTERMEDIATE_EXPIRED: ['authority-expired', 'an authority has expired'],
  CHAIN_INTERMEDIATE_NOT_YET_VALID: ['authority-not-yet-valid', 'an authority is not valid yet'],
  CHAIN_ROOT_EXPIRED: ['anchor-expired', 'the trusted authority has expired'],
  CHAIN_ROOT_NOT_YET_VALID: ['anchor-not-yet-valid', 'the trusted authority is not valid yet'],
  CHAIN_NOT_AN_AUTHORITY: ['not-an-authority', 'its issuer may not sign certificates'],
  CHAIN_KEY_USAGE_FORBIDS_SIGNING: ['authority-may-not-sign', 'its issuer’s key usage forbids signing certificates'],
  CHAIN_NAME_CONSTRAINT_BROKEN: ['name-constraint-broken', 'a name that an authority above does not allow'],
  CHAIN_EXTENSION_MALFORMED: ['extension-malformed', 'an extension that cannot be read'],
  CHAIN_CRITICAL_EXTENSION_UNKNOWN: ['critical-extension-unknown', 'an unknown critical extension'],
};

/** `path` from the anchor to the leaf; a leaf alone where there is no path. `at` in ms. */
export function faultsOf(path: readonly CertificateBody[], at: number): Fault[] {
  const leaf = path.at(-1);
  if (!leaf) return [];
  const [anchor] = path;
  const authorities = path.slice(0, -1);
  const found: Fault[] = validatePath(path, at, ANY_POLICIES).flatMap(({ code, certificate }) => {
    const [name, words] = OF_VALIDATION[code] ?? [];
    return name && words ? [{ name, words: `${words} (${certificate?.subject ?? 'the chain'})` }] : [];
  });
  const tell = (name: FaultName, words: string, body: CertificateBody): void => {
    found.push({ name, words: `${words} (${body.subject.text || 'no subject'})` });
  };
  for (const [index, body] of path.entries())
    readable(() => {
      const isAnchor = index === 0;
      keys(body, body === leaf, tell);
      if (!isAnchor) signature(body, tell);
      if (body.repeated.length > 0) tell('extension-repeated', 'an extension stands there twice', body);
      if (body.serial < 0n) tell('serial-negative', 'a negative serial number', body);
      strictness(body, isAnchor, tell);
      if (body !== leaf && lacksServerAuth(body))
        tell('authority-lacks-server-auth', 'an authority’s extended key usage without serverAuth', body);
    });
  if (anchor && authorities.length > 0 && !isSelfIssued(anchor))
    tell('anchor-not-self-signed', 'the trusted authority is no self-signed root', anchor);
  readable(() => lengths(authorities, tell));
  readable(() => {
    if (lacksServerAuth(leaf)) tell('leaf-lacks-server-auth', 'extended key usage without serverAuth', leaf);
    const usage = keyUsage(leaf);
    if (usage && !usage.includes('digitalSignature')) tell('leaf-may-not-sign', 'key usage without digitalSignature', leaf);
    if (usage && !usage.some((one) => one === 'digitalSignature' || one === 'keyEncipherment' || one === 'keyAgreement'))
      tell('leaf-usage-not-for-tls', 'key usage for neither signing nor exchanging keys', leaf);
    if (usage?.includes('keyCertSign') && !basicConstraints(leaf)?.authority)
      tell('leaf-signs-certificates', 'key usage with keyCertSign on what is no authority', leaf);
  });
  return found;
}

type Tell = (name: FaultName, words: string, body: CertificateBody) => void;

function keys(body: CertificateBody, isLeaf: boolean, tell: Tell): void {
  const key = describeKey(body.spki);
  const bits = key?.bits ?? null;
  const words = `${key?.type === 'rsa' ? 'RSA' : key?.type} key of ${bits?.toLocaleString('en')} bits`;
  if (bits !== null && bits < 2048) tell('rsa-below-2048', words, body);
  if (bits !== null && bits < 1024) tell('rsa-below-1024', words, body);
  if (key?.type === 'ed25519' || key?.type === 'ed448') tell('ed25519-key', `an ${key.type} key`, body);
  if (isLeaf && key?.curve && !NEGOTIABLE.has(key.curve)) tell('curve-not-negotiable', `a key on the curve ${key.curve}`, body);
}

function signature(body: CertificateBody, tell: Tell): void {
  const hash = hashOf(body.signatureAlgorithm);
  if (hash === 'sha1') tell('sha1-signature', 'signed with SHA-1', body);
  if (hash === 'md5') tell('md5-signature', 'signed with MD5', body);
}

/** What OpenSSL’s X509_V_FLAG_X509_STRICT asks for (`check_extensions` of its x509_vfy.c). */
function strictness(body: CertificateBody, isAnchor: boolean, tell: Tell): void {
  const isAuthority = basicConstraints(body)?.authority === true;
  if (isAuthority && body.extensions.get(OID.basicConstraints)?.critical === false)
    tell('constraints-not-critical', 'basic constraints that are not critical', body);
  if (isAuthority && keyUsage(body) === null) tell('authority-key-usage-missing', 'an authority without key usage', body);
  if (body.version !== 3) return;
  if (!isAnchor && authorityKeyIdentifier(body) === null) tell('key-identifier-missing', 'no identifier of its authority’s key', body);
  if (isAuthority && subjectKeyIdentifier(body) === null) tell('key-identifier-missing', 'an authority without key identifier', body);
}

/** The lengths that intermediates allow bind everybody; the anchor’s own does not bind PKIX. */
function lengths(authorities: readonly CertificateBody[], tell: Tell): void {
  for (const [index, body] of authorities.entries()) {
    const allowed = basicConstraints(body)?.pathLength ?? Number.POSITIVE_INFINITY;
    const below = authorities.slice(index + 1).filter((one) => !isSelfIssued(one)).length;
    if (below > allowed)
      tell(index === 0 ? 'anchor-path-too-long' : 'path-too-long', `at most ${allowed} authorities below it, and there are ${below}`, body);
  }
}

function lacksServerAuth(body: CertificateBody): boolean {
  const usage = extendedKeyUsage(body);
  return usage !== null && !usage.includes(SERVER_AUTH) && !usage.includes(ANY_USAGE);
}

/** How the leaf fails to bear a name that is dialled; null where it bears it plainly. */
export function nameFault(leaf: CertificateBody, { form, value }: DialledName): Fault | null {
  const host = value.toLowerCase().replace(/\.$/, '');
  let fault: Fault | null = { name: 'name-not-covered', words: `no name for ${value}` };
  readable(() => {
    const names = subjectAltNames(leaf);
    const wanted = form === 'ip' ? addressBytes(value) : null;
    if (wanted && names.some((one) => one.form === 'ip' && Buffer.compare(one.value, wanted) === 0)) fault = null;
    if (form === 'ip') return;
    const hosts = names.flatMap((one) => (one.form === 'dns' ? [one.value.toLowerCase()] : []));
    const common = /(?:^|, ?)CN=([^,]+)/.exec(leaf.subject.text)?.[1]?.toLowerCase();
    if (hosts.some((one) => coversHost(one, host))) fault = null;
    else if (hosts.some((one) => coversPartly(one, host)))
      fault = { name: 'partial-wildcard', words: `only a wildcard for a part of a label covers ${value}` };
    else if (hosts.length === 0 && common !== undefined && coversHost(common, host))
      fault = { name: 'common-name-only', words: `only the common name says ${value}` };
  });
  return fault;
}

/** `node*.example` for `node1.example`: RFC 6125 let clients choose, RFC 9525 forbids it. */
function coversPartly(pattern: string, host: string): boolean {
  const [first = '', ...rest] = pattern.split('.');
  const [label = '', ...domain] = host.split('.');
  const [before, after, more] = first.split('*');
  if (before === undefined || after === undefined || more !== undefined || rest.join('.') !== domain.join('.')) return false;
  return label.length >= before.length + after.length && label.startsWith(before) && label.endsWith(after);
}

/** An extension that cannot be read says nothing here: our own validation refuses the certificate for it. */
function readable(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
  }
}
