/** Takes a person's or a program's start of `check-certificates`: which nodes of which cluster are looked at. */
import { createHash } from 'node:crypto';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { readHuman } from '../../core/intake/read-start.ts';

interface Input {
  readonly input: unknown;
  readonly execution: string;
}

export async function handler({ input, execution }: Input): Promise<Record<string, unknown>> {
  const request = readHuman(input);
  const registration = await loadRegistration(request.cluster);
  const wanted = request.nodes ?? registration.nodes.map(({ node }) => node);
  const occasion = createHash('sha256').update(execution).digest('hex').slice(0, 8);
  const nodes = wanted.map((named) => {
    const found = registration.nodes.find(({ node, address }) => node === named || address === named);
    if (!found) throw new RingwardError('NODE_UNKNOWN', { field: 'nodes', value: named });
    return {
      cluster: request.cluster,
      deployment: `check-${occasion}`,
      epoch: 0,
      node: found.node,
      purpose: 'deployed',
      window: 0,
      occasion,
      depth: 'certificates',
    };
  });
  return { cluster: request.cluster, deployment: `check-${occasion}`, occasion, nodes };
}
