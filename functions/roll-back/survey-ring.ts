/** Surveys the ring right before nodes are interrupted: how its nodes see it by their own JMX, beside the token ranges that clients saw last. */
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { readEvidence, writeEvidence } from '../../adapters/s3/evidence.ts';
import { nodeStep } from '../../adapters/ssm/node-step.ts';
import { RingTopology } from '../../core/availability/topology.ts';
import type { Registration } from '../../core/cluster/registration.ts';
import { surveyKey, topologyKey } from '../../core/observe/evidence-keys.ts';
import { askedForViews, RingSurvey, viewOf } from '../../core/roll-back/course/survey.ts';

interface Input {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
  readonly surveyedAt?: number;
}

/** Nodes that are fenced at once. */
const AT_ONCE = 40;

export async function handler(input: Input): Promise<{ readonly surveyedAt: number }> {
  const of = { cluster: input.cluster, deployment: input.deployment, epoch: input.epoch };
  const at = Date.now();
  const registration = await loadRegistration(of.cluster);
  const unfenced = input.surveyedAt === undefined ? await fence(of, registration) : ((await surveyBefore(of))?.unfenced ?? []);
  const [known, ...views] = await Promise.all([
    readEvidence(topologyKey(of.cluster)),
    ...askedForViews(registration).map(async (node) => {
      const request = { depth: 'state', peers: [] } as const;
      const seen = await nodeStep({ ...of, node }, 'observe', request, { timeoutSeconds: 20, occasion: `survey ${at}` }).catch(() => null);
      return seen === null ? null : viewOf(node, seen);
    }),
  ]);
  const survey: RingSurvey = {
    at,
    topology: RingTopology.safeParse(known).data ?? null,
    views: views.flatMap((view) => view ?? []),
    unfenced,
  };
  await writeEvidence(surveyKey(of), survey);
  return { surveyedAt: at };
}

const surveyBefore = async (of: Input): Promise<RingSurvey | undefined> => RingSurvey.safeParse(await readEvidence(surveyKey(of))).data;

/**
 * Before this execution interrupts its first node, every node has its epoch: else a step of an older execution, still under way, could interrupt
 * another one meanwhile. Gives the nodes that did not answer, which count as down from then on; one that is at work is waited for.
 */
async function fence(of: Input, { nodes }: Pick<Registration, 'nodes'>): Promise<string[]> {
  const unfenced: string[] = [];
  for (let from = 0; from < nodes.length; from += AT_ONCE)
    await Promise.all(
      nodes.slice(from, from + AT_ONCE).map(async ({ node }) => ((await passEpoch(of, node)) ? undefined : unfenced.push(node))),
    );
  return unfenced;
}

async function passEpoch(of: Input, node: string): Promise<boolean> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    try {
      await nodeStep({ cluster: of.cluster, deployment: of.deployment, epoch: of.epoch, node }, 'pass-epoch', {}, { timeoutSeconds: 20 });
      return true;
    } catch (error) {
      if (!SILENT.has((error as Error).name)) throw error;
    }
  }
  return false;
}

const TRIES = 3;
const SILENT: ReadonlySet<string> = new Set(['NODE_NOT_MANAGED', 'NODE_COMMAND_LOST', 'NODE_PROGRAM_DIED']);
