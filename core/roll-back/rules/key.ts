/** A key or certificate that must not be served again, whoever would still accept it (rows 16, 26 and 31 of the failure modes). */
import { hasWeakKey, hasWeakSignature } from '../../verify/checks/strength.ts';
import { chainOf, oldLeaves, pathOf } from './old-chain.ts';
import { NEW_CERTIFICATE, type Rule, type Target } from './rule.ts';

/** On a list that a node read (RFC 5280, 5), or revoked by whoever told us. The JDK would serve and accept it. */
export const oldCertificateRevoked: Rule = ({ backup, request, ring: { revoked } }) => {
  if (revoked.size === 0) return null;
  const found = oldLeaves(backup)
    .flatMap((leaf) => pathOf(chainOf(backup, leaf), request.now))
    .find(({ sha256 }) => revoked.has(sha256));
  if (!found) return null;
  const why = `${found.subject} (${found.fingerprint.slice(0, 23)}…), which the old leaf needs, is revoked`;
  return { rule: 'old-certificate-revoked', safety: 'forward-only', why, wayForward: NEW_CERTIFICATE };
};

/** Only a person can know it. */
export const oldKeyExposed: Rule = ({ request }) =>
  request.exposed === true
    ? {
        rule: 'old-key-exposed',
        safety: 'forward-only',
        why: 'a person has said that the key of before is exposed',
        wayForward: 'Repair forward with a new key, and have the old certificate revoked.',
      }
    : null;

/** What verification requires afterwards must not be known to fail: OpenSSL level 2 refuses what the JDK accepts. */
export const oldLeafWeak: Rule = ({ backup, request }) => {
  const { policy } = request;
  if (!policy || (policy.checks?.strength ?? 'required') !== 'required') return null;
  const weak = oldLeaves(backup)
    .flatMap((leaf) => pathOf(chainOf(backup, leaf), request.now))
    .find((certificate) => hasWeakKey(certificate) || hasWeakSignature(certificate));
  if (!weak) return null;
  return {
    rule: 'old-leaf-weak',
    safety: 'forward-only',
    why: `${weak.subject}, which the old leaf needs, has a weak ${hasWeakKey(weak) ? 'key' : 'signature'} that the profile in force refuses`,
    wayForward: 'Repair forward with a stronger one; or have the check strength made advisory for a while, approved and with an end.',
  };
};

/** Told, and no reason to refuse: whoever could read it may have done so at any time before the deployment too. */
export function keysReadableByAll({ backup }: Target): string[] {
  return backup.manifest
    .filter(({ kind, mode }) => kind === 'keystore' && (Number.parseInt(mode, 8) & 0o004) !== 0)
    .map(({ path, mode }) => `${path} was readable by every user of the host (${mode}): have its key replaced soon`);
}
