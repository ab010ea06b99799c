/** Reads back all evidence of one look: what each node reported, and what the client saw. */
import type { Registration } from '../../core/cluster/registration.ts';
import { NodeObservation } from '../../core/node/facts.ts';
import { carryTrialLoads } from '../../core/observe/carry-trial-loads.ts';
import { clientObservationKey, type OfLook, observationKey } from '../../core/observe/evidence-keys.ts';
import { ClientObservation } from '../../core/verify/client-observation.ts';
import { readEvidence } from './evidence.ts';

/** Whether evidence counts; what does not is as if nobody had reported it. */
export type Accept = (key: string, evidence: unknown) => boolean;

/** Observations of the nodes that answered, and the client's, or null when there is none. */
export async function loadLook(
  of: OfLook,
  registration: Registration,
  accept: Accept = () => true,
): Promise<{ observations: Map<string, NodeObservation>; client: ClientObservation | null }> {
  const observed = { ...of, window: of.observedIn ?? of.window };
  const read = async (key: string): Promise<unknown> => {
    const found = await readEvidence(key);
    return found !== undefined && accept(key, found) ? found : undefined;
  };
  const [client, ...nodes] = await Promise.all([
    read(clientObservationKey(of)),
    ...registration.nodes.map(
      async ({ node }) => [node, await read(observationKey(observed, node)), await triedOf(of, node, read)] as const,
    ),
  ]);
  const answered = nodes.flatMap(([node, found, tried]) => {
    if (found === undefined) return [];
    const observation = NodeObservation.parse(found);
    return [[node, tried === undefined ? observation : carryTrialLoads(observation, NodeObservation.parse(tried))] as const];
  });
  return { observations: new Map(answered), client: client === undefined ? null : ClientObservation.parse(client) };
}

/** What the node reported when it loaded its files last, where that was in an earlier window. */
async function triedOf(of: OfLook, node: string, read: (key: string) => Promise<unknown>): Promise<unknown> {
  return of.triedIn === undefined || of.triedIn === of.window ? undefined : read(observationKey({ ...of, window: of.triedIn }, node));
}
