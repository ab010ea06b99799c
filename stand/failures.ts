/**
 * The failures that a deployment can bring, as data: which leaf a deployer puts in place, in what form, on
 * which nodes, and how it becomes active. Ringward is never told a failure's name; it sees files and events.
 */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How a deployment of this failure looks. Only data: `deployer.ts` makes and places the files. */
export interface Failure {
  /** One line for people. */
  readonly about: string;
  /** Who signs the new leaf: the ring's own authority, or one that nobody trusts. */
  readonly signedBy: 'authority' | 'evil';
  /** Validity of the new leaf, from now, in ms. */
  readonly validFromMs: number;
  readonly validUntilMs: number;
  /** What becomes of the PEM keystore. `whole`: key, leaf, intermediate. */
  readonly keystore: 'whole' | 'foreign-key' | 'cut-off' | 'leaf-only' | 'other-password';
  /** Does cassandra.yaml change too? `wrong-password`: it names a password that is not the keystore's. */
  readonly yaml: 'unchanged' | 'wrong-password';
  /** Nodes that a deployment reaches by default. */
  readonly nodes: 'all' | 'last';
  readonly activation: 'reload' | 'restart';
}

const renewal = {
  signedBy: 'authority',
  validFromMs: -HOUR_MS,
  validUntilMs: 90 * DAY_MS,
  keystore: 'whole',
  yaml: 'unchanged',
  nodes: 'all',
  activation: 'reload',
} as const satisfies Omit<Failure, 'about'>;

/** Every failure by its name; `none` is the good renewal, which must be kept. */
export const FAILURES = {
  none: { ...renewal, about: 'a good renewal: new leaf and key, same CA' },
  'expired-leaf': { ...renewal, about: 'the new leaf expired yesterday', validFromMs: -30 * DAY_MS, validUntilMs: -DAY_MS },
  'not-yet-valid': { ...renewal, about: 'the new leaf is valid from tomorrow on', validFromMs: DAY_MS },
  'other-ca': { ...renewal, about: 'the new leaf comes from another CA of the same name', signedBy: 'evil' },
  'mismatched-key': { ...renewal, about: 'the private key belongs to another certificate', keystore: 'foreign-key' },
  'broken-pem': { ...renewal, about: 'the keystore was cut off while it was written', keystore: 'cut-off' },
  'missing-intermediate': { ...renewal, about: 'the keystore lacks the intermediate certificate', keystore: 'leaf-only' },
  'locked-keystore': {
    ...renewal,
    about: 'the keystore has a new password, the new yaml names another, and the node is restarted',
    keystore: 'other-password',
    yaml: 'wrong-password',
    // A rolling deployer stops at the first node that does not come back; not the seed, which others need to start.
    nodes: 'last',
    activation: 'restart',
  },
} as const satisfies Record<string, Failure>;

export type FailureName = keyof typeof FAILURES;
export const FAILURE_NAMES = Object.keys(FAILURES) as FailureName[];

/** The failure of this name. Throws an error that lists the names there are. */
export function findFailure(name: string): { readonly name: FailureName; readonly failure: Failure } {
  const found = FAILURE_NAMES.find((known) => known === name);
  if (!found) throw new RangeError(`failure "${name}" is not known → one of ${FAILURE_NAMES.join(', ')}`);
  return { name: found, failure: FAILURES[found] };
}
