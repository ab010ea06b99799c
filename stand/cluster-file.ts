/** `cluster.yaml` of the stand: its ring, registered as an operator would, with limits that suit a machine-local ring. */
import { stringify } from 'yaml';
import { Registration } from '../core/cluster/registration.ts';
import { STACK } from './local-aws/settings.ts';
import type { Ring } from './ring/topology.ts';
import { CLIENT_PORT, CLUSTER, DATACENTER, INTERNODE_PORT, JMX_PORT, PATHS, UNIT } from './ring/topology.ts';

/** Name of the secret with the canary's identity. */
export const CANARY_SECRET = `ringward/${CLUSTER}/canary`;

/** The text of cluster.yaml, proven against the registration's own schema. */
export function clusterYaml(ring: Ring): string {
  const registration = {
    schema: 1,
    cluster: CLUSTER,
    environment: 'development',
    // Tests and demo show what production would do; a soak of seconds is too short for measurements, so the tests of those switch them on.
    profile: { extends: 'production', consistency: { expectStaging: false }, measured: { probes: 'off' } },
    nodes: ring.nodes.map((node) => ({
      node: node.node,
      address: node.address,
      datacenter: DATACENTER,
      rack: 'rack1',
      root: node.folder,
      seed: node.seed,
    })),
    files: [
      { path: PATHS.keystore, kind: 'keystore' },
      { path: PATHS.truststore, kind: 'truststore' },
      { path: PATHS.jmxKeystore, kind: 'keystore' },
      { path: PATHS.yaml, kind: 'configuration' },
    ],
    cassandra: { home: PATHS.home, yaml: PATHS.yaml, service: UNIT },
    ports: { client: CLIENT_PORT, internode: INTERNODE_PORT, jmx: JMX_PORT },
    jmx: { address: 'node', tlsProperties: PATHS.nodetoolTls },
    canary: { identitySecret: CANARY_SECRET, localDatacenter: DATACENTER, consistency: 'LOCAL_QUORUM' },
    limits: {
      soakSeconds: 8,
      windowSeconds: 1,
      activationGraceSeconds: 1,
      verificationSeconds: 300,
      nodeStartSeconds: 120,
      drainSeconds: 60,
      stopSeconds: 60,
      rollbackSeconds: 600,
      approvalSeconds: 120,
      waveSoakSeconds: 4,
    },
    // The template's own alarm, and those that its operator made for this cluster.
    alarms: [`${STACK}-tls-handshake-failures`, `${CLUSTER}-*`],
  };
  Registration.parse(registration);
  return stringify(registration, { lineWidth: 0 });
}
