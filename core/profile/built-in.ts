/** The four environments as Ringward knows them: what each does otherwise than production. */
import type { Environment } from '../cluster/environment.ts';
import type { ProfileLayer } from './profile.ts';

export const BUILT_IN: Readonly<Record<Environment, ProfileLayer>> = {
  development: {
    limits: {
      soakSeconds: 30,
      connectionMs: 500,
      throughputLossPercent: 25,
      cpuIncreasePercent: 50,
      expiryNoticeSeconds: 86_400,
    },
    measured: {
      thresholds: { tlsFailures: 0.25, cqlErrorsAboveBaseline: 0.4, responseTimeRatio: 3 },
      healthFailingSeconds: 600,
      beforeSeconds: 0,
      alpha: 0.01,
      safeOdds: 20,
      soakS: 30,
      watchS: 60,
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
        'latent-failure': 'advisory',
        'ring-view': 'advisory',
        'client-runtimes': 'advisory',
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
  staging: {
    approvals: { node: 0, cluster: 1 },
    consistency: { expectStaging: false },
  },
  production: {},
  'disaster-recovery': {
    limits: { soakSeconds: 300 },
    // A site that waits serves little: what its few requests take says less.
    measured: { thresholds: { responseTimeRatio: 2 }, safeOdds: 1000, soakS: 300, watchS: 900 },
    checks: { health: { network: 'required', replication: 'required' } },
    rollBack: { cluster: 'hold' },
  },
};

/**
 * What was registered before there were profiles is judged as it was then: as production, without probes, nobody asked for staging, a soak
 * that nothing lengthens, and health checks that fail for however long (their timer is longer than any verification) roll nothing back.
 */
export const BEFORE_PROFILES: ProfileLayer = {
  measured: { probes: 'off', healthFailingSeconds: 86_400 },
  consistency: { expectStaging: false },
  stability: { episodeSoakFactor: 1, mostEpisodes: 0, unusualSoakFactor: 1 },
};
