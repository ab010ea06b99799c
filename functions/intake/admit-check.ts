/** Takes a start of `check-certificates`, `watch-cluster` or `learn-baseline`: which nodes of which cluster are looked at, and how closely. */
import { createHash } from 'node:crypto';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { placesToAsk } from '../../core/health/health-check.ts';
import { readHuman } from '../../core/intake/read-start.ts';
import { profileOf } from '../../core/profile/effective.ts';
import { healthOf } from '../../core/profile/health-in-force.ts';

interface Input {
  readonly input: unknown;
  readonly execution: string;
  /** `certificates`: files and ports; `soak`: everything but how files load; `full`: everything. */
  readonly depth: 'certificates' | 'soak' | 'full';
}

export async function handler({ input, execution, depth }: Input): Promise<Record<string, unknown>> {
  const request = readHuman(input);
  const registration = await loadRegistration(request.cluster);
  const wanted = request.nodes ?? registration.nodes.map(({ node }) => node);
  const occasion = createHash('sha256').update(execution).digest('hex').slice(0, 8);
  // What is usual is looked at as closely as what is accused.
  const closely =
    request.look === true && profileOf(registration).measured.probes !== 'off' ? registration.nodes.map(({ node }) => node) : [];
  const look = { cluster: request.cluster, deployment: `check-${occasion}`, epoch: 0, purpose: 'deployed', window: 0, occasion };
  const nodes = wanted.map((named) => {
    const found = registration.nodes.find(({ node, address }) => node === named || address === named);
    if (!found) throw new RingwardError('NODE_UNKNOWN', { field: 'nodes', value: named });
    return { ...look, node: found.node, depth, closely };
  });
  return { ...look, nodes, look: request.look ?? false, toCheck: depth === 'full' ? placesToAsk(healthOf(registration)) : [] };
}
