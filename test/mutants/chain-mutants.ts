/** Mutants of path validation, of what differs between nodes, and of the causes that a person is told. */
import type { Mutant } from './mutant.ts';

const CHAIN = 'test/cli/check-chain.test.ts';
const PKITS = 'test/certificates/pkits.test.ts';
const MODES = 'test/core/verify/failure-modes.test.ts';
const DEFAULTS = 'default settings: 0 false accepts, and no false refusal but those named';

export const chainMutants: readonly Mutant[] = [
  {
    name: 'engine-refusal',
    breaks: 'a chain that the clients’ engine refuses is accepted, as we find nothing wrong with it',
    file: 'core/certificate/path/engines.ts',
    find: "verdict: accepted && refusing.length === 0 ? 'accept' : 'refuse',",
    replace: 'verdict: ours.verdict,',
    test: {
      file: 'test/cli/chain-engines.test.ts',
      title: 'a JVM that forbids the key: refused, although we and OpenSSL accept, since its clients would not connect',
    },
  },
  {
    name: 'engine-acceptance',
    breaks: 'nobody is told that an engine accepts what we refuse',
    file: 'core/certificate/path/engines.ts',
    find: "engines.filter(({ verdict }) => verdict === 'accept');",
    replace: 'engines.slice(0, 0);',
    test: {
      file: 'test/cli/chain-engines.test.ts',
      title: 'a serial number of 30 octets: both engines accept it, we refuse it, and that is told',
    },
  },
  {
    name: 'chain-signature',
    breaks: 'a certificate that another key signed is accepted',
    file: 'core/certificate/path/validate-path.ts',
    find: 'if (!isSignedWith(body, key))',
    replace: 'if (!isSignedWith(body, key) && index < 0)',
    test: { file: CHAIN, title: 'CHAIN_SIGNATURE_WRONG' },
  },
  {
    name: 'chain-authority',
    breaks: 'a certificate without CA true signs others',
    file: 'core/certificate/path/validate-path.ts',
    find: 'if (!basic?.authority || body.version !== 3)',
    replace: 'if (!basic || body.version !== 3)',
    test: { file: CHAIN, title: 'CHAIN_NOT_AN_AUTHORITY' },
  },
  {
    name: 'chain-path-length',
    breaks: 'a path length does not bind',
    file: 'core/certificate/path/validate-path.ts',
    find: 'mayFollow -= 1;',
    replace: 'mayFollow -= 0;',
    test: { file: PKITS, title: DEFAULTS },
  },
  {
    name: 'chain-critical-extension',
    breaks: 'a critical extension that nobody understands is passed over',
    file: 'core/certificate/path/extensions.ts',
    find: 'critical && !UNDERSTOOD.has(id)',
    replace: 'critical && UNDERSTOOD.has(id) && !UNDERSTOOD.has(id)',
    test: { file: CHAIN, title: 'CHAIN_CRITICAL_EXTENSION_UNKNOWN' },
  },
  {
    name: 'chain-name-constraints',
    breaks: 'an excluded name passes',
    file: 'core/certificate/path/name-constraints.ts',
    find: 'const inside = excluded.filter(same)',
    replace: 'const inside = permitted.slice(0, 0).filter(same)',
    test: { file: PKITS, title: DEFAULTS },
  },
  {
    name: 'chain-policy',
    breaks: 'a required policy may be missing',
    file: 'core/certificate/path/policies.ts',
    find: 'return explicit > 0 || acceptable(',
    replace: 'return explicit >= 0 || acceptable(',
    test: { file: PKITS, title: DEFAULTS },
  },
  {
    name: 'list-signer',
    breaks: 'a revocation list counts although nobody who may has signed it',
    file: 'core/certificate/path/revocation.ts',
    find: "return isTrusted(list, trustedSigner) ? null : 'is signed by nobody who may sign it';",
    replace: "return isTrusted(list, () => true) ? null : 'is signed by nobody who may sign it';",
    test: { file: PKITS, title: DEFAULTS },
  },
  {
    name: 'list-missing',
    breaks: 'a certificate without any list counts as not revoked',
    file: 'core/certificate/path/revocation.ts',
    find: "if (isCovered(covered)) return { status: 'good' };",
    replace: "if (covered.size >= 0) return { status: 'good' };",
    test: { file: PKITS, title: DEFAULTS },
  },
  {
    name: 'list-older',
    breaks: 'an older list that knows nothing of a revocation is taken for the newer one that does',
    file: 'core/certificate/path/revocation.ts',
    find: '!usable.some((other) => supersedes(other, one))',
    replace: '!usable.some((other) => supersedes(one, other))',
    test: { file: 'test/core/certificate/revocation.test.ts', title: 'the newer revokes, by its number' },
  },
  {
    name: 'der-shortest',
    breaks: 'bytes after the end of a certificate are passed over',
    file: 'core/certificate/path/der-reader.ts',
    find: 'if (value.whole.length !== bytes.length)',
    replace: 'if (value.whole.length > bytes.length)',
    test: { file: CHAIN, title: 'CERTIFICATE_UNPARSABLE' },
  },
  {
    name: 'trust-differs',
    breaks: 'a node whose authority no other node trusts passes, as old links still stand',
    file: 'core/verify/checks/trust-between-nodes.ts',
    find: 'if (mostOf(refusedBy) && trusts(observation, observation)) {',
    replace: 'if (mostOf(refusedBy) && !trusts(observation, observation)) {',
    test: { file: MODES, title: '2: TRUST_DIFFERS_BETWEEN_NODES on that node alone, and nothing else' },
  },
  {
    name: 'symptom-as-cause',
    breaks: 'what other nodes see of a fault is named as a cause of its own',
    file: 'core/verify/causes.ts',
    find: 'const kept = perNode.filter(({ code }) => isCause(code) || ',
    replace: 'const kept = perNode.filter(({ code }) => code !== "" || ',
    test: { file: MODES, title: '3: LEAF_EXPIRED on that node alone, and nothing else' },
  },
  {
    name: 'service-may-not-read',
    breaks: 'a keystore that Cassandra may not read passes while the old one is still served',
    file: 'core/verify/checks/file-permissions.ts',
    find: 'if (file.readableByService === false) {',
    replace: 'if (file.readableByService === undefined) {',
    test: { file: MODES, title: '15: FILE_NOT_READABLE_BY_SERVICE on that node alone, and nothing else' },
  },
];
