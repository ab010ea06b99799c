/** Surveys the ring right before nodes are interrupted: how its nodes see it by their own JMX, beside the token ranges that clients saw last. */
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { readEvidence, writeEvidence } from '../../adapters/s3/evidence.ts';
import { nodeStep } from '../../adapters/ssm/node-step.ts';
import { RingTopology } from '../../core/availability/topology.ts';
import { surveyKey, topologyKey } from '../../core/observe/evidence-keys.ts';
import { askedForViews, type RingSurvey, viewOf } from '../../core/roll-back/course/survey.ts';

interface Input {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
}

export async function handler(input: Input): Promise<{ readonly surveyedAt: number }> {
  const of = { cluster: input.cluster, deployment: input.deployment, epoch: input.epoch };
  const at = Date.now();
  const registration = await loadRegistration(of.cluster);
  const [known, ...views] = await Promise.all([
    readEvidence(topologyKey(of.cluster)),
    ...askedForViews(registration).map(async (node) => {
      const request = { depth: 'state', peers: [] } as const;
      const seen = await nodeStep({ ...of, node }, 'observe', request, { timeoutSeconds: 20, occasion: `survey ${at}` }).catch(() => null);
      return seen === null ? null : viewOf(node, seen);
    }),
  ]);
  const survey: RingSurvey = { at, topology: RingTopology.safeParse(known).data ?? null, views: views.flatMap((view) => view ?? []) };
  await writeEvidence(surveyKey(of), survey);
  return { surveyedAt: at };
}
