/** The rules by which going back is refused, by the names that plans, relaxations and the guide have for them. */

/** In the order of `docs/guide/authority-changes.md`. */
export const RULE_NAMES = [
  'backup-not-verified',
  'old-leaf-unreadable',
  'old-leaf-expired',
  'old-chain-expired',
  'old-certificate-revoked',
  'old-key-exposed',
  'peers-dropped-authority',
  'node-would-refuse-peers',
  'clients-dropped-authority',
  'configuration-differs',
  'identity-differs',
  'role-of-identity-lost',
  'old-leaf-weak',
  'keyspace-would-lose-its-level',
  'cause-is-not-tls',
] as const;
export type RuleName = (typeof RULE_NAMES)[number];
