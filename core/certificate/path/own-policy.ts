/** Our own policy beyond path validation: the profile of RFC 5280, 4.1 and 4.2, strengths of today, and the roles of a TLS leaf. */
import type { CertificateBody } from './certificate-body.ts';
import { basicConstraints, extendedKeyUsage, keyUsage } from './extensions.ts';
import { type ChainFinding, chainFinding } from './finding.ts';
import { describeKey, hashOf } from './signature.ts';
import { guarded, isSelfIssued } from './validate-path.ts';

export type Purpose = 'server' | 'client' | 'both';

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0';
/** CA/Browser Forum BR 6.1.5, and OpenSSL's security level 2. */
const LEAST_RSA_BITS = 2048;
const CURVES: ReadonlySet<string> = new Set([
  'prime256v1',
  'secp384r1',
  'secp521r1',
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
  'secp256k1',
]);
const HASHES: ReadonlySet<string> = new Set(['sha256', 'sha384', 'sha512', 'its own']);
const KEY_TYPES: ReadonlySet<string> = new Set(['rsa', 'rsa-pss', 'ec', 'ed25519', 'ed448']);
/** A leaf valid for longer than this is told; authorities live longer. */
const LONG_DAYS = 825;
const DAY_MS = 86_400_000;

/** `path` from the anchor to the leaf; a leaf alone where no path was found. */
export function ownPolicy(path: readonly CertificateBody[], purpose: Purpose): ChainFinding[] {
  const findings: ChainFinding[] = [];
  const leaf = path.at(-1);
  for (const [index, body] of path.entries()) {
    const isAnchor = index === 0 && path.length > 1;
    findings.push(...profile(body), ...strength(body, isAnchor || (isSelfIssued(body) && path.length === 1)));
    if (!isAnchor && body !== leaf) guarded(findings, body, () => findings.push(...purposeOf(body, purpose, false)));
  }
  if (leaf) findings.push(...ofLeaf(leaf, path, purpose));
  const [anchor] = path;
  if (anchor && path.length > 1 && !isSelfIssued(anchor))
    findings.push(
      chainFinding(
        'CHAIN_ANCHOR_NOT_SELF_SIGNED',
        anchor,
        'a self-signed root',
        `issued by ${anchor.issuer.text}`,
        'the JDK accepts it; OpenSSL only with -partial_chain',
      ),
    );
  return findings;
}

/** RFC 5280, 4.1.1.2, 4.1.2.1, 4.1.2.2, 4.1.2.5 and 4.2. */
function profile(body: CertificateBody): ChainFinding[] {
  const findings: ChainFinding[] = [];
  if (!body.algorithmsAgree)
    findings.push(chainFinding('CHAIN_ALGORITHMS_DIFFER', body, 'one signature algorithm inside and outside', 'two', 'RFC 5280, 4.1.1.2'));
  if (body.version !== 3 && body.extensions.size > 0)
    findings.push(
      chainFinding('CHAIN_VERSION_WRONG', body, 'version 3 where there are extensions', `version ${body.version}`, 'RFC 5280, 4.1.2.1'),
    );
  if (body.serial <= 0n || body.serialOctets > 20) {
    const observed = body.serialOctets > 20 ? `${body.serialOctets} octets` : body.serial.toString();
    findings.push(chainFinding('CHAIN_SERIAL_WRONG', body, 'a positive serial number of at most 20 octets', observed, 'RFC 5280, 4.1.2.2'));
  }
  if (body.notAfter < body.notBefore)
    findings.push(chainFinding('CHAIN_VALIDITY_REVERSED', body, 'an end after the beginning', 'the end comes first', 'RFC 5280, 4.1.2.5'));
  if (body.repeated.length > 0)
    findings.push(chainFinding('CHAIN_EXTENSION_REPEATED', body, 'each extension once', body.repeated.join(', '), 'RFC 5280, 4.2'));
  return findings;
}

