/** The names of checks, in the order of the report; apart from the checks themselves, so that whoever only names one need not carry all. */

/** Facts about a node; `verify-node` has a check for each. */
export const NODE_CHECKS = [
  'file-integrity',
  'certificate-parsing',
  'chain-validation',
  'trust-between-nodes',
  'jvm-trial-load',
  'jvm-verdict',
  'store-content',
  'names',
  'strength',
  'revocation',
  'expiration',
  'not-before',
  'key-match',
  'file-permissions',
  'served-leaf',
  'handshake-and-read',
  'peer-handshakes',
  'latent-failure',
  'ring-view',
  'service-state',
  'client-canary',
  'wire-from-client',
  'client-runtimes',
  'configuration-trap',
  'node-identity',
] as const;
export type NodeCheck = (typeof NODE_CHECKS)[number];

/** What is measured of a node's load; `core/load` judges each. */
export const LOAD_CHECKS = ['connection-latency', 'throughput', 'memory', 'cpu', 'clients-back'] as const;
