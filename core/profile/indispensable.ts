/** What may not be taken from a profile: without these checks nothing would be verified. */

import type { Environment } from '../cluster/environment.ts';
import type { NodeCheck } from '../verify/check-names.ts';
import type { Profile } from './profile.ts';

export interface Indispensable {
  readonly node: readonly NodeCheck[];
  readonly health: readonly (keyof Profile['checks']['health'])[];
}

/** A fresh handshake and a read on every port, by node and client (I2). */
const CORE: Indispensable = {
  node: ['expiration', 'served-leaf', 'handshake-and-read', 'service-state', 'wire-from-client'],
  health: [],
};

/** Required by every profile that stands on a built-in one. */
export const INDISPENSABLE: Readonly<Record<Environment, Indispensable>> = {
  development: CORE,
  staging: CORE,
  production: CORE,
  // A site that must take over is worth what its links and its data are.
  'disaster-recovery': { node: [...CORE.node, 'peer-handshakes', 'ring-view'], health: ['network', 'replication'] },
};
