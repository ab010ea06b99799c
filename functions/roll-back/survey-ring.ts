/** Surveys the ring right before nodes are interrupted: how its nodes see it by their own JMX, beside the token ranges that clients saw last. */
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { readEvidence, writeEvidence } from '../../adapters/s3/evidence.ts';
import { loadPlan } from '../../adapters/s3/plans.ts';
import { fence } from '../../adapters/ssm/fence.ts';
import { nodeStep } from '../../adapters/ssm/node-step.ts';
import { RingTopology } from '../../core/availability/topology.ts';
import { surveyKey, topologyKey } from '../../core/observe/evidence-keys.ts';
import { askedForViews, RingSurvey, surveyOf } from '../../core/roll-back/course/survey.ts';

/** Of the nodes that are about to restart, so many are asked too; and how long each may take, so that a survey is not old when it is made. */
const MOST_ASKED = 40;
const VIEW_S = 10;

interface Input {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
  readonly surveyedAt?: number;
}

export async function handler(input: Input): Promise<{ readonly surveyedAt: number }> {
  const of = { cluster: input.cluster, deployment: input.deployment, epoch: input.epoch };
  const registration = await loadRegistration(of.cluster);
  const unfenced = input.surveyedAt === undefined ? await fence(of, registration) : ((await surveyBefore(of))?.unfenced ?? []);
  const at = Date.now();
  const plan = await loadPlan(of);
  const going = (plan?.restart ?? []).map(({ node }) => node).slice(0, MOST_ASKED);
  const [known, ...seen] = await Promise.all([
    readEvidence(topologyKey(of.cluster)),
    ...[...new Set([...askedForViews(registration), ...going])].map(async (node) => {
      const request = { depth: 'state', peers: [] } as const;
      return nodeStep({ ...of, node }, 'observe', request, { timeoutSeconds: VIEW_S, occasion: `survey ${at}` })
        .then((observed) => [[node, observed] as const])
        .catch(() => []);
    }),
  ]);
  const survey = surveyOf(new Map(seen.flat()), { at, topology: RingTopology.safeParse(known).data ?? null, unfenced });
  await writeEvidence(surveyKey(of), survey);
  return { surveyedAt: at };
}

const surveyBefore = async (of: Input): Promise<RingSurvey | undefined> => RingSurvey.safeParse(await readEvidence(surveyKey(of))).data;
