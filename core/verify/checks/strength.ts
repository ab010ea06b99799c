/** Keys and signatures of the chain are strong enough for every usual client, and no leaf is valid for longer than allowed. */
import type { Certificate } from '../../certificate/parse.ts';
import { type Check, conclude, finding } from '../check.ts';
import type { Finding } from '../findings.ts';
import { leafMissing, type SeenLeaf, seenLeaves, wasSoBefore } from '../seen-leaves.ts';
import type { VerificationSnapshot } from '../snapshot.ts';

/** OpenSSL's security level 2, the usual one of distributions (SSL_CTX_set_security_level(3)); CA/Browser Forum BR 6.1.5. */
const LEAST_RSA_BITS = 2048;

/** MD2, MD5 and SHA-1 with RSA, SHA-1 with DSA and ECDSA. */
const BROKEN_SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'MD2 with RSA',
  '1.2.840.113549.1.1.4': 'MD5 with RSA',
  '1.2.840.113549.1.1.5': 'SHA-1 with RSA',
  '1.2.840.10040.4.3': 'SHA-1 with DSA',
  '1.2.840.10045.4.1': 'SHA-1 with ECDSA',
};

/** An RSA key that OpenSSL’s level 2 refuses. */
export const hasWeakKey = ({ keyType, keyBits }: Certificate) => keyType === 'rsa' && keyBits !== null && keyBits < LEAST_RSA_BITS;
/** An anchor is trusted for its key; who signed it does not matter. */
export const hasWeakSignature = ({ signatureOid, subjectDer, issuerDer }: Certificate) =>
  signatureOid in BROKEN_SIGNATURES && subjectDer !== issuerDer;

export const strength: Check = (snapshot, policy) => {
  const leaves = seenLeaves(snapshot);
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const limit = longestValidity(snapshot, policy.longestValidityMs);
  const tell = (
    code: 'WEAK_KEY' | 'WEAK_SIGNATURE',
    isWeak: (certificate: Certificate) => boolean,
    leaf: SeenLeaf,
    words: (c: Certificate) => string,
  ) => {
    const weak = leaf.chain.find(isWeak);
    if (!weak) return;
    const asBefore = wasSoBefore(snapshot, leaf.listeners, (chain) => chain.some(isWeak));
    const { chain: _, leaf: __, listeners: ___, ...about } = leaf;
    const severity = asBefore ? { severity: 'warning' as const } : {};
    const expected = code === 'WEAK_KEY' ? `RSA keys of at least ${LEAST_RSA_BITS} bits` : 'SHA-256 or better';
    const found = finding(snapshot, code, { ...about, expected, observed: `${words(weak)} (${weak.subject})`, ...severity });
    (asBefore ? told : failing).push(found);
  };
  for (const seen of leaves) {
    tell('WEAK_KEY', hasWeakKey, seen, ({ keyBits }) => `${keyBits} bits`);
    tell('WEAK_SIGNATURE', hasWeakSignature, seen, ({ signatureOid }) => BROKEN_SIGNATURES[signatureOid] ?? signatureOid);
    const days = (seen.leaf.notAfter - seen.leaf.notBefore) / DAY_MS;
    if (limit && days * DAY_MS > limit.ms) {
      const { chain: _, leaf: __, ...about } = seen;
      const observed = `${Math.ceil(days)} days`;
      told.push(finding(snapshot, 'VALIDITY_TOO_LONG', { ...about, expected: `at most ${limit.words}`, observed }));
    }
  }
  const passed =
    told.length > 0 ? `Warning: ${told[0]?.observed} (${told[0]?.where}).` : 'Keys, signatures and validity periods are within the limits.';
  return conclude('strength', snapshot, { failing, told, missing: leafMissing(snapshot, leaves), passed });
};

const DAY_MS = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { d: DAY_MS, h: 3_600_000, m: 60_000, s: 1000 };

/** The shorter of our own limit and Cassandra's `max_certificate_validity_period` (a duration such as `365d`). */
function longestValidity(snapshot: VerificationSnapshot, own: number | null): { readonly ms: number; readonly words: string } | null {
  const configured = (snapshot.observation?.configuration ?? [])
    .filter(({ setting }) => setting.endsWith('.max_certificate_validity_period'))
    .flatMap(({ setting, value }) => {
      const [, digits, unit] = /^(\d+)([dhms])$/.exec(value) ?? [];
      return digits && unit ? [{ ms: Number(digits) * (UNITS[unit] ?? 0), words: `${value} (${setting})` }] : [];
    });
  const limits = [...configured, ...(own === null ? [] : [{ ms: own, words: `${own / DAY_MS} days (limits.longestValiditySeconds)` }])];
  return limits.toSorted((a, b) => a.ms - b.ms)[0] ?? null;
}
