/** Who is probed in a cluster, and how long a probe may take. */
import type { Registration } from '../../core/cluster/registration.ts';
import type { MeasuredPolicy } from '../../core/decide/measured/policy.ts';
import { loadCanaryIdentity } from '../secrets-manager/canary-identity.ts';
import type { Probing } from './prober.ts';

/** A stretch ends with its pause: no probe holds it up for longer. */
const LONGEST_PROBE_MS = 2000;

export async function probingOf(
  registration: Registration,
  { timeoutMs }: Pick<MeasuredPolicy, 'timeoutMs'>,
): Promise<Omit<Probing, 'rate' | 'ended' | 'isOver'>> {
  return {
    nodes: registration.nodes.map(({ node, address }) => ({ node, address })),
    port: registration.ports.client,
    localDatacenter: registration.canary.localDatacenter,
    consistency: registration.canary.consistency,
    identity: await loadCanaryIdentity(registration.canary.identitySecret),
    timeoutMs: Math.min(timeoutMs, LONGEST_PROBE_MS),
  };
}
