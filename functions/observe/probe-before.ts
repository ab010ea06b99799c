/** Probes the ring while a deployment is starting: what is usual, right before it. The gate waits for it, and opens without it. */
import { keepTopology } from '../../adapters/cassandra/keep-topology.ts';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { loadRecord } from '../../adapters/dynamodb/deployments.ts';
import { type Probed, probeRing } from '../../adapters/probing/prober.ts';
import { probingOf } from '../../adapters/probing/probing-of.ts';
import { saveProbesBefore } from '../../adapters/s3/probes.ts';
import { probingRate } from '../../core/decide/measured/rate.ts';
import { beginWatch } from '../../core/decide/measured/stretch.ts';
import { profileOf } from '../../core/profile/effective.ts';
import { policyOfMeasured } from '../../core/profile/measured.ts';

interface Input {
  readonly cluster: string;
  readonly deployment: string;
}

export async function handler({ cluster, deployment }: Input): Promise<{ readonly probes: number }> {
  const registration = await loadRegistration(cluster);
  const { measured } = profileOf(registration);
  if (measured.probes === 'off' || measured.beforeSeconds === 0) return { probes: 0 };
  const policy = policyOfMeasured(measured);
  const nodes = registration.nodes.map(({ node }) => node);
  const rate = probingRate(beginWatch(policy, nodes, []));
  const endsAt = Date.now() + measured.beforeSeconds * 1000;
  const probes: Probed[] = [];
  const probing = await probingOf(registration, policy);
  await keepTopology(registration, probing.identity);
  await probeRing({
    ...probing,
    rate: () => rate,
    ended: (probe) => probes.push(probe),
    isOver: () => Date.now() >= endsAt,
  });
  // A deployer that did not wait has changed the ring by then.
  const completedAt = (await loadRecord({ cluster, deployment }))?.completedAt ?? Number.POSITIVE_INFINITY;
  const before = probes.filter(({ endedAt }) => endedAt < completedAt);
  await saveProbesBefore({ cluster, deployment }, before);
  return { probes: before.length };
}
