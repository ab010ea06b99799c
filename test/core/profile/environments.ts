/** One ring, registered as each of the four environments, and judged as one window of its verification would be. */

import type { Environment } from '../../../core/cluster/environment.ts';
import { readRegistration } from '../../../core/cluster/read-registration.ts';
import type { Registration } from '../../../core/cluster/registration.ts';
import { type DecisionRules, decideUnderProfile } from '../../../core/decide/decide-under-profile.ts';
import type { DeploymentEvidence } from '../../../core/decide/deployment-evidence.ts';
import { soakOf } from '../../../core/decide/soak.ts';
import type { Decision } from '../../../core/decide/verdict.ts';
import type { HealthSample } from '../../../core/health/health-sample.ts';
import { judgeHealth } from '../../../core/health/judge-health.ts';
import { type KeptArtifact, keptArtifacts, shapesOf, stagingStanding } from '../../../core/profile/consistency.ts';
import { nameOfProfile, profileOf } from '../../../core/profile/effective.ts';
import { healthOf, requiredKinds } from '../../../core/profile/health-in-force.ts';
import { policyOf } from '../../../core/verify/policy.ts';
import { gatherSnapshot } from '../../../core/verify/snapshot.ts';
import { verifyNode } from '../../../core/verify/verify-node.ts';
import { NOW } from '../../fixtures/pki.ts';
import { hash, KEYSTORE, NODES, type Ring, registration, TRUSTSTORE, YAML } from '../../fixtures/ring.ts';

export const HEALTH = { checks: ['network', 'replication'].map((kind) => ({ kind, name: kind })) };

/** `cluster.yaml` of the ring in an environment. */
export function yamlOf(environment: Environment, more: object = {}): Record<string, unknown> {
  return {
    schema: 1,
    cluster: 'payments',
    environment,
    nodes: NODES.map((node, i) => ({ node, address: registration.nodes[i]?.address })),
    files: [
      { path: KEYSTORE, kind: 'keystore' },
      { path: TRUSTSTORE, kind: 'truststore' },
      { path: YAML, kind: 'configuration' },
    ],
    cassandra: { home: '/usr/share/cassandra', yaml: YAML },
    canary: { identitySecret: 'ringward/canary' },
    health: HEALTH,
    ...more,
  };
}

export const registered = (environment: Environment, more: object = {}): Registration => readRegistration(yamlOf(environment, more));

export interface Seen {
  readonly ring: Ring;
  /** Since when every window was good, seconds; absent: this is the first. */
  readonly goodFor?: number;
  /** This window is at the verification's deadline. */
  readonly atDeadline?: boolean;
  readonly health?: Readonly<Record<string, { readonly before: HealthSample['outcome']; readonly now: HealthSample['outcome'] }>>;
  /** Staging kept the same kind of artifact. */
  readonly stagingKept?: boolean;
}

const sample = (check: string, outcome: HealthSample['outcome'], at: number): HealthSample => ({
  check,
  outcome,
  observed: outcome,
  at,
  ms: 5,
  attempts: 1,
});

/** Everything that the decision about one window is made from. */
export function judged(registration: Registration, { ring, goodFor = 0, atDeadline, health = {}, stagingKept }: Seen) {
  const profile = profileOf(registration);
  const deployed = NODES.map((node) => ({ node, artifacts: [{ path: KEYSTORE, sha256: hash('d'), kind: 'keystore' as const }] }));
  const since = atDeadline ? profile.limits.verificationSeconds : goodFor + 10;
  const completedAt = NOW - since * 1000;
  const verifications = NODES.map((nodeId) =>
    verifyNode(
      gatherSnapshot({
        purpose: 'deployed',
        nodeId,
        registration,
        observations: ring.observations,
        client: ring.client,
        deployed: null,
        before: null,
        activation: 'reload',
        completedAt,
      }),
      policyOf(registration.limits, profile.checks.node),
      NOW,
    ),
  );
  const samplesOf = (when: 'before' | 'now', at: number) =>
    ['network', 'replication'].map((kind) => sample(kind, health[kind]?.[when] ?? 'passed', at));
  const standing = judgeHealth(
    healthOf(registration),
    samplesOf('before', completedAt - 1000),
    samplesOf('now', NOW),
    requiredKinds(profile),
  );
  const shapes = shapesOf('leaf-renewal', deployed, ring.observations);
  const kept: KeptArtifact[] = stagingKept
    ? keptArtifacts({ environment: 'staging', cluster: 'payments-staging', deployment: 'd-0', at: NOW - 86_400_000 }, shapes, [])
    : [];
  const evidence: DeploymentEvidence = {
    deployedNodes: NODES,
    change: 'leaf-renewal',
    activation: 'reload',
    completedAt,
    window: 5,
    depth: 'full',
    observedAt: NOW,
    verifications,
    health: standing,
    earlier: goodFor > 0 ? [{ window: 0, at: NOW - goodFor * 1000, outcome: 'good' }] : [],
    backups: NODES.map((node) => ({ node, standing: 'verified' })),
    limits: registration.limits,
    epoch: 3,
    now: NOW,
  };
  const rules: DecisionRules = {
    cluster: registration.cluster,
    name: nameOfProfile(registration),
    profile,
    staging: profile.consistency.expectStaging ? stagingStanding(shapes, kept) : null,
  };
  return { evidence, rules, soak: soakOf(rules), decision: decideUnderProfile(evidence, rules) };
}

export const wordOf = (decision: Decision): string => (decision.decision === 'watch' ? 'watch' : decision.verdict.verdict);
