/** Looks at one node once: files, trial load, ports, peers, ring view. The evidence goes to S3, the state carries its key. */
import { ask } from '../../adapters/dynamodb/breakers.ts';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { writeEvidence } from '../../adapters/s3/evidence.ts';
import { type NodeOfDeployment, nodeStep } from '../../adapters/ssm/node-step.ts';
import { policyFor } from '../../core/breaker/breaker.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { burstsOfLook, peersOfLook } from '../../core/node/build-request.ts';
import { type Look, observationKey } from '../../core/observe/evidence-keys.ts';

export type ObserveInput = NodeOfDeployment &
  Look & {
    readonly depth: 'full' | 'soak' | 'certificates';
    /** Nodes that are looked at more closely: those that probes accuse, or all, to know what is usual. */
    readonly closely?: readonly string[];
  };

export async function handler(input: ObserveInput): Promise<ObserveInput & { readonly observation: string }> {
  const registration = await loadRegistration(input.cluster);
  const look = `${input.occasion} ${input.window}`;
  const peers = input.depth !== 'certificates' ? peersOfLook(registration, input.node, look) : [];
  const bursts = burstsOfLook(registration, input.node, look, input.closely ?? []);
  const asking = {
    cluster: input.cluster,
    source: 'nodes' as const,
    policy: policyFor('nodes', registration.nodes.length),
    who: input.node,
    // The proof of a rollback, and a person who waits for the answer, are asked for whatever is known of SSM.
    urgent: input.purpose === 'old' || input.depth === 'certificates',
  };
  const askedAt = Date.now();
  const step = () =>
    nodeStep(
      input,
      'observe',
      { depth: input.depth, peers, bursts },
      { timeoutSeconds: 30, occasion: `${input.purpose} ${input.window} ${input.occasion}` },
    );
  const observation = await ask(asking, step, { isFailure: speaksOfTheWay });
  return { ...input, observation: await writeEvidence(observationKey(input, input.node), { ...observation, askedAt }) };
}

/** Whether an error is of the way to the nodes, and not of this one: what a node answered came by a way that works. */
function speaksOfTheWay(error: unknown): boolean {
  return !(error instanceof RingwardError) || error.code === 'NODE_COMMAND_LOST';
}