/** An anchor is trusted for its key: who signed it does not matter, how strong the key is does. */
function strength(body: CertificateBody, isTrusted: boolean): ChainFinding[] {
  const findings: ChainFinding[] = [];
  const rule = 'our policy: OpenSSL’s security level 2';
  const key = describeKey(body.spki);
  const weak =
    !key || !KEY_TYPES.has(key.type) || (key.bits !== null && key.bits < LEAST_RSA_BITS) || (key.curve !== null && !CURVES.has(key.curve));
  if (weak) {
    const observed = key ? `${key.type} ${key.bits ?? key.curve ?? ''}`.trim() : 'a key that cannot be read';
    findings.push(
      chainFinding('WEAK_KEY', body, `RSA of at least ${LEAST_RSA_BITS} bits, or EC of at least 256, or EdDSA`, observed, rule),
    );
  }
  let hash: string | null = null;
  guarded(findings, body, () => {
    hash = hashOf(body.signatureAlgorithm);
  });
  if (!isTrusted && (hash === null || !HASHES.has(hash)))
    findings.push(chainFinding('WEAK_SIGNATURE', body, 'SHA-256 or better', hash ?? 'an unknown algorithm', rule));
  return findings;
}

function ofLeaf(leaf: CertificateBody, path: readonly CertificateBody[], purpose: Purpose): ChainFinding[] {
  const findings: ChainFinding[] = [];
  guarded(findings, leaf, () => {
    findings.push(...purposeOf(leaf, purpose, true));
    if (path.length === 1 && isSelfIssued(leaf)) {
      findings.push(
        chainFinding(
          'LEAF_IS_ANCHOR',
          leaf,
          'a leaf issued by an authority',
          'the leaf itself is trusted',
          'our policy: it cannot be replaced without changing every truststore',
        ),
      );
      return;
    }
    if (basicConstraints(leaf)?.authority)
      findings.push(
        chainFinding(
          'LEAF_IS_AUTHORITY',
          leaf,
          'a leaf that may not sign certificates',
          'CA true',
          'our policy: whoever takes this key from the node can issue certificates; RFC 5280, 6.1 accepts it',
        ),
      );
  });
  const days = (leaf.notAfter - leaf.notBefore) / DAY_MS;
  if (days > LONG_DAYS)
    findings.push(chainFinding('VALIDITY_LONG', leaf, `at most ${LONG_DAYS} days`, `${Math.ceil(days)} days`, 'our policy'));
  return findings;
}

/** Extended key usage binds the leaf, and where an authority has it, what is issued below too (as OpenSSL, the JDK and browsers have it). */
function purposeOf(body: CertificateBody, purpose: Purpose, isLeaf: boolean): ChainFinding[] {
  const findings: ChainFinding[] = [];
  const extended = extendedKeyUsage(body);
  const lacks = (id: string): boolean => extended !== null && !extended.includes(id) && !extended.includes(ANY_EXTENDED_KEY_USAGE);
  const observed = (extended ?? []).join(', ');
  if (purpose !== 'client' && lacks(SERVER_AUTH))
    findings.push(chainFinding('PURPOSE_LACKS_SERVER_AUTH', body, 'extended key usage with serverAuth', observed, 'RFC 5280, 4.2.1.12'));
  if (purpose !== 'server' && lacks(CLIENT_AUTH))
    findings.push(chainFinding('PURPOSE_LACKS_CLIENT_AUTH', body, 'extended key usage with clientAuth', observed, 'RFC 5280, 4.2.1.12'));
  const usage = keyUsage(body);
  // TLS 1.3 and every ECDHE suite sign (RFC 8446, 4.4.2.2); key transport alone is no longer enough.
  if (isLeaf && usage && !usage.includes('digitalSignature'))
    findings.push(
      chainFinding('PURPOSE_KEY_USAGE', body, 'key usage with digitalSignature', usage.join(', ') || 'none', 'RFC 8446, 4.4.2.2'),
    );
  return findings;
}
