/** Reads back all evidence of one look: what each node reported, and what the client saw. */
import type { Registration } from '../../core/cluster/registration.ts';
import { NodeObservation } from '../../core/node/protocol.ts';
import { clientObservationKey, type Look, observationKey } from '../../core/observe/evidence-keys.ts';
import { ClientObservation } from '../../core/verify/client-observation.ts';
import { readEvidence } from './evidence.ts';

type OfLook = { readonly cluster: string; readonly deployment: string; readonly epoch: number } & Look;

/** Observations of the nodes that answered, and the client's, or null when there is none. */
export async function loadLook(
  of: OfLook,
  registration: Registration,
): Promise<{ observations: Map<string, NodeObservation>; client: ClientObservation | null }> {
  const observed = { ...of, window: of.observedIn ?? of.window };
  const [client, ...nodes] = await Promise.all([
    readEvidence(clientObservationKey(of)),
    ...registration.nodes.map(async ({ node }) => [node, await readEvidence(observationKey(observed, node))] as const),
  ]);
  const answered = nodes.flatMap(([node, observation]) =>
    observation === undefined ? [] : [[node, NodeObservation.parse(observation)] as const],
  );
  return { observations: new Map(answered), client: client === undefined ? null : ClientObservation.parse(client) };
}
