/**
 * What each client runtime refuses. Measured with real handshakes: JDK 17.0.15, OpenSSL 3.0.19 at security level 2, Python 3.11.7,
 * Node.js 24 (OpenSSL 3.5.8) and Go 1.26.8; `test/fixtures/runtimes` holds the recording and the programs that dialled. Python 3.13
 * was measured as Python 3.11 with the flags that 3.13 sets by its documentation (ssl.create_default_context: VERIFY_X509_STRICT,
 * VERIFY_X509_PARTIAL_CHAIN), Node before 24 as Node 24 at security level 1, the default there. A row from documentation says so.
 */
import type { RuntimeName } from './runtime.ts';

/** Always, or before or since a version; a runtime that is not named accepts. */
export type Refuses = true | { readonly before: string } | { readonly since: string };

export interface Row {
  /** A runtime is not mentioned where it accepts. */
  readonly refuses: Readonly<Partial<Record<RuntimeName, Refuses>>>;
  /** Is it about the name that is dialled, which not every client looks at? */
  readonly ofNames?: true;
  /** Where the row comes from, beside the measurement. */
  readonly source: string;
}

const everyone = { java: true, openssl: true, python: true, node: true, go: true } as const;
const openssls = { openssl: true, python: true, node: true } as const;
const strict = { python: { since: '3.13' } } as const;
const rfc = (section: string): string => `RFC 5280, ${section}`;
const define = <T extends Readonly<Record<string, Row>>>(rows: T): T => rows;

export const RUNTIME_TABLE = define({
  'no-path': { refuses: everyone, source: rfc('6.1') },
  'signature-wrong': { refuses: everyone, source: rfc('6.1.3 (a)(1)') },
  'leaf-expired': { refuses: everyone, source: rfc('6.1.3 (a)(2)') },
  'leaf-not-yet-valid': { refuses: everyone, source: rfc('6.1.3 (a)(2)') },
  'authority-expired': { refuses: everyone, source: rfc('6.1.3 (a)(2)') },
  'authority-not-yet-valid': { refuses: everyone, source: rfc('6.1.3 (a)(2)') },
  'not-an-authority': { refuses: everyone, source: `${rfc('6.1.4 (k)')}; the JDK looks at the anchor too (jdk.security.allowNonCaAnchor)` },
  'authority-may-not-sign': { refuses: everyone, source: rfc('6.1.4 (n)') },
  'path-too-long': { refuses: everyone, source: rfc('6.1.4 (l)') },
  'anchor-path-too-long': {
    refuses: { ...openssls, go: true },
    source: `${rfc('6.1')}: an anchor is a name and a key, and PKIX takes no more of it`,
  },
  'name-constraint-broken': { refuses: everyone, source: rfc('6.1.3 (b), (c)') },
  'critical-extension-unknown': { refuses: everyone, source: rfc('4.2') },
  'extension-malformed': { refuses: everyone, source: rfc('4.2') },
  'extension-repeated': { refuses: { java: true, go: true }, source: rfc('4.2') },
  'serial-negative': {
    refuses: { go: { since: '1.23' } },
    source: `${rfc('4.1.2.2')}; Go 1.23 release notes, crypto/x509 (documentation)`,
  },
  'anchor-expired': { refuses: { ...openssls, go: true }, source: `${rfc('6.1')}: PKIX does not look at an anchor’s validity` },
  'anchor-not-yet-valid': { refuses: { ...openssls, go: true }, source: `${rfc('6.1')}: PKIX does not look at an anchor’s validity` },
  'anchor-not-self-signed': {
    refuses: { openssl: true, node: true, python: { before: '3.13' } },
    source: 'X509_V_FLAG_PARTIAL_CHAIN: off by default; Python 3.13, ssl.create_default_context sets it',
  },
  'sha1-signature': {
    refuses: { ...openssls, go: { since: '1.18' } },
    source:
      'the JDK refuses SHA-1 below its own authorities alone (jdk.certpath.disabledAlgorithms, jdkCA); Go 1.18 release notes (documentation)',
  },
  'md5-signature': { refuses: everyone, source: 'jdk.certpath.disabledAlgorithms; SSL_CTX_set_security_level(3)' },
  'rsa-below-2048': {
    refuses: { openssl: true, python: { since: '3.10' }, node: { since: '24' } },
    source: 'security level 2: Python from 3.10 and Node.js from 24 on (release notes, documentation)',
  },
  'rsa-below-1024': {
    refuses: { ...openssls, java: true, go: { since: '1.24' } },
    source: 'jdk.certpath.disabledAlgorithms; Go 1.24 release notes, crypto/rsa (documentation)',
  },
  'ed25519-key': { refuses: { java: { before: '15' } }, source: 'JEP 339: EdDSA came with JDK 15 (documentation)' },
  'curve-not-negotiable': { refuses: everyone, source: 'RFC 8446, 4.2.3 has no signature scheme for it' },
  'leaf-lacks-server-auth': { refuses: everyone, source: rfc('4.2.1.12') },
  'authority-lacks-server-auth': { refuses: { ...openssls, go: true }, source: 'the JDK looks at the leaf’s alone' },
  'leaf-may-not-sign': { refuses: { java: true }, source: 'RFC 8446, 4.4.2.2' },
  'leaf-usage-not-for-tls': { refuses: openssls, source: 'X509_check_purpose(3): one of digitalSignature, keyEncipherment, keyAgreement' },
  'name-not-covered': { refuses: everyone, ofNames: true, source: 'RFC 9525, 6' },
  'common-name-only': { refuses: { go: { since: '1.17' } }, ofNames: true, source: 'Go 1.17 release notes, crypto/x509 (documentation)' },
  'partial-wildcard': {
    refuses: { python: true, go: true },
    ofNames: true,
    source: 'X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, which Python sets',
  },
  'key-identifier-missing': { refuses: strict, source: `${rfc('4.2.1.1, 4.2.1.2')}; VERIFY_X509_STRICT` },
  'constraints-not-critical': { refuses: strict, source: `${rfc('4.2.1.9')}; VERIFY_X509_STRICT` },
  'authority-key-usage-missing': { refuses: strict, source: `${rfc('4.2.1.3')}; VERIFY_X509_STRICT` },
  'leaf-signs-certificates': { refuses: strict, source: `${rfc('4.2.1.9')}; VERIFY_X509_STRICT` },
});

export type FaultName = keyof typeof RUNTIME_TABLE;
