/** Looks at one node once: files, trial load, ports, peers, ring view. The evidence goes to S3, the state carries its key. */

import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { writeEvidence } from '../../adapters/s3/evidence.ts';
import { type NodeOfDeployment, nodeStep } from '../../adapters/ssm/node-step.ts';
import { peersOfLook } from '../../core/node/build-request.ts';
import { type Look, observationKey } from '../../core/observe/evidence-keys.ts';

export type ObserveInput = NodeOfDeployment & Look & { readonly depth: 'full' | 'soak' | 'certificates' };

export async function handler(input: ObserveInput): Promise<ObserveInput & { readonly observation: string }> {
  const peers =
    input.depth !== 'certificates'
      ? peersOfLook(await loadRegistration(input.cluster), input.node, `${input.occasion} ${input.window}`)
      : [];
  const askedAt = Date.now();
  const observation = await nodeStep(
    input,
    'observe',
    { depth: input.depth, peers },
    { timeoutSeconds: 30, occasion: `${input.purpose} ${input.window} ${input.occasion}` },
  );
  return { ...input, observation: await writeEvidence(observationKey(input, input.node), { ...observation, askedAt }) };
}
