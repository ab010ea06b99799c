/** Judges what the client saw, by a clock of its own, and casts its vote on the deployment. */
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { cast } from '../../adapters/dynamodb/decisions.ts';
import { announcedNodes, loadRecord } from '../../adapters/dynamodb/deployments.ts';
import { readEvidence } from '../../adapters/s3/evidence.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { clientObservationKey, type OfLook } from '../../core/observe/evidence-keys.ts';
import { evidenceHash } from '../../core/quorum/vote.ts';
import { voteOfClient } from '../../core/quorum/votes-of-view.ts';
import { ClientObservation } from '../../core/verify/client-observation.ts';

export async function handler(input: OfLook): Promise<{ readonly client: string; readonly accuses: readonly string[] }> {
  const key = clientObservationKey(input);
  const [registration, record, stored] = await Promise.all([loadRegistration(input.cluster), loadRecord(input), readEvidence(key)]);
  if (!record) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: input.deployment });
  const { activation } = record.detail;
  const known = { registration, nodes: await announcedNodes(record.detail), activation, completedAt: record.completedAt ?? 0 };
  const vote = voteOfClient(input, ClientObservation.parse(stored), evidenceHash(stored), known, Date.now());
  await cast([vote], registration);
  return { client: key, accuses: vote.accuses.map(({ node, code }) => `${node} ${code}`) };
}
