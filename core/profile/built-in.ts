/** The four environments as Ringward knows them: what each does otherwise than production, and what may not be taken from it. */
import type { NodeCheck } from '../verify/check-names.ts';
import type { Environment, Profile, ProfileLayer } from './profile.ts';

export interface BuiltIn {
  /** In words, for whoever chooses. */
  readonly about: string;
  readonly layer: ProfileLayer;
  /** Checks that every profile built on this one must require. */
  readonly indispensable: { readonly node: readonly NodeCheck[]; readonly health: readonly (keyof Profile['checks']['health'])[] };
}

/** Without these nothing would be verified: a fresh handshake and a read on every port, by node and client (I2). */
const CORE = ['expiration', 'served-leaf', 'handshake-and-read', 'service-state', 'wire-from-client'] as const;

export const BUILT_IN: Readonly<Record<Environment, BuiltIn>> = {
  development: {
    about: 'Relaxed thresholds and basic health checks: files, chain, ports and service must be well; the rest advises or is off.',
    layer: {
      limits: {
        soakSeconds: 30,
        connectionMs: 500,
        throughputLossPercent: 25,
        cpuIncreasePercent: 50,
        expiryNoticeSeconds: 86_400,
      },
      measured: {
        tlsFailureShare: 0.25,
        responseTimeRatio: 3,
        errorSharePoints: 0.4,
        healthFailingSeconds: 600,
        alpha: 0.01,
        soakSeconds: 30,
      },
      checks: {
        node: {
          'trust-between-nodes': 'advisory',
          'jvm-verdict': 'advisory',
          'store-content': 'advisory',
          names: 'advisory',
          strength: 'advisory',
          revocation: 'advisory',
          'file-permissions': 'advisory',
          'peer-handshakes': 'advisory',
          'ring-view': 'advisory',
          'configuration-trap': 'advisory',
          'node-identity': 'advisory',
        },
        load: { throughput: 'off', memory: 'off', cpu: 'off', 'clients-back': 'off' },
        health: {
          replication: 'advisory',
          network: 'advisory',
          'load-balancer': 'off',
          'ssm-document': 'off',
          lambda: 'off',
          prometheus: 'off',
          cloudwatch: 'off',
        },
      },
      approvals: { node: 0, cluster: 0 },
      consistency: { expectStaging: false },
    },
    indispensable: { node: CORE, health: [] },
  },
  staging: {
    about: 'As production, with fewer people to ask: what passes here has passed production’s checks.',
    layer: { approvals: { node: 0, cluster: 1 }, consistency: { expectStaging: false } },
    indispensable: { node: CORE, health: [] },
  },
  production: {
    about: 'Strict thresholds and every check; what staging never kept is told and watched for longer.',
    layer: {},
    indispensable: { node: CORE, health: [] },
  },
  'disaster-recovery': {
    about:
      'As production, and nothing is kept without evidence that nodes reach each other and data replicate; going back as a whole asks a person.',
    layer: {
      limits: { soakSeconds: 300 },
      // A site that waits serves little: what its few requests take says less.
      measured: { responseTimeRatio: 2, soakSeconds: 300 },
      checks: { health: { network: 'required', replication: 'required' } },
      rollBack: { cluster: 'hold' },
    },
    indispensable: { node: [...CORE, 'peer-handshakes', 'ring-view'], health: ['network', 'replication'] },
  },
};

/** What was registered before there were profiles is judged as it was then: as production, and nobody asked for staging. */
export const BEFORE_PROFILES: ProfileLayer = { consistency: { expectStaging: false } };
